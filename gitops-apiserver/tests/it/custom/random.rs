//! Random structural schemas, and values that fit them more or less.

use gitops_core::env::Rng;
use serde_json::{Map, Value, json};

pub(super) struct Random(pub(super) Rng);

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const TEXTS: [&str; 8] = ["", "a", "b", "abc", "10", "2024-02-29", "é<&>\"", "a-b.c"];

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    fn integer(&mut self) -> i64 {
        self.pick(&[-5, -1, 0, 1, 2, 3, 4, 7, 100, 2_147_483_648, 4_611_686_018_427_387_904])
    }

    /// A schema without a default of its own.
    pub(super) fn schema(&mut self, depth: u32) -> Value {
        let kinds = if depth == 0 { 5 } else { 10 };
        let mut schema = match self.below(kinds) {
            0 | 1 => self.string(),
            2 => self.number("integer"),
            3 => self.number("number"),
            4 => json!({"type": "boolean"}),
            5 | 6 => self.object(depth),
            7 => self.array(depth),
            8 => self.int_or_string(),
            _ => self.map(depth),
        };
        if self.chance(15) {
            schema["nullable"] = json!(true);
        }
        if self.chance(25) {
            self.junctor(&mut schema);
        }
        schema
    }

    fn string(&mut self) -> Value {
        let mut schema = json!({"type": "string"});
        if self.chance(30) {
            schema["maxLength"] = json!(self.below(4));
        }
        if self.chance(30) {
            schema["minLength"] = json!(self.below(4));
        }
        if self.chance(25) {
            schema["pattern"] = json!(self.pick(&["^a", "^[a-z]*$", r"^\d+$", "é", "^.{2,}$"]));
        }
        if self.chance(20) {
            schema["enum"] = json!([self.pick(&TEXTS), self.pick(&TEXTS), "z"]);
        }
        if self.chance(20) {
            let formats =
                ["date", "date-time", "ipv4", "duration", "unheard-of", "byte", "uri", "int32"];
            schema["format"] = json!(self.pick(&formats));
        }
        schema
    }

    fn number(&mut self, kind: &str) -> Value {
        let mut schema = json!({"type": kind});
        let limit = |random: &mut Self| match (kind, random.chance(30)) {
            ("number", true) => json!(2.5),
            _ => json!(random.integer()),
        };
        if self.chance(30) {
            schema["minimum"] = limit(self);
            if self.chance(30) {
                schema["exclusiveMinimum"] = json!(true);
            }
        }
        if self.chance(30) {
            schema["maximum"] = limit(self);
            if self.chance(30) {
                schema["exclusiveMaximum"] = json!(true);
            }
        }
        if self.chance(20) {
            schema["multipleOf"] = if kind == "number" { json!(0.5) } else { json!(2) };
        }
        if self.chance(15) {
            schema["enum"] = json!([self.integer(), 3]);
        }
        if self.chance(30) {
            schema["format"] = json!(self.pick(&["int32", "int64", "float", "double", "odd"]));
        }
        schema
    }

    fn object(&mut self, depth: u32) -> Value {
        let mut properties = Map::new();
        for _ in 0..1 + self.below(3) {
            let mut property = self.schema(depth - 1);
            if self.chance(25) {
                property["default"] = self.value(&property, 3);
            }
            properties.insert(self.pick(&NAMES).to_owned(), property);
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if self.chance(40) {
            schema["required"] = json!([self.pick(&NAMES)]);
        }
        if self.chance(15) {
            schema["x-kubernetes-preserve-unknown-fields"] = json!(true);
        }
        if self.chance(10) {
            schema["minProperties"] = json!(self.below(3));
        }
        if self.chance(10) {
            schema["maxProperties"] = json!(self.below(3));
        }
        if self.chance(10) {
            schema["x-kubernetes-map-type"] = json!(self.pick(&["atomic", "granular"]));
        }
        schema
    }

    fn map(&mut self, depth: u32) -> Value {
        let mut schema = json!({"type": "object"});
        schema["additionalProperties"] = match self.below(6) {
            0 => json!(true),
            1 => json!(false),
            _ => self.schema(depth - 1),
        };
        schema
    }

    fn array(&mut self, depth: u32) -> Value {
        let mut items = self.schema(depth - 1);
        let mut schema = json!({"type": "array"});
        if self.chance(25) && !matches!(items["type"].as_str(), Some("object" | "array")) {
            schema["x-kubernetes-list-type"] = json!("set");
            items.as_object_mut().unwrap().remove("nullable");
        } else if self.chance(40) {
            items = json!({"type": "object", "required": ["a"], "properties": {
                "a": {"type": self.pick(&["string", "integer"])},
                "b": self.schema(depth - 1),
            }});
            schema["x-kubernetes-list-type"] = json!("map");
            schema["x-kubernetes-list-map-keys"] = json!(["a"]);
            if self.chance(30) {
                items["properties"]["c"] = json!({"type": "string", "default": "c"});
                schema["x-kubernetes-list-map-keys"] = json!(["a", "c"]);
            }
        }
        schema["items"] = items;
        if self.chance(25) {
            schema["minItems"] = json!(self.below(3));
        }
        if self.chance(25) {
            schema["maxItems"] = json!(self.below(3));
        }
        schema
    }

    fn int_or_string(&mut self) -> Value {
        let mut schema = json!({"x-kubernetes-int-or-string": true});
        if self.chance(50) {
            schema["anyOf"] = json!([{"type": "integer"}, {"type": "string"}]);
        }
        if self.chance(30) {
            schema["pattern"] = json!("^[0-9]+%?$");
        }
        if self.chance(30) {
            schema["enum"] = json!([1, "a", "10"]);
        }
        schema
    }

    /// Alternatives that say something of the value, or of its declared fields.
    fn junctor(&mut self, schema: &mut Value) {
        let name = self.pick(&["anyOf", "oneOf", "allOf", "not"]);
        if schema.get(name).is_some() {
            return;
        }
        let one = |random: &mut Self| random.limits(schema);
        let value = match name {
            "not" => one(self),
            _ => {
                let count = 1 + self.below(3);
                Value::Array((0..count).map(|_| one(self)).collect())
            }
        };
        schema[name] = value;
    }

    fn limits(&mut self, schema: &Value) -> Value {
        let fields: Vec<String> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect();
        match schema["type"].as_str() {
            Some("string") => match self.below(3) {
                0 => json!({"minLength": 1 + self.below(3)}),
                1 => json!({"pattern": "^a", "maxLength": self.below(4)}),
                _ => json!({"enum": [self.pick(&TEXTS)]}),
            },
            Some("integer" | "number") => match self.below(3) {
                0 => json!({"minimum": self.integer()}),
                1 => json!({"maximum": self.integer(), "multipleOf": 3}),
                _ => json!({"enum": [self.integer(), 1.5]}),
            },
            Some("object") if !fields.is_empty() => {
                let field = self.pick(&fields);
                match self.below(2) {
                    0 => json!({"required": [field]}),
                    _ => {
                        json!({"properties": {&field: self.limits(&schema["properties"][&field])}})
                    }
                }
            }
            Some("array") => json!({"minItems": 1 + self.below(2)}),
            _ => json!({"minProperties": 1}),
        }
    }

    /// A value that fits but for `wrong` percent of its parts.
    pub(super) fn value(&mut self, schema: &Value, wrong: u64) -> Value {
        if self.chance(wrong) {
            return self.pick(&[
                json!(null),
                json!(true),
                json!(1),
                json!(1.5),
                json!("abc"),
                json!([]),
                json!({}),
                json!([1, "a"]),
                json!({"a": 1}),
                json!(2.0),
                json!(1e300),
            ]);
        }
        if let Some(values) = schema["enum"].as_array()
            && self.chance(70)
        {
            return self.pick(values);
        }
        match schema["type"].as_str() {
            Some("boolean") => json!(self.chance(50)),
            Some("integer") => json!(self.integer()),
            Some("number") if self.chance(50) => json!(self.pick(&[2.5, 0.5, -1.25, 1e21, 3.0])),
            Some("number") => json!(self.integer()),
            Some("array") => {
                let count = self.below(4);
                (0..count).map(|_| self.value(&schema["items"], wrong)).collect()
            }
            Some("object") => self.fields(schema, wrong),
            None if self.chance(50) => json!(self.integer()),
            _ => json!(self.pick(&TEXTS)),
        }
    }

    fn fields(&mut self, schema: &Value, wrong: u64) -> Value {
        let mut map = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if self.chance(75) {
                map.insert(name.clone(), self.value(property, wrong));
            }
        }
        if schema.get("additionalProperties").is_some() || self.chance(wrong) {
            for _ in 0..self.below(3) {
                let value = self.value(&schema["additionalProperties"], wrong);
                map.insert(self.pick(&NAMES).to_owned(), value);
            }
        }
        Value::Object(map)
    }

    /// A change of a value, deep inside or of all of it.
    pub(super) fn changed(&mut self, value: &Value, schema: &Value) -> Value {
        if self.chance(30) {
            return self.value(schema, 8);
        }
        match value {
            Value::Object(map) if !map.is_empty() => {
                let mut map = map.clone();
                let names: Vec<String> = map.keys().cloned().collect();
                let name = self.pick(&names);
                let properties = &schema["properties"];
                let below = properties.get(&name).unwrap_or(&schema["additionalProperties"]);
                let changed = self.changed(&map[&name], below);
                map.insert(name, changed);
                Value::Object(map)
            }
            Value::Array(items) if !items.is_empty() => {
                let mut items = items.clone();
                let index = self.below(items.len() as u64) as usize;
                items[index] = self.changed(&items[index], &schema["items"]);
                if self.chance(20) {
                    items.reverse();
                }
                Value::Array(items)
            }
            other => other.clone(),
        }
    }
}
