//! The three ways to write a power: `M`, `Mi`, `e6`.

use super::Format;

const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [(&str, i32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The format of a suffix, and its exponent to the base 2 for [`Format::BinarySi`], else 10.
pub(super) fn read(suffix: &str) -> Option<(Format, i32)> {
    let find = |table: &[(&str, i32)]| {
        table.iter().find(|(known, _)| *known == suffix).map(|(_, exponent)| *exponent)
    };
    if let Some(exponent) = find(&DECIMAL) {
        return Some((Format::DecimalSi, exponent));
    }
    if let Some(exponent) = find(&BINARY) {
        return Some((Format::BinarySi, exponent));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    // The server keeps the low 32 bits of the exponent, whatever it is.
    digits.parse::<i64>().ok().map(|exponent| (Format::DecimalExponent, exponent as i32))
}

/// The suffix for an exponent to the base 10. There is none beyond `E`, and the server then writes
/// none, which is another number.
pub(super) fn write_decimal(exponent: i32, format: Format) -> String {
    match format {
        Format::DecimalExponent if exponent == 0 => String::new(),
        Format::DecimalExponent => format!("e{exponent}"),
        _ => name(&DECIMAL, exponent),
    }
}

/// The suffix for an exponent to the base 2.
pub(super) fn write_binary(exponent: i32) -> String {
    name(&BINARY, exponent)
}

fn name(table: &[(&str, i32)], exponent: i32) -> String {
    let found = table.iter().find(|(_, known)| *known == exponent);
    found.map(|(suffix, _)| (*suffix).to_owned()).unwrap_or_default()
}
