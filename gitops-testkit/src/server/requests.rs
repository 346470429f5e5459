//! How many requests the server counted, by its own metrics and by its audit log.

use super::{ControlPlane, ServerError};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, fs};

/// One kind of request, as `apiserver_request_total` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `APPLY`, `DELETE`, `DELETECOLLECTION`, ...
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural resource name.
    pub resource: String,
    /// The subresource; empty for the object itself.
    pub subresource: String,
    /// Whether the server was asked to persist nothing.
    pub dry_run: bool,
    /// The answer's HTTP status code.
    pub code: u16,
}

impl Request {
    /// Whether it could have changed something: not a read, not a dry run.
    ///
    /// Refused writes count: a loop that writes and is refused isn't silent. Reviews of
    /// authentication and access are questions that are asked by `POST`.
    pub fn is_write(&self) -> bool {
        let reading = matches!(self.verb.as_str(), "GET" | "LIST" | "WATCH" | "CONNECT");
        let asking =
            matches!(self.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io");
        !(reading || asking || self.dry_run)
    }

    /// Whether it is what the API server does for itself, whoever uses it: leases, the addresses of
    /// the service `kubernetes`, its defaults.
    fn is_housekeeping(&self) -> bool {
        matches!(
            (self.group.as_str(), self.resource.as_str()),
            ("coordination.k8s.io", "leases")
                | ("", "endpoints")
                | ("discovery.k8s.io", "endpointslices")
                | ("flowcontrol.apiserver.k8s.io", _)
                | ("apiregistration.k8s.io", "apiservices")
                | ("networking.k8s.io", "servicecidrs" | "ipaddresses")
        )
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if self.dry_run {
            f.write_str(" (dry run)")?;
        }
        write!(f, " {}", self.code)
    }
}

/// How often each kind of request was answered since the server started: also the mark to count from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(BTreeMap<Request, u64>);

impl Requests {
    /// Reads the Prometheus text of the server's `/metrics`.
    pub fn parse(metrics: &str) -> Result<Self, ServerError> {
        let mut counts = BTreeMap::new();
        for line in metrics.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
            let (request, count) = parse_line(line).ok_or_else(|| ServerError::Unreadable {
                what: "a line of the server's metrics",
                line: line.to_owned(),
            })?;
            // Version, scope and component tell nothing here: their lines add up.
            *counts.entry(request).or_insert(0) += count;
        }
        Ok(Self(counts))
    }

    /// Every kind of request and how often it was answered.
    pub fn iter(&self) -> impl Iterator<Item = (&Request, u64)> {
        self.0.iter().map(|(request, count)| (request, *count))
    }

    /// All requests together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// What was answered after `mark` was taken.
    #[must_use]
    pub fn since(&self, mark: &Requests) -> Requests {
        let new = |(request, count): (&Request, &u64)| {
            let before = mark.0.get(request).copied().unwrap_or(0);
            let new = count.saturating_sub(before);
            (new > 0).then(|| (request.clone(), new))
        };
        Requests(self.0.iter().filter_map(new).collect())
    }

    /// Only writes by clients: no reads, no dry runs, none of the server's own housekeeping.
    #[must_use]
    pub fn writes(&self) -> Requests {
        let ours = |request: &Request| request.is_write() && !request.is_housekeeping();
        let counts = self.0.iter().filter(|(request, _)| ours(request));
        Requests(counts.map(|(request, count)| (request.clone(), *count)).collect())
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests", self.total())?;
        self.0.iter().try_for_each(|(request, count)| write!(f, "\n{count:6} × {request}"))
    }
}

/// `apiserver_request_total{code="200",component="apiserver",dry_run="",…} 12`. No value of these
/// labels holds a comma, a quote or a brace: they are verbs, names and numbers.
fn parse_line(line: &str) -> Option<(Request, u64)> {
    let (labels, count) = line.split_once('{')?.1.rsplit_once("} ")?;
    let labels: BTreeMap<&str, &str> = labels
        .split(',')
        .map(|label| label.split_once('=').map(|(name, text)| (name, text.trim_matches('"'))))
        .collect::<Option<_>>()?;
    let text = |name| labels.get(name).map(|text| (*text).to_owned());
    let request = Request {
        verb: text("verb")?,
        group: text("group")?,
        resource: text("resource")?,
        subresource: text("subresource")?,
        dry_run: !text("dry_run")?.is_empty(),
        // A request whose client went away before an answer has code 0 or none.
        code: text("code")?.parse().unwrap_or(0),
    };
    // A float by format; a count of requests stays far below 2^53. A bare `as` would hide a NaN.
    let count: f64 = count.trim().parse().ok().filter(|count: &f64| *count >= 0.0)?;
    Some((request, count as u64))
}

/// One answered request from the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// Who asked (the impersonated user where there is one).
    pub user: String,
    /// The client's program, from the header `User-Agent`.
    pub agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The path and query.
    pub uri: String,
    /// The answer's HTTP status code.
    pub code: u16,
}

impl Audited {
    /// Whether it could have changed something: not a read, not a dry run, not a review.
    pub fn is_write(&self) -> bool {
        let writing = matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        let asking = ["/apis/authentication.k8s.io/", "/apis/authorization.k8s.io/"];
        writing
            && !self.uri.contains("dryRun=")
            && !asking.iter().any(|prefix| self.uri.starts_with(prefix))
    }
}

impl ControlPlane {
    /// Every request that the server counted until now, by its own metrics.
    ///
    /// The metrics don't know who asked: with controllers running, [`audited`](Self::audited) does.
    pub async fn requests(&self) -> Result<Requests, ServerError> {
        let client = self.client().await?;
        Requests::parse(&self.get(&client, "/metrics").await?)
    }

    /// The writes that clients sent after `mark`: no dry runs, none of the server's own.
    pub async fn writes_since(&self, mark: &Requests) -> Result<Requests, ServerError> {
        Ok(self.requests().await?.since(mark).writes())
    }

    /// Every answered request, in order. Empty unless the control plane was built with
    /// [`audit`](super::ControlPlaneBuilder::audit).
    pub fn audited(&self) -> Result<Vec<Audited>, ServerError> {
        let Some(log) = self.audit_log() else { return Ok(Vec::new()) };
        let text = fs::read_to_string(log).map_err(ServerError::io("read the audit log"))?;
        // The last line may be half written: it is of a request that is not answered yet.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(audited).collect()
    }
}

fn audited(line: &str) -> Result<Audited, ServerError> {
    let unreadable = || ServerError::Unreadable {
        what: "a line of the audit log",
        line: line.chars().take(200).collect(),
    };
    let event: Value = serde_json::from_str(line).map_err(|_| unreadable())?;
    let text = |path: &str| event.pointer(path).and_then(Value::as_str).map(str::to_owned);
    Ok(Audited {
        user: text("/impersonatedUser/username")
            .or_else(|| text("/user/username"))
            .ok_or_else(unreadable)?,
        agent: text("/userAgent").unwrap_or_default(),
        verb: text("/verb").ok_or_else(unreadable)?,
        uri: text("/requestURI").ok_or_else(unreadable)?,
        code: event
            .pointer("/responseStatus/code")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok())
            .unwrap_or(0),
    })
}
