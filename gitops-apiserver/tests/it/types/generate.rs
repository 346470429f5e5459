//! Bodies of any built-in kind: right values, nulls, wrong types, unknown and repeated fields.

use gitops_apiserver::builtin::types::{Kind, Own, Struct, Type};
use proptest::{
    prelude::Rng as _,
    test_runner::{RngAlgorithm, TestRng},
};

/// Writes bodies, the same for the same seed.
pub(super) struct Writer {
    rng: TestRng,
    /// How many of a thousand values are wrong.
    faults: u32,
    /// Whether this body has no repeated field yet. One is enough: where a list is there three
    /// times, Go shows remains of the first in the third, which we don't.
    may_repeat: bool,
}

const TEXTS: [&str; 10] = [
    "\"\"",
    "\"a\"",
    "\"b-c\"",
    "\"IfNotPresent\"",
    "\"TCP\"",
    "\"é\\u0041\\n\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83dx\"",
    "\"<&>\"",
    "\"80\"",
];
const INTEGERS: [&str; 8] = ["0", "1", "-1", "80", "2147483647", "-2147483648", "8080", "-0"];
const FLOATS: [&str; 8] = ["0", "1.5", "1e3", "-2.25", "1e21", "1e-7", "3.0", "123456789"];
const BYTES: [&str; 5] = ["\"\"", "\"YQ==\"", "\"YWI=\"", "\"YW\\nJj\"", "\"YR==\""];
const QUANTITIES: [&str; 14] = [
    "\"1\"",
    "1",
    "\"1000m\"",
    "\"0.5\"",
    "1.5",
    "\"1Gi\"",
    "\"1024Mi\"",
    "\"1e3\"",
    "\"100k\"",
    "\" 5 \"",
    "\"0\"",
    "\"1.5Gi\"",
    "\"1n\"",
    "\"1000000\"",
];
const TIMES: [&str; 7] = [
    "\"2024-02-29T10:11:12Z\"",
    "\"2024-02-29T10:11:12+02:30\"",
    "\"2024-02-29T1:11:12-10:00\"",
    "\"2024-02-29T10:11:12.123456Z\"",
    "\"2024-02-29T10:11:12.123456789Z\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"2023-12-31T23:59:59,5-23:59\"",
];
const WRONG: [&str; 16] = [
    "\"x\"",
    "1",
    "1.5",
    "-1",
    "1e3",
    "true",
    "false",
    "[]",
    "{}",
    "[1]",
    "{\"a\":1}",
    "\"\"",
    "99999999999",
    "1e400",
    "[null]",
    "\"2024-13-01T00:00:00Z\"",
];
const ANYTHING: [&str; 7] =
    ["{\"b\":1,\"a\":[1.0,null]}", "[]", "\"x\"", "1", "true", "null", "{\"f:a\":{\".\":{}}}"];
const SCHEMAS: [&str; 4] = ["true", "false", "{\"type\":\"string\",\"x\":1}", "[\"a\"]"];
const ODD_SCHEMAS: [&str; 6] = ["{}", "[]", "[{\"maximum\":1.0}]", "\"x\"", "{\"type\":1}", "[1]"];

impl Writer {
    pub(super) fn new(seed: u64, faults: u32) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Writer { rng: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes), faults, may_repeat: true }
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.rng.next_u32() as usize) % limit
    }

    fn chance(&mut self, of_thousand: u32) -> bool {
        self.rng.next_u32() % 1000 < of_thousand
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub(super) fn body(&mut self, kind: &Kind) -> String {
        self.may_repeat = true;
        let mut fields = vec![
            format!("\"apiVersion\":\"{}\"", kind.api_version()),
            format!("\"kind\":\"{}\"", kind.name()),
        ];
        fields.extend(self.fields(kind.of(), 0));
        format!("{{{}}}", fields.join(","))
    }

    fn fields(&mut self, of: &Struct, depth: usize) -> Vec<String> {
        let mut out = Vec::new();
        let wanted = if depth > 7 { self.below(2) } else { 1 + self.below(5) };
        for _ in 0..wanted {
            if self.chance(self.faults) {
                let name = self.one(&["unknown", "Spec", "x.y", "é", "", "nAme"]);
                out.push(format!("\"{name}\":{}", self.one(&WRONG)));
            }
            if of.fields.is_empty() {
                continue;
            }
            let field = &of.fields[self.below(of.fields.len())];
            // The first two are given; a fault is to repeat one.
            let given = depth == 0 && matches!(field.name, "apiVersion" | "kind");
            let known = out.iter().any(|text| text.starts_with(&format!("\"{}\":", field.name)));
            let repeat = known && self.may_repeat && self.chance(self.faults * 10);
            if given || (known && !repeat) {
                continue;
            }
            self.may_repeat &= !repeat;
            let value = self.value(&field.ty, depth + 1);
            out.push(format!("\"{}\":{value}", field.name));
        }
        out
    }

    fn value(&mut self, ty: &Type, depth: usize) -> String {
        let raw = matches!(ty, Type::Own(Own::RawExtension | Own::FieldsV1 | Own::Json));
        if !raw && self.chance(self.faults) {
            return self.one(&WRONG).to_owned();
        }
        // A null after a quantity leaves the text that Go has kept of it, or not.
        if !matches!(ty, Type::Own(Own::Quantity)) && self.chance(30) {
            return "null".to_owned();
        }
        match ty.underlying() {
            Type::String => self.one(&TEXTS).to_owned(),
            Type::Bool => self.one(&["true", "false"]).to_owned(),
            Type::Int32 | Type::Int64 => self.one(&INTEGERS).to_owned(),
            Type::Float64 => self.one(&FLOATS).to_owned(),
            Type::Bytes => self.one(&BYTES).to_owned(),
            Type::List(item) => {
                let items: Vec<_> =
                    (0..self.below(3)).map(|_| self.value(item, depth + 1)).collect();
                format!("[{}]", items.join(","))
            }
            Type::Map(_, item) => {
                let entries: Vec<_> = (0..self.below(3))
                    .map(|_| {
                        let key = self.one(&["\"a\"", "\"b.c/d\"", "\"cpu\"", "\"\""]);
                        format!("{key}:{}", self.value(item, depth + 1))
                    })
                    .collect();
                format!("{{{}}}", entries.join(","))
            }
            Type::Struct(of) => {
                let of = of.get().unwrap();
                format!("{{{}}}", self.fields(&of, depth).join(","))
            }
            Type::Own(own) => self.own(*own),
            Type::Named(_, of) => self.value(of, depth),
        }
    }

    fn own(&mut self, own: Own) -> String {
        match own {
            Own::Quantity => self.one(&QUANTITIES).to_owned(),
            Own::Time | Own::MicroTime => self.one(&TIMES).to_owned(),
            Own::IntOrString => {
                let (texts, numbers) = (self.one(&TEXTS), self.one(&INTEGERS));
                self.one(&[texts, numbers]).to_owned()
            }
            Own::RawExtension | Own::FieldsV1 | Own::Json => self.one(&ANYTHING).to_owned(),
            Own::SchemaOrArray | Own::SchemaOrBool | Own::SchemaOrStrings => {
                let odd = self.chance(self.faults * 4);
                self.one(if odd { &ODD_SCHEMAS } else { &SCHEMAS }).to_owned()
            }
        }
    }
}
