//! Every path of discovery, with every header that clients send and some that nobody should.

use super::{
    definitions,
    lab::{Lab, customs, lab, ours},
};
use gitops_apiserver::discovery::{Catalog, Custom};
use gitops_testkit::server::ControlPlane;
use serde_json::Value;

const PATHS: [&str; 43] = [
    "/",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v2",
    "/apis",
    "/apis/",
    "/apis/apps",
    "/apis/apps/",
    "/apis/apps/v1",
    "/apis/apps/v1/",
    "/apis/apps/v9",
    "/apis/autoscaling",
    "/apis/apiregistration.k8s.io",
    "/apis/authorization.k8s.io/v1",
    "/apis/nothing",
    "/apis/nothing/v1",
    "/apis/stable.example.com",
    "/apis/stable.example.com/",
    "/apis/stable.example.com/v1",
    "/apis/stable.example.com/v1/",
    "/apis/stable.example.com/v1beta1",
    "/apis/stable.example.com/v1beta2",
    "/apis/stable.example.com/v2alpha1",
    "/apis/odd.example.com",
    "/apis/odd.example.com/foo1",
    "/version",
    "/version/",
    "/healthz",
    "/livez?verbose",
    "/readyz",
    "/readyz?verbose=",
    "/readyz?verbose&exclude=etcd",
    "/livez?exclude=etcd",
    "/healthz?verbose=1&exclude=b&exclude=ping&exclude=a",
    "/healthz/ping",
    "/livez/etcd?verbose",
    "/readyz/poststarthook/rbac/bootstrap-roles",
    "/healthz/nothing",
    "/livez/",
    "/readyz/shutdown",
    "/apis?pretty=true",
];

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// As client-go, kubectl 1.32 and 1.37 and kube send it, then what else the grammar has.
const ACCEPT: [&str; 27] = [
    "",
    "*/*",
    "application/json",
    "application/json, */*",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
    AGGREGATED,
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer",
    "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io;q=0.3,application/json",
    "application/json,application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "*/*;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/json;as=Table;g=meta.k8s.io;v=v1",
    "application/json;as=Table;g=meta.k8s.io;v=v1,application/json",
    "application/yaml",
    "application/json;q=0.1,application/yaml;q=0.5",
    "application/json;q=zero,application/yaml;q=0.1",
    "application/json;pretty=1",
    "application/json;stream=watch",
    "application/json;stream=other",
    "application/cbor",
    "application/cbor,application/json",
    "application/vnd.kubernetes.protobuf",
    "application/vnd.kubernetes.protobuf,application/json",
    "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "text/html",
    "application//json, ;;, json, text/html;q, application/yaml;charset=utf-8",
];

async fn compare(lab: &Lab, custom: &[Custom]) {
    let address = lab.server.url().trim_start_matches("https://").to_owned();
    let catalog = Catalog { address: &address, custom };
    let mut wrong = Vec::new();
    for path in PATHS {
        for accept in ACCEPT {
            let headers = [("accept", accept)];
            let headers = if accept.is_empty() { &headers[..0] } else { &headers[..] };
            let real = lab.ask("GET", path, headers).await;
            let ours = ours(&catalog, "GET", path, headers).expect(path);
            let (mut theirs, mut own) = (real.meaning(), ours.meaning());
            sort_custom(&mut theirs.3);
            sort_custom(&mut own.3);
            let same = theirs == own
                && ["x-content-type-options", "vary"]
                    .iter()
                    .all(|name| real.header(name) == ours.header(name))
                && real.header("etag").is_some() == ours.header("etag").is_some();
            if !same {
                let (theirs, own) = (format!("{theirs:?}"), format!("{own:?}"));
                let same = theirs.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
                let from = same.saturating_sub(60);
                let cut = |one: &str| one.chars().skip(from).take(240).collect::<String>();
                let (theirs, own) = (cut(&theirs), cut(&own));
                wrong.push(format!("{path} for {accept:?}:\n  {theirs}\n  {own}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The server lists the resources of definitions in the order of a hash map; ours are sorted.
fn sort_custom(document: &mut Value) {
    // In protobuf it is enough that they consist of the same.
    if let Some(bytes) = document.as_str().filter(|bytes| bytes.contains("stable.example.com/v1")) {
        let mut letters: Vec<char> = bytes.chars().collect();
        letters.sort_unstable();
        *document = letters.into_iter().collect::<String>().into();
    }
    let custom = |list: &Value| {
        let group = list["groupVersion"].as_str().unwrap_or_default();
        group.contains("example.com/")
    };
    if !custom(document) {
        return;
    }
    if let Some(resources) = document["resources"].as_array_mut() {
        let plural = |one: &Value| {
            let name = one["name"].as_str().unwrap_or_default();
            name.split('/').next().unwrap_or_default().to_owned()
        };
        resources.sort_by_key(plural);
    }
}

#[tokio::test]
async fn a_stock_server_and_one_with_definitions_answer_the_same() {
    let Some(lab) = lab().await else { return };
    compare(&lab, &[]).await;
    let stored = lab.define(&definitions::all()).await;
    compare(&lab, &customs(&stored)).await;
    methods_do_not_matter(&lab).await;
    nothing_new_is_not_sent_again(&lab).await;
}

async fn methods_do_not_matter(lab: &Lab<ControlPlane>) {
    let address = lab.server.url().trim_start_matches("https://").to_owned();
    let catalog = Catalog { address: &address, custom: &[] };
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        for path in ["/api", "/apis/apps", "/healthz", "/version", "/nothing"] {
            let real = lab.ask(method, path, &[]).await;
            match ours(&catalog, method, path, &[]) {
                Some(ours) => assert_eq!(real.meaning(), ours.meaning(), "{method} {path}"),
                None => assert_eq!(path, "/nothing"),
            }
        }
    }
}

async fn nothing_new_is_not_sent_again(lab: &Lab<ControlPlane>) {
    let catalog = Catalog { address: "", custom: &[] };
    let wanted = ("accept", AGGREGATED);
    for path in ["/api", "/apis"] {
        let tag = lab.ask("GET", path, &[wanted]).await.header("etag").unwrap().to_owned();
        let real = lab.ask("GET", path, &[wanted, ("if-none-match", &tag)]).await;
        let tag = ours(&catalog, "GET", path, &[wanted]).unwrap();
        let tag = tag.header("etag").unwrap().to_owned();
        let own = ours(&catalog, "GET", path, &[wanted, ("if-none-match", &tag)]).unwrap();
        assert_eq!(real.meaning(), own.meaning());
        assert_eq!(own.code, 304);
        let other = ours(&catalog, "GET", path, &[wanted, ("if-none-match", "\"A\"")]).unwrap();
        assert_eq!(other.code, 200);
    }
}
