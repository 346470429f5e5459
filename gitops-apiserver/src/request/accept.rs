//! In which form a client wants its answer.

use crate::status::Status;

/// The media types that are spoken for built-in kinds, in the server's order.
pub(crate) const BUILT_IN: [&str; 3] =
    ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
/// And for custom resources.
pub(crate) const CUSTOM: [&str; 2] = ["application/json", "application/yaml"];

/// How an answer is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
    Protobuf,
}

/// What an answer is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The object itself.
    Plain,
    /// A table, of `meta.k8s.io/v1` or `v1beta1`.
    Table(&'static str),
    /// Metadata only, of `meta.k8s.io/v1` or `v1beta1`.
    Metadata(&'static str),
    /// The same, of a list.
    MetadataList(&'static str),
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) encoding: Encoding,
    pub(crate) shape: Shape,
}

impl Form {
    pub(crate) const JSON: Form = Form { encoding: Encoding::Json, shape: Shape::Plain };

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self.encoding {
            Encoding::Json => "application/json",
            Encoding::Yaml => "application/yaml",
            Encoding::Protobuf => "application/vnd.kubernetes.protobuf",
        }
    }
}

/// In which forms an answer can come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered<'a> {
    pub(crate) media: &'a [&'a str],
    /// Whether it can be made a table; of its metadata it can be made always.
    pub(crate) tables: bool,
}

/// Chooses among what is offered.
///
/// # Errors
/// Nothing suits (406).
pub(crate) fn negotiate(accept: &str, offered: Offered<'_>) -> Result<Form, Status> {
    if accept.is_empty() {
        return Ok(Form::JSON);
    }
    let mut clauses: Vec<Clause<'_>> = accept.split(',').filter_map(Clause::parse).collect();
    // By preference; those of equal preference stay in the client's order, exact ones first.
    clauses.sort_by(|left, right| {
        right.quality.total_cmp(&left.quality).then(left.wildcards().cmp(&right.wildcards()))
    });
    for clause in &clauses {
        let Some(media) = offered.media.iter().find(|media| clause.matches(media)) else {
            continue;
        };
        let encoding = match *media {
            "application/yaml" => Encoding::Yaml,
            "application/vnd.kubernetes.protobuf" => Encoding::Protobuf,
            _ => Encoding::Json,
        };
        if let Some(shape) = clause.shape(offered.tables) {
            return Ok(Form { encoding, shape });
        }
    }
    // What can't be offered for custom resources is named all the same.
    Err(Status::not_acceptable(&BUILT_IN))
}

/// One of the forms that a client accepts.
struct Clause<'a> {
    kind: &'a str,
    subkind: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    quality: f64,
}

impl<'a> Clause<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next()?;
        let (kind, subkind) = match media.split_once('/') {
            Some(pair) => pair,
            None if media == "*" => ("*", "*"),
            None => return None,
        };
        let mut clause = Clause { kind, subkind, parameters: Vec::new(), quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            match name {
                "q" => clause.quality = value.parse().unwrap_or(1.0),
                _ => clause.parameters.push((name, value)),
            }
        }
        Some(clause)
    }

    fn wildcards(&self) -> usize {
        usize::from(self.kind == "*") + usize::from(self.subkind == "*")
    }

    fn matches(&self, media: &str) -> bool {
        let (kind, subkind) = media.split_once('/').unwrap_or((media, ""));
        (self.kind == "*" || self.kind == kind) && (self.subkind == "*" || self.subkind == subkind)
    }

    fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(have, _)| *have == name).map_or("", |(_, value)| value)
    }

    /// What it asks to make of the answer; `None` if that is not offered.
    fn shape(&self, tables: bool) -> Option<Shape> {
        let asks = ["as", "g", "v"].iter().any(|name| !self.parameter(name).is_empty());
        if !asks {
            return Some(Shape::Plain);
        }
        if self.parameter("g") != "meta.k8s.io" {
            return None;
        }
        let version = match self.parameter("v") {
            "v1" => "v1",
            "v1beta1" => "v1beta1",
            _ => return None,
        };
        match self.parameter("as") {
            "Table" if tables => Some(Shape::Table(version)),
            "PartialObjectMetadata" => Some(Shape::Metadata(version)),
            "PartialObjectMetadataList" => Some(Shape::MetadataList(version)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_offered_is_taken() {
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let built_in = Offered { media: &BUILT_IN, tables: true };
        let custom = Offered { media: &CUSTOM, tables: true };
        let form = negotiate(kubectl, built_in).unwrap();
        assert_eq!(form.shape, Shape::Table("v1"));
        assert_eq!(negotiate(kubectl, Offered { tables: false, ..built_in }).unwrap(), Form::JSON);
        let proto = "application/vnd.kubernetes.protobuf, */*";
        assert_eq!(negotiate(proto, built_in).unwrap().encoding, Encoding::Protobuf);
        assert_eq!(negotiate(proto, custom).unwrap(), Form::JSON);
        assert_eq!(negotiate("text/html", custom).unwrap_err().code, 406);
        let quality = "application/yaml;q=0.5,application/json";
        assert_eq!(negotiate(quality, custom).unwrap(), Form::JSON);
    }
}
