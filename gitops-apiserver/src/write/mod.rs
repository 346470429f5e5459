//! Writes: how a request changes an object.
//!
//! Every write reads the object, works out the new one without holding anything, and stores it if
//! nobody has written in between; else it starts again, as the real server does.

mod body;
mod commit;
mod create;
mod delete;
mod devices;
mod namespace;
mod owners;
mod patch;
mod pods;
mod replicas;
mod review;
mod scale;
mod seal;
mod token;
mod update;

pub(crate) use body::{BodyError, decode_body, not_registered};
pub(crate) use create::create;
pub(crate) use delete::{FOREGROUND, ORPHAN, delete, delete_collection};
pub(crate) use patch::{PatchKind, patch};
pub(crate) use pods::{bind, evict};
pub(crate) use review::review;
pub(crate) use scale::{scale, scale_of};
pub(crate) use seal::seal;
pub(crate) use token::token;
pub(crate) use update::update;

use crate::{
    core::Core,
    kind::Kind,
    request::{Address, Call, FieldValidation, WriteOptions, yaml},
    status::Status,
    store::Stored,
};
use serde_json::Value;

/// How often a write starts again when others come in between.
const ATTEMPTS: usize = 100;

/// A write in progress: what stays the same however often it is tried.
pub(crate) struct Write<'a> {
    pub(crate) core: &'a Core,
    pub(crate) call: &'a Call,
    pub(crate) kind: &'a Kind,
    pub(crate) address: &'a Address,
    pub(crate) options: WriteOptions,
    pub(crate) manager: String,
    /// The time, as objects show it.
    pub(crate) now: String,
    /// Whether the client gave the object labels.
    pub(crate) labels_given: bool,
    /// Texts of `Warning` headers.
    pub(crate) warnings: Vec<String>,
}

/// What a write has made.
#[derive(Debug)]
pub(crate) enum Made {
    /// What is stored now, at the storage version.
    Stored(Stored),
    /// An object at the served version, of a dry run or of one that is gone.
    Object(Value),
}

/// The answer to a write.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) code: u16,
    pub(crate) made: Made,
}

impl<'a> Write<'a> {
    pub(crate) fn new(
        core: &'a Core,
        call: &'a Call,
        kind: &'a Kind,
        address: &'a Address,
        options: WriteOptions,
    ) -> Self {
        let manager = call.manager(&options);
        let now = core.timestamp();
        Write {
            core,
            call,
            kind,
            address,
            options,
            manager,
            now,
            labels_given: false,
            warnings: Vec::new(),
        }
    }

    /// The same write to another object.
    fn at<'b>(&'b self, address: &'b Address) -> Write<'b> {
        self.of(self.kind, address)
    }

    /// The same write of another kind.
    fn of<'b>(&'b self, kind: &'b Kind, address: &'b Address) -> Write<'b> {
        Write {
            kind,
            address,
            options: self.options.clone(),
            manager: self.manager.clone(),
            now: self.now.clone(),
            warnings: Vec::new(),
            ..*self
        }
    }

    pub(crate) fn subresource(&self) -> &str {
        &self.address.subresource
    }

    /// What strict validation found in a patch: refused, warned of, or nothing, as the request asks.
    fn strict(
        &mut self,
        found: Vec<String>,
        refuse: impl FnOnce(String) -> Status,
    ) -> Result<(), Status> {
        self.strictly(Vec::new(), found, refuse)
    }

    /// The same of a whole object, which can be in YAML.
    fn strict_body(
        &mut self,
        found: Vec<String>,
        refuse: impl FnOnce(String) -> Status,
    ) -> Result<(), Status> {
        let asks = self.options.validation != FieldValidation::Ignore;
        let repeated = match self.call.content_type() {
            "application/yaml" if asks => yaml::repeated(&self.call.body),
            _ => Vec::new(),
        };
        self.strictly(repeated, found, refuse)
    }

    /// The same with the keys that YAML repeats.
    fn strictly(
        &mut self,
        repeated: Vec<String>,
        found: Vec<String>,
        refuse: impl FnOnce(String) -> Status,
    ) -> Result<(), Status> {
        if found.is_empty() && repeated.is_empty() {
            return Ok(());
        }
        match self.options.validation {
            FieldValidation::Ignore => Ok(()),
            FieldValidation::Warn => {
                self.warnings.extend(repeated.into_iter().chain(found));
                Ok(())
            }
            FieldValidation::Strict => {
                let yaml = (!repeated.is_empty()).then(|| yaml::strict_error(&repeated));
                let all: Vec<String> = yaml.into_iter().chain(found).collect();
                Err(refuse(all.join(", ")))
            }
        }
    }

    /// Gives the fields of an update to its manager. Where that fails all stay whose they were:
    /// a write is not refused for its bookkeeping.
    fn track(&self, live: Option<&Value>, new: Value) -> Value {
        let sub = self.subresource();
        match self.kind.model.track(live, &new, &self.manager, &self.now, sub) {
            Ok(object) => object,
            Err(_) => {
                let mut new = new;
                match live {
                    Some(live) => crate::object::copy_meta(&mut new, live, "managedFields"),
                    None => crate::object::drop_meta(&mut new, "managedFields"),
                }
                new
            }
        }
    }

    /// Checks that an object is in the namespace of the request, and puts it there if it says none.
    fn place(&self, object: &mut Value) -> Result<(), Status> {
        let expected = &*self.address.namespace;
        match crate::object::meta(object, "namespace") {
            have if have == expected => Ok(()),
            "" => {
                crate::object::set_meta(object, "namespace", expected);
                Ok(())
            }
            _ if expected.is_empty() => {
                crate::object::drop_meta(object, "namespace");
                Ok(())
            }
            _ => Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            )),
        }
    }
}
