//! Updates: PUT of an object, or of one of its subresources.

use super::{Write, Written};
use crate::{admission::Operation, object, status::Status};
use serde_json::Value;

/// PUT to an object.
pub(crate) fn update(write: &mut Write<'_>) -> Result<Written, Status> {
    let mut new = write.object()?;
    write.place(&mut new)?;
    write.check_name(&new)?;
    write.dedup_owners(&mut new, false);
    let uid = Some(object::meta(&new, "uid").to_owned()).filter(|uid| !uid.is_empty());
    write.guaranteed(uid.as_deref(), false, &mut |write, live| {
        let mut new = write.track(live, new.clone());
        write.admit_change(&mut new, live)?;
        Ok(new)
    })
}

impl Write<'_> {
    /// Checks that an object has the name of the request.
    pub(super) fn check_name(&self, new: &Value) -> Result<(), Status> {
        let (have, name) = (object::meta(new, "name"), &*self.address.name);
        if have.is_empty() {
            return Err(Status::bad_request(format!(
                "the name of the object ({name} based on URL) was undeterminable: name must be provided"
            )));
        }
        if have != name {
            return Err(Status::bad_request(format!(
                "the name of the object ({have}) does not match the name on the URL ({name})"
            )));
        }
        let (have, namespace) = (object::meta(new, "namespace"), &*self.address.namespace);
        if !namespace.is_empty() && !have.is_empty() && have != namespace {
            return Err(Status::bad_request(format!(
                "the namespace of the object ({have}) does not match the namespace on the request ({namespace})"
            )));
        }
        Ok(())
    }

    /// Lets admission change an object, as a creation if there is no live one.
    pub(super) fn admit_change(
        &mut self,
        new: &mut Value,
        live: Option<&Value>,
    ) -> Result<(), Status> {
        let name = self.address.name.clone();
        let operation = if live.is_some() { Operation::Update } else { Operation::Create };
        self.admit(operation, new, live, &name)
    }

    /// Lets admission change an object.
    pub(super) fn admit(
        &mut self,
        operation: Operation,
        new: &mut Value,
        live: Option<&Value>,
        name: &str,
    ) -> Result<(), Status> {
        let attempt = self.attempt(operation, None, live, name);
        self.core.admission.mutate(&attempt, new)?;
        self.dedup_owners(new, true);
        Ok(())
    }
}
