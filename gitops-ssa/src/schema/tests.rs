use super::*;
use serde_json::json;

fn definition(properties: serde_json::Value) -> (Schema, Atom) {
    let definition = json!({"type": "object", "properties": {"spec": {
        "type": "object", "properties": properties,
    }}});
    let (schema, of) = Schema::from_structural(&definition, false).unwrap();
    let root = schema.resolve(&of).unwrap().map.unwrap();
    let spec = schema.resolve(root.type_of("spec").unwrap()).unwrap();
    (schema, spec)
}

fn field(schema: &Schema, of: &Atom, name: &str) -> Atom {
    schema.resolve(of.map.as_ref().unwrap().type_of(name).unwrap()).unwrap()
}

#[test]
fn lists_merge_by_list_type_or_else_by_patch_strategy() {
    let text = json!({"type": "string"});
    let (schema, spec) = definition(json!({
        "plain": {"type": "array", "items": text},
        "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
        "keyed": {
            "type": "array", "items": {"type": "object"},
            "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b"],
        },
        "merged": {
            "type": "array", "items": {"type": "object"},
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
        },
        "both": {
            "type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "atomic",
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
        },
        "retained": {"type": "array", "items": text, "x-kubernetes-patch-strategy": "retainKeys"},
    }));
    let list = |name: &str| {
        let list = field(&schema, &spec, name).list.unwrap();
        (list.relationship, list.keys.iter().map(|key| key.to_string()).collect::<Vec<_>>())
    };
    let none = Vec::<String>::new();
    assert_eq!(list("plain"), (Relationship::Atomic, none.clone()));
    assert_eq!(list("set"), (Relationship::Granular, none.clone()));
    assert_eq!(list("keyed"), (Relationship::Granular, vec!["a".into(), "b".into()]));
    assert_eq!(list("merged"), (Relationship::Granular, vec!["name".into()]));
    assert_eq!(list("both"), (Relationship::Atomic, none.clone()));
    assert_eq!(list("retained"), (Relationship::Atomic, none));
}

#[test]
fn scalars_maps_and_the_unknown() {
    let (schema, spec) = definition(json!({
        "port": {"x-kubernetes-int-or-string": true},
        "when": {"type": "string", "format": "date-time"},
        "blob": {"type": "string", "format": "byte"},
        "free": {"type": "object"},
        "open": {
            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": {"known": {"type": "object", "properties": {"a": {"type": "string"}}}},
        },
        "closed": {"type": "object", "properties": {"a": {"type": "string"}}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic"},
        "pod": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {
            "spec": {"type": "object"},
        }},
    }));
    let at = |name: &str| field(&schema, &spec, name);
    let port = at("port");
    assert_eq!(port.scalar, Some(ScalarType::Untyped));
    assert!(port.list.is_some() && port.map.is_some());
    assert_eq!(at("when").scalar, Some(ScalarType::Untyped));
    assert_eq!(at("blob").scalar, Some(ScalarType::String));
    assert!(at("free").map.unwrap().is_deduced());
    assert!(at("open").map.unwrap().type_of("other").is_some());
    // What is below it is open too.
    let known = field(&schema, &at("open"), "known");
    assert!(known.map.unwrap().type_of("other").is_some());
    assert!(at("closed").map.unwrap().type_of("other").is_none());
    assert_eq!(at("whole").map.unwrap().relationship, Relationship::Atomic);
    let meta = field(&schema, &at("pod"), "metadata");
    let owners = field(&schema, &meta, "ownerReferences").list.unwrap();
    assert_eq!(&*owners.keys, ["uid".into()]);
}

#[test]
fn references_are_resolved_and_may_say_more() {
    let definitions = json!({
        "a.Map": {"type": "object", "additionalProperties": {"type": "string"}},
        "a.Thing": {"type": "object", "properties": {
            "plain": {"$ref": "#/components/schemas/a.Map"},
            "whole": {
                "allOf": [{"$ref": "#/components/schemas/a.Map"}],
                "x-kubernetes-map-type": "atomic", "default": {},
            },
            "missing": {"$ref": "#/definitions/a.None"},
        }},
        "a.Alias": {"$ref": "#/definitions/a.Map"},
    });
    let schema = Schema::from_openapi(definitions.as_object().unwrap(), false).unwrap();
    let thing = schema.resolve(&TypeRef::named("a.Thing")).unwrap();
    let relationship = |name: &str| field(&schema, &thing, name).map.unwrap().relationship;
    assert_eq!(relationship("plain"), Relationship::Granular);
    assert_eq!(relationship("whole"), Relationship::Atomic);
    let missing = thing.map.as_ref().unwrap().type_of("missing").unwrap();
    assert_eq!(schema.resolve(missing), None);
    assert!(!schema.names().any(|name| name == "a.Alias"));
}

#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    let refused = |property: serde_json::Value| {
        let definition = json!({"type": "object", "properties": {"spec": property}});
        Schema::from_structural(&definition, false).unwrap_err().to_string()
    };
    let text = |problem: &str| format!("not a schema: root.spec: {problem}");
    assert_eq!(refused(json!(1)), text("must be a map"));
    assert_eq!(refused(json!({"type": "array"})), text("is an array without items"));
    assert_eq!(refused(json!({"type": "void"})), text("has a type that OpenAPI doesn't have"));
    let keyless = json!({"type": "array", "items": {}, "x-kubernetes-list-type": "map"});
    assert_eq!(refused(keyless), text("is a list of type map without keys"));
    let read = |value| Schema::read(&value).unwrap_err().to_string();
    let twice = json!({"types": [{"name": "a"}, {"name": "a"}]});
    assert_eq!(read(twice), "not a schema: types[1]: has the name of an earlier type");
    let field = json!({"types": [{"name": "a", "map": {"fields": [{"name": "b"}]}}]});
    assert_eq!(read(field), "not a schema: types[0].map.fields[0]: has no type");
}
