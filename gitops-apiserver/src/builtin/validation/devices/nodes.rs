//! Which nodes can use devices.

use crate::builtin::validation::format;
use crate::builtin::validation::spot::Spot;

/// The ways to say which nodes, of which one must be taken, and the words for other numbers.
pub(super) struct Ways {
    pub(super) empty_name: &'static str,
    pub(super) selector: fn(&Spot),
    /// In backticks, as they are shown.
    pub(super) flags: &'static [&'static str],
    pub(super) none: &'static str,
    pub(super) several: &'static str,
}

impl Ways {
    pub(super) fn check(&self, at: &Spot) {
        let mut given: Vec<&str> = Vec::new();
        at.at("nodeName").given_then(|name| {
            if name.empty() {
                name.invalid(self.empty_name);
            } else {
                given.push("`nodeName`");
                name.in_format(format::subdomain);
            }
        });
        at.at("nodeSelector").given_then(|selector| {
            given.push("`nodeSelector`");
            (self.selector)(selector);
        });
        for shown in self.flags {
            at.at(shown.trim_matches('`')).given_then(|flag| {
                if flag.flag() {
                    given.push(shown);
                } else {
                    flag.invalid("must be either unset or set to true");
                }
            });
        }
        match given.as_slice() {
            [] => at.required(self.none),
            [_] => {}
            several => at.invalid_as(format!("{{{}}}", several.join(", ")), self.several),
        }
    }
}
