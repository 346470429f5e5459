//! Steps that no client should send, and those about namespaces and rare subresources.

use super::{
    super::{
        kinds::Kind,
        step::{Step, Stream},
    },
    Maker,
};
use serde_json::json;

const JSON: &str = "application/json";

impl Maker<'_> {
    pub(super) fn namespace(&mut self, id: u32, kind: &'static Kind) -> Step {
        let own = "/api/v1/namespaces/{{ns}}";
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ns}}"}});
        match self.dice.below(8) {
            0 => Step::new(id, "GET", own),
            1 => Step::new(id, "DELETE", own),
            2 => Step::new(id, "PUT", &format!("{own}/finalize"))
                .header("content-type", JSON)
                .json(body),
            3 => self.options(Step::new(id, "PUT", own).header("content-type", JSON)).json(body),
            4 => {
                Step::new(id, "POST", "/api/v1/namespaces").header("content-type", JSON).json(body)
            }
            5 => {
                let path = kind.collection().replace("{{ns}}", "{{ns}}-none");
                let name = self.name();
                let object = self.object(kind, name);
                Step::new(id, "POST", &path).header("content-type", JSON).json(object)
            }
            6 => Step::new(
                id,
                "DELETE",
                self.dice.one(&["/api/v1/namespaces/default", "/api/v1/namespaces/{{ns}}-none"]),
            ),
            _ if kind.cluster => Step::new(id, "GET", own).header("accept", "application/yaml"),
            _ => Step::new(id, "GET", &kind.collection().replace("{{ns}}", "{{ns}}-none")),
        }
    }

    pub(super) fn subresource(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let pod = format!("/api/v1/namespaces/{{{{ns}}}}/pods/{name}");
        let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": {"kind": "Node", "name": "n"}});
        let eviction =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        match self.dice.below(5) {
            0 => Step::new(id, "POST", &format!("{pod}/binding"))
                .header("content-type", JSON)
                .json(binding),
            1 => Step::new(id, "POST", &format!("{pod}/eviction"))
                .header("content-type", JSON)
                .json(eviction),
            2 => Step::new(id, "GET", &format!("{pod}/ephemeralcontainers")),
            3 => Step::new(id, "GET", &format!("{}/{}", kind.path_of(name), "none")),
            _ => {
                let method = self.dice.one(&["POST", "DELETE", "PUT"]);
                let of = self.dice.one(&["status", "scale"]);
                Step::new(id, method, &format!("{}/{of}", kind.path_of(name)))
                    .header("content-type", JSON)
                    .json(json!({}))
            }
        }
    }

    /// A token, where there may be accounts.
    pub(super) fn token(&mut self, id: u32, kind: &'static Kind) -> Step {
        let accounts = |kind: &&Kind| kind.collection().ends_with("/serviceaccounts");
        let Some(account) = self.kinds.iter().copied().find(accounts) else {
            return self.subresource(id, kind);
        };
        let path = format!("{}/token", account.path_of(self.name()));
        let mut request = json!({"spec": {}, "metadata": {}});
        if self.dice.percent(40) {
            let seconds = self.dice.one(&[0, -1, 599, 600, 3607, 4_294_967_297_i64]);
            request["spec"]["expirationSeconds"] = json!(seconds);
        }
        if self.dice.percent(30) {
            request["spec"]["audiences"] =
                self.dice.one(&[json!(["a"]), json!(["b", ""]), json!([]), json!([1])]);
        }
        if self.dice.percent(40) {
            let of = self.dice.one(&["Pod", "Secret", "Node", "ConfigMap", "", "pod"]);
            let version = self.dice.one(&["v1", "v1", "", "apps/v1", "a/b/c"]);
            let mut reference = json!({"kind": of, "apiVersion": version, "name": self.name()});
            if self.dice.percent(30) {
                reference["uid"] = json!(self.dice.one(&["x", ""]));
            }
            request["spec"]["boundObjectRef"] = reference;
        }
        if self.dice.percent(10) {
            request["metadata"] = self.dice.one(&[
                json!({"name": "other"}),
                json!({"namespace": "other"}),
                json!({"uid": "x"}),
                json!({"labels": {"a": "b"}, "generation": 7, "finalizers": ["a"]}),
            ]);
        }
        self.options(Step::new(id, "POST", &path).header("content-type", JSON)).json(request)
    }

    pub(super) fn nonsense(&mut self, id: u32, kind: &'static Kind) -> Step {
        let name = self.name();
        let (collection, path) = (kind.collection(), kind.path_of(name));
        let object = self.object(kind, name);
        match self.dice.below(12) {
            // Verbs that a path doesn't have.
            0 => {
                let method = self.dice.one(&["PUT", "PATCH", "OPTIONS", "HEAD"]);
                Step::new(id, method, &collection).header("content-type", JSON).json(object)
            }
            1 => {
                let method = self.dice.one(&["POST", "OPTIONS", "TRACE", "FOO"]);
                Step::new(id, method, &path).header("content-type", JSON).json(object)
            }
            // Paths that aren't there.
            2 | 3 => {
                let paths = [
                    "/none",
                    "/api/v2",
                    "/api/v1/none",
                    "/apis/none/v1",
                    "/apis/apps/v9/deployments",
                    "/apis/apps/v1/none",
                    "/apis/apps/v1/namespaces/{{ns}}/none",
                    "/api/v1/namespaces/{{ns}}/none/a",
                    "/api/v1/namespaces/{{ns}}/pods/a/none",
                    "/api/v1/namespaces/{{ns}}/",
                    "/api/v1/namespaces/{{ns}}/configmaps/a/b/c",
                    "/apis/histories.test/v2/widgets",
                    "/apis/histories.test/v1/namespaces/{{ns}}/none",
                    "/apis/histories.test/v1/namespaces/{{ns}}/plains/a/status",
                ];
                let method = self.dice.one(&["GET", "GET", "GET", "POST", "DELETE"]);
                Step::new(id, method, self.dice.one(&paths))
            }
            // Bodies that are no objects.
            4..7 => {
                let bodies = [
                    "",
                    "{",
                    "null",
                    "[]",
                    "3",
                    "\"x\"",
                    "{}",
                    "{\"apiVersion\": \"v1\"}",
                    "{\"kind\": \"ConfigMap\"}",
                    "\u{0}",
                    "a: b",
                    "a: [",
                    "{\"apiVersion\": \"v1\", \"kind\": \"Status\"}",
                    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\", \"name\": \"b\"}}",
                    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"} x",
                    "{\"apiVersion\": 1, \"kind\": true}",
                    "{\"metadata\": null}",
                ];
                let types = [
                    JSON,
                    JSON,
                    JSON,
                    "application/yaml",
                    "application/merge-patch+json",
                    "application/json-patch+json",
                    "application/strategic-merge-patch+json",
                    "application/apply-patch+yaml",
                ];
                let (method, path) = match self.dice.below(4) {
                    0 => ("POST", collection),
                    1 => ("PUT", path),
                    2 => ("DELETE", path),
                    _ => ("PATCH", path),
                };
                let is = self.dice.one(&types);
                let step = Step::new(id, method, &path).header("content-type", is);
                let step = if is.ends_with("patch+yaml") {
                    step.with("fieldManager", "one")
                } else {
                    step
                };
                self.options(step).text(self.dice.one(&bodies))
            }
            // Types that nobody knows.
            7 | 8 => {
                let types = [
                    "text/plain",
                    "application/xml",
                    "",
                    ";",
                    "application/json; charset=utf-8",
                    // The real server takes it for custom resources, and breaks down over it.
                    if kind.custom { "text/html" } else { "application/vnd.kubernetes.protobuf" },
                    "application/merge-patch+json",
                ];
                let (method, path) = self.dice.one(&[
                    ("POST", &collection),
                    ("PUT", &path),
                    ("PATCH", &path),
                    ("DELETE", &path),
                ]);
                Step::new(id, method, path)
                    .header("content-type", self.dice.one(&types))
                    .json(object)
            }
            // Queries that make no sense.
            9 | 10 => {
                let queries = [
                    "watch=maybe",
                    "limit=1.5",
                    "timeoutSeconds=x",
                    "resourceVersion=-1",
                    "resourceVersion=abc",
                    "dryRun=Some",
                    "dryRun=All",
                    "fieldValidation=x",
                    "propagationPolicy=x",
                    "gracePeriodSeconds=x",
                    "force=maybe",
                    "fieldManager=a",
                    "sendInitialEvents=true",
                    "unknown=1",
                    "labelSelector",
                    "=",
                    "pretty=maybe",
                    "export=true",
                    "exact=true",
                    "allowWatchBookmarks=true",
                    "resourceVersionMatch=Exact",
                ];
                let (method, path) = self.dice.one(&[
                    ("POST", &collection),
                    ("PUT", &path),
                    ("GET", &path),
                    ("GET", &collection),
                    ("DELETE", &path),
                ]);
                let query = self.dice.one(&queries).to_owned();
                let mut step = Step::new(id, method, path);
                if kind.cluster && method == "GET" {
                    step = step.with("labelSelector", "history={{ns}}");
                }
                // Whatever is not false is true.
                if query == "watch=maybe" {
                    step.stream = Stream::Now;
                }
                step.query.push(query);
                if matches!(method, "POST" | "PUT") {
                    step.header("content-type", JSON).json(object)
                } else {
                    step
                }
            }
            _ => {
                let accepts = [
                    "text/html",
                    "application/yaml",
                    "application/vnd.kubernetes.protobuf",
                    "",
                    "x",
                    "application/json;q=0.1",
                    "application/xml, */*",
                ];
                let step = Step::new(id, "GET", &path);
                step.header("accept", self.dice.one(&accepts))
            }
        }
    }
}
