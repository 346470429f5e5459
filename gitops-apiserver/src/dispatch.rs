//! From a request to its answer.

use crate::{
    answer::{Answer, Content, Encoder, stream},
    behavior::agenda,
    builtin::types::json,
    core::Core,
    discovery::{self, Catalog, Question},
    fault::Fault,
    kind::Kind,
    read,
    request::{
        Address, Call, DeleteOptions, ListOptions, MAX_BODY, Path, WriteOptions,
        accept::{self, Encoding, Form, Offered},
        body_too_large,
    },
    route,
    status::Status,
    write::{self, BodyError, PatchKind, Write, decode_body, not_registered},
};
use http::{Method, header};
use std::sync::Arc;

const JOBS_LEAVE_PODS: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

const NO_EXPORT: &str = "the export parameter, deprecated since v1.14, is no longer supported";

/// Answers a request.
pub(crate) fn answer(core: &Arc<Core>, call: &Call, faults: &[Fault]) -> Answer {
    agenda::run_due(core);
    let mut answer = with_body(core, call, faults).encoded_for(call.header(header::ACCEPT));
    if call.method == Method::HEAD {
        answer.content = Content::Pieces {
            media_type: answer.content.media_type().to_owned(),
            pieces: Vec::new(),
        };
    }
    answer
}

fn with_body(core: &Arc<Core>, call: &Call, faults: &[Fault]) -> Answer {
    let mut answer = match &call.path {
        Path::Other(path) => other(core, call, path),
        Path::Resource(address) => {
            resource(core, call, address, faults).unwrap_or_else(|status| Answer::refuse(&status))
        }
    };
    if call.pretty() {
        answer.indent();
    }
    answer
}

/// What is no resource: discovery, documents, health.
fn other(core: &Arc<Core>, call: &Call, path: &str) -> Answer {
    let host = call.header(header::HOST);
    let custom = core.kinds.described();
    let catalog =
        Catalog { address: if host.is_empty() { "127.0.0.1:6443" } else { host }, custom: &custom };
    let question =
        Question { method: &call.method, path, query: &call.raw_query, headers: &call.headers };
    match discovery::answer(&catalog, &question) {
        Some(response) => Answer::from_response(response),
        None => Answer::no_such_page(),
    }
}

fn resource(
    core: &Arc<Core>,
    call: &Call,
    address: &Address,
    faults: &[Fault],
) -> Result<Answer, Status> {
    let Some(kind) = core.kinds.find(&address.group, &address.version, &address.resource) else {
        return Ok(route::nowhere(address));
    };
    if let Err(answer) = route::check(&kind, address, call) {
        return Ok(*answer);
    }
    let answer = of_kind(core, call, address, &kind, faults);
    let mut answer = answer.unwrap_or_else(|status| Answer::refuse(&status));
    let warnings = kind.model.warning().into_iter();
    answer.warnings = warnings.chain(answer.warnings).collect();
    Ok(answer)
}

fn of_kind(
    core: &Arc<Core>,
    call: &Call,
    address: &Address,
    kind: &Arc<Kind>,
    faults: &[Fault],
) -> Result<Answer, Status> {
    let verb = call.verb();
    if !kind.model.is_custom() && route::connects(address) {
        return read::connect(core, kind, address, &call.query);
    }
    if verb == "patch" {
        // Whether it is a patch is looked at before the form of its answer.
        PatchKind::of(call.content_type(), kind.model.is_custom())?;
        if address.name.is_empty() {
            return Err(Status::bad_request("name must be provided"));
        }
    }
    let offered =
        Offered { media: kind.media_types(), tables: kind.has_tables(&address.subresource) };
    let form = accept::negotiate(call.header(header::ACCEPT), offered)?;
    let request = Request { core, call, address, kind, form, faults };
    match (&*address.subresource, verb) {
        ("scale", "get") => return request.scale_of(),
        ("scale", _) => return request.scale(),
        ("binding", "create") => {
            return request.finish(request.write("CreateOptions", None)?, write::bind);
        }
        ("eviction", "create") => {
            return request.finish(request.write("CreateOptions", None)?, write::evict);
        }
        ("" | "status" | "finalize" | "approval" | "ephemeralcontainers" | "resize", _) => {}
        ("token", _) => {
            return request.finish(request.write("CreateOptions", None)?, write::token);
        }
        _ => return read::connect(core, kind, address, &call.query),
    }
    match verb {
        "get" => request.get(),
        "list" => request.list(),
        "watch" => request.watch(),
        "create" => request.create(),
        "update" => request.update(),
        "patch" => request.patch(),
        "delete" => request.delete(),
        _ => request.delete_collection(),
    }
}

/// A request for a kind.
struct Request<'a> {
    core: &'a Arc<Core>,
    call: &'a Call,
    address: &'a Address,
    kind: &'a Arc<Kind>,
    form: Form,
    faults: &'a [Fault],
}

impl Request<'_> {
    fn encoder(&self) -> Encoder<'_> {
        let include = self.call.query.get("includeObject");
        let decoded = self.address.subresource == "status";
        let (kind, form, now) = (self.kind, self.form, self.core.unix());
        let other = (self.address.subresource == "token")
            .then_some(("authentication.k8s.io/v1", "TokenRequest"));
        Encoder { kind, form, include, now, other, decoded }
    }

    /// How many revisions a read is behind.
    fn behind(&self) -> u64 {
        let behind = self.faults.iter().filter_map(|fault| match fault {
            Fault::Stale(behind) => Some(*behind),
            _ => None,
        });
        behind.max().unwrap_or(0)
    }

    fn get(&self) -> Result<Answer, Status> {
        if self.call.query.flag("export") {
            return Err(Status::bad_request(NO_EXPORT));
        }
        if self.behind() > 0 {
            let stored = read::get_stale(self.core, self.kind, self.address, self.behind())?;
            return self.encoder().stored(200, &stored);
        }
        let stored = read::get(self.core, self.kind, self.address, &self.call.query)?;
        self.encoder().stored(200, &stored)
    }

    fn list(&self) -> Result<Answer, Status> {
        let options = ListOptions::read(&self.call.query, false)?;
        let listed = match self.behind() {
            0 => read::list(self.core, self.kind, self.address, &options)?,
            behind => read::list_stale(self.core, self.kind, self.address, &options, behind)?,
        };
        self.encoder().list(&listed)
    }

    fn watch(&self) -> Result<Answer, Status> {
        let options = ListOptions::read(&self.call.query, true)?;
        let faults = self.faults.iter().filter_map(|fault| match fault {
            Fault::Watch(fault) => Some(fault.clone()),
            _ => None,
        });
        let mut watch = read::watch(self.core, self.kind, self.address, &options)?;
        watch.disturb(faults.collect());
        let include = self.call.query.get("includeObject").to_owned();
        let body = stream(watch, self.form, include);
        let mut media_type = self.form.media_type().to_owned();
        if self.form.encoding == Encoding::Protobuf {
            media_type.push_str(";stream=watch");
        }
        let content = Content::Stream { media_type, body };
        Ok(Answer { code: 200, content, warnings: Vec::new(), headers: Vec::new() })
    }

    fn write(&self, kind: &str, apply: Option<bool>) -> Result<Write<'_>, Status> {
        if self.call.body.len() > MAX_BODY {
            return Err(body_too_large());
        }
        let options = WriteOptions::read(&self.call.query, kind, apply)?;
        Ok(Write::new(self.core, self.call, self.kind, self.address, options))
    }

    /// The answer to a write, with its warnings, also where it is refused.
    fn finish(
        &self,
        mut write: Write<'_>,
        act: impl FnOnce(&mut Write<'_>) -> Result<write::Written, Status>,
    ) -> Result<Answer, Status> {
        let mut answer = match act(&mut write) {
            Ok(written) => self.encoder().written(written)?,
            Err(status) => Answer::refuse(&status),
        };
        answer.warnings = write.warnings;
        Ok(answer)
    }

    /// Whether a body is of a type that is spoken.
    fn readable(&self) -> Result<(), Status> {
        let media = self.call.content_type();
        match media.is_empty() || self.kind.media_types().contains(&media) {
            true => Ok(()),
            false => Err(Status::unsupported_media_type(&accept::BUILT_IN)),
        }
    }

    fn create(&self) -> Result<Answer, Status> {
        if matches!(self.kind.group(), "authentication.k8s.io" | "authorization.k8s.io") {
            return self.finish(self.write("CreateOptions", None)?, write::review);
        }
        // The type of the body is looked at before the options.
        self.readable()?;
        self.finish(self.write("CreateOptions", None)?, write::create)
    }

    fn update(&self) -> Result<Answer, Status> {
        // Here the options come first.
        let write = self.write("UpdateOptions", None)?;
        self.readable()?;
        self.finish(write, write::update)
    }

    fn patch(&self) -> Result<Answer, Status> {
        let kind = PatchKind::of(self.call.content_type(), self.kind.model.is_custom())?;
        let write = self.write("PatchOptions", Some(kind == PatchKind::Apply))?;
        self.finish(write, |write| write::patch(write, kind))
    }

    fn scale_of(&self) -> Result<Answer, Status> {
        let scale = write::scale_of(&self.write("UpdateOptions", None)?)?;
        self.encoder().of(("autoscaling/v1", "Scale")).object(200, scale)
    }

    fn scale(&self) -> Result<Answer, Status> {
        if self.call.verb() == "update" {
            let write = self.write("UpdateOptions", None)?;
            return self.finish(write, |write| write::scale(write, None));
        }
        let kind = PatchKind::of(self.call.content_type(), self.kind.model.is_custom())?;
        let write = self.write("PatchOptions", Some(kind == PatchKind::Apply))?;
        self.finish(write, |write| write::scale(write, Some(kind)))
    }

    fn delete_options(&self) -> Result<DeleteOptions, Status> {
        if self.call.body.len() > MAX_BODY {
            return Err(body_too_large());
        }
        if self.call.body.is_empty() {
            return DeleteOptions::of_query(&self.call.query);
        }
        let body = decode_body(
            self.call.content_type(),
            &self.call.body,
            &accept::BUILT_IN,
            ("v1", "DeleteOptions"),
        )
        .map_err(BodyError::plain)?;
        let (version, kind) = json::version_and_kind(&body)
            .map_err(|error| Status::bad_request(error.to_string()))?;
        if !matches!(&*kind, "" | "DeleteOptions") {
            let version = if version.is_empty() { "meta.k8s.io/v1" } else { &version };
            // These are known to all API groups.
            let common = ["Status", "APIVersions", "APIGroup", "APIGroupList", "APIResourceList"];
            if version == "v1" && common.contains(&&*kind) {
                let why =
                    format!("converting (v1.{kind}) to (v1.DeleteOptions): unknown conversion");
                return Err(Status::bad_request(why));
            }
            return Err(Status::bad_request(not_registered(&kind, version)));
        }
        let body = body.raw().map_err(|error| Status::bad_request(error.to_string()))?;
        DeleteOptions::of_body(&body)
    }

    fn deletion(&self, options: &DeleteOptions) -> Write<'_> {
        let writes = WriteOptions { dry_run: options.dry_run, ..WriteOptions::default() };
        Write::new(self.core, self.call, self.kind, self.address, writes)
    }

    fn delete(&self) -> Result<Answer, Status> {
        let options = self.delete_options()?;
        self.finish(self.deletion(&options), |write| {
            write.warnings.extend(self.left_behind(&options));
            write::delete(write, &options)
        })
    }

    fn delete_collection(&self) -> Result<Answer, Status> {
        let list = ListOptions::read(&self.call.query, false)?;
        // Selectors come first; the list that uses them is made later.
        read::Filter::new(self.kind, &list, "")?;
        let options = self.delete_options()?;
        let deleted = write::delete_collection(self.deletion(&options), &list, &options);
        let answer = deleted.and_then(|deleted| self.encoder().deleted(deleted));
        let mut answer = answer.unwrap_or_else(|status| Answer::refuse(&status));
        answer.warnings.extend(self.left_behind(&options));
        Ok(answer)
    }

    /// What a deletion is warned of that doesn't say what becomes of the dependents.
    fn left_behind(&self, options: &DeleteOptions) -> Option<String> {
        let unsaid = options.propagation.is_none() && options.orphan.is_none();
        let jobs = self.kind.group() == "batch" && self.kind.plural() == "jobs";
        (unsaid && jobs).then(|| JOBS_LEAVE_PODS.to_owned())
    }
}
