//! The words of the real server.

use gitops_apiserver::names::{self, Continuation, FieldSelector, LabelSelector, Quantity};
use gitops_core::env::Rng;
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::sync::Arc;

struct Lab {
    client: Client,
    _server: Arc<ControlPlane>,
}

impl Lab {
    async fn new() -> Option<Self> {
        let server = server_or_skip().await?;
        Some(Lab { client: server.client().await.unwrap(), _server: server })
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Value, (u16, String)> {
        match self.client.request::<Value>(request).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn list(&self, parameter: &str, value: &str) -> Result<Value, (u16, String)> {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        let path = format!("/api/v1/namespaces/default/configmaps?{parameter}={value}");
        self.send(Request::get(path).body(Vec::new()).unwrap()).await
    }

    async fn create(&self, path: &str, object: &Value) -> Result<Value, (u16, String)> {
        let request = Request::post(format!("{path}?dryRun=All"));
        let request = request.header("content-type", "application/json");
        self.send(request.body(object.to_string().into_bytes()).unwrap()).await
    }
}

/// Texts of tokens from `pieces`.
fn texts(pieces: &[&str], count: u64, seed: u64) -> Vec<String> {
    let mut rng = Rng::from_seed(seed);
    let mut draw = || {
        let length = 1 + rng.below(7);
        (0..length).map(|_| pieces[rng.below(pieces.len() as u64) as usize]).collect::<String>()
    };
    (0..count).map(|_| draw()).collect()
}

#[tokio::test]
async fn label_selectors() {
    let Some(lab) = Lab::new().await else { return };
    let pieces = [
        "a", "b/c", "in", "notin", " ", " in ", "(", ")", ",", "=", "==", "!", "!=", ">", "<", "1",
        "x_", "a$b", "é", "\t", "-", "/", "()", "(a,b)",
    ];
    for text in texts(&pieces, 300, 1) {
        let real = lab.list("labelSelector", &text).await.map(|_| ());
        let ours =
            LabelSelector::parse(&text).map(|_| ()).map_err(|error| (400, error.to_string()));
        assert_eq!(ours, real, "{text:?}");
    }
}

#[tokio::test]
async fn field_selectors() {
    let Some(lab) = Lab::new().await else { return };
    let pieces = ["metadata.name", "=", "==", "!=", ",", "\\", "x", "é", "\\,", "\\=", " "];
    let mut tried = 0;
    for text in texts(&pieces, 300, 2) {
        let real = lab.list("fieldSelector", &text).await.map(|_| ());
        let ours = FieldSelector::parse(&text);
        // Which fields there are is no matter of syntax.
        if let Ok(selector) = &ours
            && selector.terms.iter().any(|term| term.field != "metadata.name")
        {
            continue;
        }
        tried += 1;
        let ours = ours.map(|_| ()).map_err(|error| (400, error.to_string()));
        assert_eq!(ours, real, "{text:?}");
    }
    assert!(tried > 50, "{tried}");
}

#[tokio::test]
async fn continue_tokens() {
    let Some(lab) = Lab::new().await else { return };
    let raw = [
        "",
        "x",
        "{}",
        "[]",
        "null",
        "1",
        r#"{"v":1}"#,
        r#"{"v":"x"}"#,
        r#"{"v":"meta.k8s.io/v1"}"#,
        r#"{"v":"meta.k8s.io/v1","rv":"1"}"#,
        r#"{"v":"meta.k8s.io/v1","rv":1.5,"start":"a"}"#,
        r#"{"v":"meta.k8s.io/v1","rv":1}"#,
        r#"{"v":"meta.k8s.io/v1","rv":-1,"start":"../a"}"#,
        r#"{"v":"meta.k8s.io/v1","rv":-1,"start":"a//b"}"#,
        r#"{"V":"meta.k8s.io/v1","RV":1}"#,
        r#"{"v":"meta.k8s.io/v1","rv":-1,"start":"/a/"}"#,
        r#"{"v":"#,
        r#"{"v" 1}"#,
        r#"{'v'}"#,
        r#"{"v":tru}"#,
        r#"{"v":-}"#,
        r#"{"v":1.}"#,
        r#"{"v":1e}"#,
        r#"{"v":"\x"}"#,
        "{\"v\":\"\n\"}",
        r#"{"v":"\u12"}"#,
        r#"{} x"#,
        r#"[1 2]"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":1,}"#,
        r#"[1,]"#,
        "é",
        r#"{"v":"meta.k8s.io/v1","rv":-1,"start":"a"}"#,
        "{\"v\":01}",
        "[tr",
        "\u{0}",
    ];
    use base64::Engine as _;
    let encoded = raw.map(|text| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text));
    let bare = ["a", "abc", "ab=", "a\nbc", "a b", "é", "eyJ2", "====", "abcde", "ab\r\ncd!"];
    for token in encoded.iter().map(String::as_str).chain(bare).filter(|token| !token.is_empty()) {
        let real = lab.list("limit=1&continue", token).await.map(|_| ());
        let ours = Continuation::decode(token).map(|_| ());
        let ours = ours.map_err(|error| (400, format!("invalid continue token: {error}")));
        assert_eq!(ours, real, "{token:?}");
    }
    // A token of the server's own.
    for name in ["page-a", "page-b"] {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let request = Request::post("/api/v1/namespaces/default/configmaps");
        let request = request.header("content-type", "application/json");
        let _ = lab.send(request.body(map.to_string().into_bytes()).unwrap()).await;
    }
    for path in ["namespaces", "configmaps", "namespaces/default/configmaps"] {
        let request = Request::get(format!("/api/v1/{path}?limit=1"));
        let page = lab.send(request.body(Vec::new()).unwrap()).await.unwrap();
        let token = page["metadata"]["continue"].as_str().unwrap();
        let continuation = Continuation::decode(token).unwrap();
        let last = &page["items"][0]["metadata"];
        let name = match path {
            "configmaps" => format!(
                "{}/{}",
                last["namespace"].as_str().unwrap(),
                last["name"].as_str().unwrap()
            ),
            _ => last["name"].as_str().unwrap().to_owned(),
        };
        assert_eq!(continuation.start, format!("{name}\0"));
        let version = page["metadata"]["resourceVersion"].as_str().unwrap();
        assert_eq!(continuation.version.to_string(), version);
        assert_eq!(continuation.encode(), token);
    }
}

/// What the server says of `why` about a field, as it words a refusal of one problem.
fn invalid(kind: &str, name: &str, field: &str, value: &str, why: &[String]) -> String {
    let one = |why: &String| {
        format!("{field}: Invalid value: {}: {why}", gitops_apiserver::status::quote(value))
    };
    let all: Vec<String> = why.iter().map(one).collect();
    let all = match &*all {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    format!("{kind} {} is invalid: {all}", gitops_apiserver::status::quote(name))
}

#[tokio::test]
async fn names_keys_and_values() {
    let Some(lab) = Lab::new().await else { return };
    let long = "a".repeat(300);
    let words = [
        "a",
        "A",
        "a.b",
        "a..b",
        "-a",
        "a-",
        "a_b",
        "a/b",
        "a/b/c",
        "/a",
        "a/",
        ".",
        "..",
        "..a",
        "é",
        "a b",
        "0",
        "a%",
        &long,
        &long[..64],
        "example.com/X",
        "X.com/a",
    ];
    let path = "/api/v1/namespaces/default/configmaps";
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
    let judge = |wrong: &[String], kind: &str, name: &str, field: &str, value: &str| match wrong {
        [] => Ok(()),
        wrong => Err((422, invalid(kind, name, field, value, wrong))),
    };
    for word in words {
        let mut object = map.clone();
        object["metadata"]["name"] = word.into();
        let real = lab.create(path, &object).await.map(|_| ());
        let ours = judge(&names::subdomain(word), "ConfigMap", word, "metadata.name", word);
        assert_eq!(ours, real, "name {word:?}");

        let mut object = map.clone();
        object["metadata"]["labels"] = json!({"a": word});
        let real = lab.create(path, &object).await.map(|_| ());
        let ours = judge(&names::label_value(word), "ConfigMap", "m", "metadata.labels", word);
        assert_eq!(ours, real, "label {word:?}");

        let mut object = map.clone();
        object["metadata"]["labels"] = json!({word: "a"});
        let real = lab.create(path, &object).await.map(|_| ());
        let ours = judge(&names::label_key(word), "ConfigMap", "m", "metadata.labels", word);
        assert_eq!(ours, real, "label {word:?}");

        let mut object = map.clone();
        object["data"] = json!({word: "a"});
        let real = lab.create(path, &object).await.map(|_| ());
        let ours =
            judge(&names::config_key(word), "ConfigMap", "m", &format!("data[{word}]"), word);
        assert_eq!(ours, real, "key {word:?}");

        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": word}});
        let real = lab.create("/api/v1/namespaces", &namespace).await.map(|_| ());
        // The server puts the name into a label too, which it then complains about as well.
        let wrong = names::label(word);
        match real {
            Ok(()) => assert!(wrong.is_empty(), "namespace {word:?}: {wrong:?}"),
            Err((422, text)) => {
                let all = wrong.iter().map(|why| {
                    format!(
                        "metadata.name: Invalid value: {}: {why}",
                        gitops_apiserver::status::quote(word)
                    )
                });
                assert!(all.into_iter().all(|one| text.contains(&one)), "{word:?}: {text}");
                assert!(!wrong.is_empty(), "namespace {word:?}: {text}");
            }
            Err(other) => panic!("namespace {word:?}: {other:?}"),
        }
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": word},
        });
        let real = lab.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", &role).await;
        let wrong = names::path_segment(word);
        let kind = "ClusterRole.rbac.authorization.k8s.io";
        let ours = judge(&wrong, kind, word, "metadata.name", word);
        assert_eq!(ours, real.map(|_| ()), "role {word:?}");
    }
    let long = "x".repeat(200);
    for base in ["a-", "-", "--", "A-", "a", &long, "a.-"] {
        let mut object = map.clone();
        object["metadata"] = json!({"generateName": base});
        let real = lab.create(path, &object).await;
        // The base is checked, and the name that comes out.
        let ours = names::generate(base, &mut Rng::from_seed(1));
        let right = names::subdomain(&names::masked(base)).is_empty();
        assert_eq!(real.is_ok(), right && names::subdomain(&ours).is_empty(), "{base}: {real:?}");
        if let Ok(object) = real {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            assert_eq!(name.len(), ours.len(), "{name} {ours}");
            assert_eq!(name[..name.len() - 5], ours[..ours.len() - 5]);
        }
    }
}

#[tokio::test]
async fn quantities() {
    let Some(lab) = Lab::new().await else { return };
    let pieces = [
        "1",
        "5",
        "0",
        "00",
        "1024",
        "123456789",
        ".",
        "-",
        "+",
        "m",
        "k",
        "Ki",
        "Mi",
        "G",
        "E",
        "e",
        "Ei",
        "n",
        "u",
        "e3",
        "E-7",
        "e21",
        "999999999999",
        "000",
        "x",
        " ",
    ];
    let (mut tried, mut right) = (0, 0);
    for text in texts(&pieces, 400, 3) {
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
            "spec": {"hard": {"requests.memory": text}},
        });
        let real = lab.create("/api/v1/namespaces/default/resourcequotas", &quota).await;
        tried += 1;
        match (Quantity::parse(text.trim()), real) {
            (Ok(mut ours), Ok(real)) => {
                // The defaults of quotas go no finer than milli.
                ours.round_up(-3);
                right += 1;
                assert_eq!(real["spec"]["hard"]["requests.memory"], ours.to_string(), "{text:?}");
            }
            // Negative amounts and the like are read, and refused afterwards.
            (Ok(mut ours), Err((422, why))) => {
                ours.round_up(-3);
                assert!(why.contains(&format!("Invalid value: \"{ours}\"")), "{text:?}: {why}");
            }
            (Err(ours), Err((400, why))) => assert!(why.contains(&ours.to_string()), "{why}"),
            (ours, real) => panic!("{text:?}: {ours:?} {real:?}"),
        }
    }
    assert!(right > 40, "{right} of {tried}");
}
