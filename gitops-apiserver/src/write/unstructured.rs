//! The words of apimachinery's converter of unstructured objects, which strategic merge patch and
//! server-side apply use in place of the JSON decoder.

/// What the converter says where the decoder says `why`.
pub(crate) fn reworded(why: &str) -> String {
    let found = why
        .strip_prefix("json: cannot unmarshal ")
        .and_then(|rest| rest.split_once(" into Go "))
        .and_then(|(from, rest)| Some((from, rest.rsplit_once(" of type ")?.1)));
    match found {
        Some((from, to)) => conversion(from, to),
        None if why.starts_with("illegal base64") => format!("error decoding from json: {why}"),
        None => why.to_owned(),
    }
}

/// From what JSON calls a value to a Go type.
fn conversion(from: &str, to: &str) -> String {
    let from = match from {
        "array" => "slice",
        "object" => "map",
        other => match other.strip_prefix("number") {
            Some(digits) if digits.contains(['.', 'e', 'E']) => "float64",
            Some(_) => "int64",
            None => other,
        },
    };
    let to = to.trim_start_matches('*');
    let number =
        |of: &str| of.starts_with("int") || of.starts_with("uint") || of.starts_with("float");
    let plain = number(to) || matches!(to, "string" | "bool");
    let structured = matches!(from, "slice" | "map");
    if to.starts_with("[]") {
        format!("cannot restore slice from {from}")
    } else if to.starts_with("map[") {
        format!("cannot restore map from {from}")
    } else if !plain && (from == "slice" || from == "string") {
        // Of the named types those of text take text.
        format!("cannot restore struct from: {from}")
    } else if !structured
        && (number(from) && number(to) || from == "int64" && !number(to) && to != "bool")
    {
        format!("cannot convert {from} to {to}")
    } else {
        format!("unrecognized type: {}", if plain { to } else { "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoders_words_become_the_converters() {
        let of = |from: &str, to: &str| {
            reworded(&format!(
                "json: cannot unmarshal {from} into Go struct field A.b of type {to}"
            ))
        };
        // As the real server words them.
        assert_eq!(of("number", "string"), "cannot convert int64 to string");
        assert_eq!(of("number 1.5", "int32"), "cannot convert float64 to int32");
        assert_eq!(of("string", "bool"), "unrecognized type: bool");
        assert_eq!(of("array", "v1.ObjectMeta"), "cannot restore struct from: slice");
        let base64 = "illegal base64 data at input byte 3";
        assert_eq!(reworded(base64), format!("error decoding from json: {base64}"));
        assert_eq!(reworded("else"), "else");
    }
}
