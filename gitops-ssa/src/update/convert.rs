//! Conversion between the API versions of a kind.

use crate::typed::Typed;

/// Why an object has no form at a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The version is not served any more. Field sets of such versions are dropped.
    #[error("there is no such version")]
    MissingVersion,
    /// It can't be converted. The write fails.
    #[error("{0}")]
    Failed(String),
}

/// Converts objects between the API versions of their kind, with the type of each version.
pub trait Converter {
    /// The object at a version. Objects may be incomplete: what remains once fields are taken
    /// away. An object that is at this version already comes back as it is.
    ///
    /// # Errors
    /// There is no such version, or the object can't be converted.
    fn convert(&self, object: &Typed, version: &str) -> Result<Typed, ConvertError>;
}

impl<C: Converter + ?Sized> Converter for &C {
    fn convert(&self, object: &Typed, version: &str) -> Result<Typed, ConvertError> {
        (**self).convert(object, version)
    }
}

/// For kinds whose versions have all the same form: every object is at every version.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneVersion;

impl Converter for OneVersion {
    fn convert(&self, object: &Typed, _version: &str) -> Result<Typed, ConvertError> {
        Ok(object.clone())
    }
}
