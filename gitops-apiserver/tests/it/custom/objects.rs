//! Random objects of random schemas.

use super::{
    Answer, Refused, compiled, defined, definition,
    lab::{DEFINITIONS, Lab, masked},
    random,
};
use gitops_apiserver::custom::{Definition, Validity, Version};
use serde_json::{Map, Value, json};

const FIELDS: usize = 24;

/// The version that an object is of.
fn version_of<'a>(definition: &'a Definition, object: &Value) -> &'a Version {
    let (_, version) = object["apiVersion"].as_str().unwrap().split_once('/').unwrap();
    definition.version(version).unwrap()
}

fn decode(definition: &Definition, object: &Value, strict: bool) -> Answer {
    let version = version_of(definition, object);
    let decoded = version.decode(object.clone());
    let decoded = decoded.map_err(|problem| cannot_be_handled(version.kind(), &problem))?;
    if strict && !decoded.strict.is_empty() {
        let complaints = decoded.strict.join(", ");
        return Err(cannot_be_handled(
            version.kind(),
            &format!("strict decoding error: {complaints}"),
        ));
    }
    Ok(decoded.object)
}

pub(super) fn create(definition: &Definition, object: &Value, strict: bool) -> Answer {
    let version = version_of(definition, object);
    let mut object = decode(definition, object, strict)?;
    version.prepare_create(&mut object);
    answer(definition, object.clone(), version.validate_create(&object))
}

pub(super) fn update(definition: &Definition, object: &Value, old: &Value) -> Answer {
    let version = version_of(definition, object);
    let mut object = decode(definition, object, false)?;
    // What every update carries over.
    for name in ["uid", "creationTimestamp"] {
        object["metadata"][name] = old["metadata"][name].clone();
    }
    version.prepare_update(&mut object, old);
    let found = version.validate_update(&object, old);
    answer(definition, object, found)
}

fn cannot_be_handled(kind: &str, problem: &str) -> Refused {
    Refused::bad_request(&format!(
        "{kind} in version \"v1\" cannot be handled as a {kind}: {problem}"
    ))
}

fn answer(definition: &Definition, object: Value, found: Validity) -> Answer {
    if !found.errors.is_empty() {
        return Err(Refused::invalid(&found.errors));
    }
    let version = version_of(definition, &object);
    let stored = definition.to_stored(object).unwrap();
    Ok(definition.from_stored(stored, version).unwrap())
}

pub(super) fn same(ours: &Answer, theirs: &Answer) -> bool {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => masked(ours) == masked(theirs),
        (ours, theirs) => ours == theirs,
    }
}

/// Objects of random schemas are created, and updated, with the same outcome.
#[tokio::test]
async fn random_objects_fare_as_on_the_server() {
    let Some(lab) = Lab::get().await else { return };
    let mut random = random("objects");
    let (mut accepted, mut refused, mut unknown) = (0, 0, 0);
    for round in 0..3 {
        let mut properties = Map::new();
        while properties.len() < FIELDS {
            let schema = random.schema(3);
            let one = json!({"type": "object", "properties": {"x": schema}});
            // Those that we refuse are another test's.
            if defined(&definition("ones", one)).is_ok() {
                properties.insert(format!("p{}", properties.len()), schema);
            }
        }
        let plural = format!("things{round}");
        let schema = json!({"type": "object", "properties": properties});
        let crd = definition(&plural, schema);
        lab.define(&crd).await;
        let ours = compiled(&crd);
        let path = format!("/apis/example.com/v1/{plural}");
        for (name, schema) in &properties {
            for attempt in 0..12 {
                let with = |value: &Value| {
                    json!({
                        "apiVersion": "example.com/v1", "kind": crd["spec"]["names"]["kind"],
                        "metadata": {"name": format!("{name}-{attempt}")}, name: value,
                    })
                };
                let value = random.value(schema, 6);
                let object = with(&value);
                let strict = random.chance(20);
                let validation = if strict { "Strict" } else { "Ignore" };
                let query = format!("?fieldValidation={validation}");
                let theirs = lab.send("POST", &format!("{path}{query}"), &object).await;
                let mine = create(&ours, &object, strict);
                assert!(
                    same(&mine, &theirs),
                    "{schema:#}\n{object:#}\nours: {mine:#?}\ntheirs: {theirs:#?}"
                );
                match &theirs {
                    Ok(_) => accepted += 1,
                    Err(refusal) if refusal.code == 400 => unknown += 1,
                    Err(_) => refused += 1,
                }
                let Ok(stored) = theirs else { continue };
                let mut changed = with(&random.changed(&value, schema));
                changed["metadata"]["resourceVersion"] =
                    stored["metadata"]["resourceVersion"].clone();
                let item = format!("{path}/{name}-{attempt}?fieldValidation=Ignore");
                let theirs = lab.send("PUT", &item, &changed).await;
                let mine = update(&ours, &changed, &stored);
                assert!(
                    same(&mine, &theirs),
                    "update: {schema:#}\n{stored:#}\n{changed:#}\nours: {mine:#?}\ntheirs: {theirs:#?}"
                );
            }
        }
        lab.remove(&format!("{DEFINITIONS}/{plural}.example.com")).await;
    }
    println!("{accepted} accepted, {refused} refused, {unknown} refused as unknown");
    assert!(accepted > 50 && refused > 50);
}

/// What was different once.
#[tokio::test]
async fn picked_objects_fare_as_on_the_server() {
    let Some(lab) = Lab::get().await else { return };
    // Limits that do not fit the type make floats of what they are compared with.
    let limits =
        [("maximum", 2_147_483_648_i64), ("minimum", -3_000_000_000), ("multipleOf", 1 << 40)];
    let properties = limits.map(|(name, limit)| {
        (name.to_owned(), json!({"type": "integer", "format": "int32", name: limit}))
    });
    let schema = json!({"type": "object", "properties": Map::from_iter(properties)});
    let crd = definition("picks", schema);
    lab.define(&crd).await;
    let ours = compiled(&crd);
    for value in [7_i64, i64::from(i32::MAX), 1 << 62, -(1 << 62)] {
        for (name, _) in limits {
            let object = json!({
                "apiVersion": "example.com/v1", "kind": crd["spec"]["names"]["kind"],
                "metadata": {"name": "one"}, name: value,
            });
            let theirs = lab.send("POST", "/apis/example.com/v1/picks?dryRun=All", &object).await;
            let mine = create(&ours, &object, false);
            assert!(same(&mine, &theirs), "{object:#}\nours: {mine:#?}\ntheirs: {theirs:#?}");
        }
    }
    lab.remove(&format!("{DEFINITIONS}/picks.example.com")).await;
}
