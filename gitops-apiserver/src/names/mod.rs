//! The small languages of the API: names, selectors, quantities.
//!
//! Checks of names give what is wrong in the words of apimachinery's `util/validation` and
//! `api/validate/content`; nothing means valid. Lengths are in bytes, whatever the messages say.

mod continuation;
mod dns;
mod domain;
mod fields;
mod generate;
mod labels;
mod messages;
mod quantity;
mod webhook;
mod words;

pub use continuation::{Continuation, ContinueError};
pub use dns::{
    label, label_1035, masked, subdomain, subdomain_with_underscore, wildcard_subdomain,
};
pub use domain::{domain_prefixed_key, domain_prefixed_path, fully_qualified, three_segments};
pub use fields::{FieldSelector, FieldSelectorError, FieldTerm, escape, unescape};
pub use generate::generate;
pub use labels::{LabelSelector, Operator, Requirement, SelectorError};
pub use messages::{in_range, pattern, too_long};
pub use quantity::{Format, Quantity, QuantityError};
pub(crate) use webhook::{webhook_service, webhook_url};
pub use words::{
    c_identifier, config_key, decimal_integer, environment_variable, http_header, label_key,
    label_value, path_segment, path_segment_prefix, percent, port_name, port_number,
    relaxed_environment_variable,
};
