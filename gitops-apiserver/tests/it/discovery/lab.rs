//! The real server beside ours, asked with the headers as they are.

use bytes::Bytes;
use gitops_apiserver::discovery::{Catalog, Custom, Question, answer};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use kube::{Client, client::Body};
use serde_json::Value;

pub(super) struct Lab<S = ControlPlane> {
    pub(super) client: Client,
    pub(super) server: S,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What must be the same, with the body as what it means.
    pub(super) fn meaning(&self) -> (u16, Option<&str>, Option<&str>, Value) {
        let media = self.header("content-type");
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        let body = match media {
            _ if self.body.is_empty() => Value::Null,
            Some(media) if media.contains("json") => self.json(),
            Some(media) if media.contains("yaml") => serde_saphyr::from_str(&text()).unwrap(),
            _ => text().into(),
        };
        (self.code, media, self.header("cache-control"), body)
    }
}

/// A server of this test's own: nobody else makes definitions there.
pub(super) async fn lab() -> Option<Lab> {
    let server = server_or_skip_with(ControlPlane::builder()).await?;
    Some(Lab { client: server.client().await.unwrap(), server })
}

impl<S> Lab<S> {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, Vec::new()).await
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.client.send(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { code: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Makes definitions and waits until discovery shows all of them; gives them as they are stored.
    pub(super) async fn define(&self, definitions: &[Value]) -> Vec<Value> {
        const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        for definition in definitions {
            let json = [("content-type", "application/json")];
            let answer = self.send("POST", PATH, &json, definition.to_string().into()).await;
            assert_eq!(answer.code, 201, "{}", answer.json());
        }
        loop {
            let stored = self.get(PATH).await.json()["items"].as_array().unwrap().clone();
            let all = customs(&stored);
            let shown = async |custom: &Custom| {
                let path = format!("/apis/{}", custom.resource.api_version());
                let answer = self.get(&path).await;
                let name = &custom.resource.plural;
                let grouped = self.get("/apis").await.json().to_string();
                answer.code == 200
                    && answer.json().to_string().contains(&format!("\"{name}\""))
                    && grouped.contains(&format!("\"{}\"", custom.resource.api_version()))
            };
            let mut ready = stored.iter().all(|one| !Custom::of_definition(one).is_empty());
            for custom in &all {
                ready = ready && shown(custom).await;
            }
            if ready {
                return stored;
            }
        }
    }

    /// The same, and waits for OpenAPI, which follows discovery by a second or so.
    pub(super) async fn define_with_openapi(&self, definitions: &[Value]) -> Vec<Value> {
        let stored = self.define(definitions).await;
        let custom = customs(&stored);
        loop {
            let v3 = self.get("/openapi/v3").await.json();
            let v2 = self.get("/openapi/v2").await.json();
            let v2: Vec<&String> = v2["paths"].as_object().unwrap().keys().collect();
            let there = |custom: &Custom| {
                let path = format!("apis/{}", custom.resource.api_version());
                let plural = format!("/{}", custom.resource.plural);
                let mut of_version = v2.iter().filter(|one| one.starts_with(&format!("/{path}/")));
                v3["paths"].get(&path).is_some() && of_version.any(|one| one.ends_with(&plural))
            };
            if custom.iter().all(there) {
                return stored;
            }
        }
    }
}

pub(super) fn customs(definitions: &[Value]) -> Vec<Custom> {
    definitions.iter().flat_map(Custom::of_definition).collect()
}

/// Ours.
pub(super) fn ours(
    catalog: &Catalog<'_>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Option<Answer> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let header = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    let headers: HeaderMap = headers.iter().map(header).collect();
    let method = Method::try_from(method).unwrap();
    let question = Question { method: &method, path, query, headers: &headers };
    answer(catalog, &question).map(|answer: Response<Bytes>| {
        let (parts, body) = answer.into_parts();
        Answer { code: parts.status.as_u16(), headers: parts.headers, body }
    })
}
