//! OpenAPI documents, of what is built in and of definitions, as JSON.

use super::{
    definitions,
    lab::{Lab, customs, lab, ours},
    wire::assert_same_message,
};
use gitops_apiserver::discovery::{Catalog, Custom};
use gitops_testkit::server::ControlPlane;
use serde_json::Value;

const V2: &str = "/openapi/v2";
const V3: &str = "/openapi/v3";

fn catalog(custom: &[Custom]) -> Catalog<'_> {
    Catalog { address: "", custom }
}

/// Where two documents differ, at most a few places.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    if theirs == ours || found.len() > 20 {
        return;
    }
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<_> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let (a, b) =
                    (a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null));
                differences(&format!("{path}/{name}"), a, b, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{at}"), a, b, found);
            }
        }
        _ => {
            let cut = |one: &Value| one.to_string().chars().take(200).collect::<String>();
            found.push(format!("{path}\n  {}\n  {}", cut(theirs), cut(ours)));
        }
    }
}

fn assert_same(path: &str, theirs: &Value, ours: &Value) {
    let mut found = Vec::new();
    differences(path, theirs, ours, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn paths(lab: &Lab, headers: &[(&str, &str)]) -> Vec<String> {
    let index = lab.ask("GET", V3, headers).await.json();
    index["paths"].as_object().unwrap().keys().cloned().collect()
}

async fn compare(lab: &Lab, custom: &[Custom]) {
    let index = ours(&catalog(custom), "GET", V3, &[]).unwrap();
    let names: Vec<_> = index.json()["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(paths(lab, &[]).await, names);
    for path in &names {
        let path = format!("{V3}/{path}");
        let real = lab.get(&path).await;
        let own = ours(&catalog(custom), "GET", &path, &[]).unwrap();
        assert_same(&path, &real.json(), &own.json());
        assert_eq!(real.header("content-type"), own.header("content-type"), "{path}");
        if custom.is_empty() {
            assert_eq!(real.header("etag"), own.header("etag"), "{path}");
        }
        compare_protobuf(lab, custom, &path, "v3").await;
    }
    compare_protobuf(lab, custom, V2, "v2").await;
    let real = lab.get(V2).await;
    let own = ours(&catalog(custom), "GET", V2, &[]).unwrap();
    assert_same(V2, &real.json(), &own.json());
    if custom.is_empty() {
        assert_eq!(real.header("etag"), own.header("etag"));
    }
}

#[tokio::test]
async fn documents_are_those_of_the_server() {
    let Some(lab) = lab().await else { return };
    compare(&lab, &[]).await;
    headers_matter(&lab).await;
    let stored = lab.define_with_openapi(&definitions::all()).await;
    compare(&lab, &customs(&stored)).await;
}

async fn compare_protobuf(lab: &Lab, custom: &[Custom], path: &str, release: &str) {
    let accept = format!("application/com.github.proto-openapi.spec.{release}@v1.0+protobuf");
    let headers = [("accept", accept.as_str())];
    let real = lab.ask("GET", path, &headers).await;
    let own = ours(&catalog(custom), "GET", path, &headers).unwrap();
    assert_eq!(real.header("content-type"), own.header("content-type"), "{path}");
    assert_same_message(&real.body, &own.body, path);
}

async fn headers_matter(lab: &Lab<ControlPlane>) {
    let tag = lab.get("/openapi/v3/version").await.header("etag").unwrap().to_owned();
    let hash = tag.trim_matches('"');
    let paths = [
        "/openapi/v3/version".to_owned(),
        format!("/openapi/v3/version?hash={hash}"),
        "/openapi/v3/version?hash=ABC".to_owned(),
        "/openapi/v3/nothing".to_owned(),
        "/openapi/v3/".to_owned(),
        "/openapi/v3/apis/apps/".to_owned(),
        "/openapi/v2/".to_owned(),
        "/openapi/v2".to_owned(),
    ];
    let accepts = [
        "*/*",
        "application/json",
        "application/*",
        "text/html",
        "application/yaml",
        "x",
        "application/com.github.proto-openapi.spec.v3.v1.0+protobuf, */*;q=0.1",
    ];
    for path in &paths {
        for accept in accepts {
            for known in ["", &tag, "\"A\", *"] {
                let headers = [("accept", accept), ("if-none-match", known)];
                let headers = if known.is_empty() { &headers[..1] } else { &headers[..] };
                let real = lab.ask("GET", path, headers).await;
                let own = ours(&catalog(&[]), "GET", path, headers).unwrap();
                let what = format!("{path} {accept} {known}");
                assert_eq!(real.code, own.code, "{what}");
                for name in ["content-type", "etag", "location", "cache-control"] {
                    assert_eq!(real.header(name), own.header(name), "{name} {what}");
                }
                assert_eq!(real.body.is_empty(), own.body.is_empty(), "{what}");
            }
        }
    }
}
