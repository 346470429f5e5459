//! Go's type of metadata, as far as these tests need it: well-formed fields, and unknown ones.

use gitops_apiserver::{
    custom::{DecodedMetadata, MetadataType},
    status::FieldError,
};
use serde_json::{Map, Value};

pub(super) struct Plain;

const KNOWN: [&str; 12] = [
    "name", "generateName", "namespace", "uid", "resourceVersion", "generation",
    "creationTimestamp", "labels", "annotations", "finalizers", "ownerReferences", "managedFields",
];

impl MetadataType for Plain {
    fn decode(&self, metadata: &Value) -> Result<DecodedMetadata, String> {
        let mut decoded = DecodedMetadata { object: Value::Object(Map::new()), ..Default::default() };
        let Value::Object(map) = metadata else {
            return match metadata {
                Value::Null => Ok(decoded),
                other => {
                    let kind = match other {
                        Value::Bool(_) => "bool",
                        Value::Number(_) => "number",
                        Value::String(_) => "string",
                        _ => "array",
                    };
                    Err(format!("json: cannot unmarshal {kind} into Go value of type v1.ObjectMeta"))
                }
            };
        };
        for (name, value) in map {
            if !KNOWN.contains(&&**name) {
                decoded.unknown.push(name.clone());
            } else if !value.is_null() {
                decoded.object[name] = value.clone();
            }
        }
        Ok(decoded)
    }

    fn validate(
        &self,
        metadata: &Value,
        _: Option<&Value>,
        _: bool,
        names: &dyn Fn(&str, bool) -> Vec<String>,
        path: &str,
    ) -> Vec<FieldError> {
        let name = metadata["name"].as_str().unwrap_or_default();
        let problems = names(name, false).into_iter();
        problems.map(|problem| FieldError::invalid(&format!("{path}.name"), name, &problem)).collect()
    }
}
