//! Probes and hooks.

use super::Pod;
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, rules};

/// What a probe or hook may do, and its rule.
type Action = (&'static str, fn(&Spot, &Pod));

const ACTIONS: &[Action] = &[
    ("exec", |at, _| rules::required(&at.at("command"))),
    ("httpGet", |at, _| http_get(at)),
    ("tcpSocket", |at, _| rules::port_or_name(&at.at("port"))),
    ("grpc", |at, _| grpc(at)),
    ("sleep", sleep),
];

fn handler(at: &Spot, pod: &Pod) {
    let mut found = false;
    for (name, rule) in ACTIONS {
        let action = at.at(name);
        if !action.given() {
            continue;
        }
        if found {
            action.forbidden("may not specify more than 1 handler type");
        } else {
            rule(&action, pod);
        }
        found = true;
    }
    if !found {
        at.required("must specify a handler type");
    }
}

fn http_get(at: &Spot) {
    rules::required(&at.at("path"));
    rules::port_or_name(&at.at("port"));
    let scheme = at.at("scheme");
    scheme.one_of(&["HTTP", "HTTPS"]);
    for header in at.at("httpHeaders").items() {
        let name = header.at("name").text();
        for problem in format::http_header(name) {
            at.at("httpHeaders").invalid_as(name, &problem);
        }
    }
    let protocol = at.at("protocol");
    let second = protocol.text() == "HTTP2";
    if protocol.given() && !matches!(protocol.text(), "HTTP1" | "HTTP2") {
        protocol.one_of(&["HTTP1", "HTTP2"]);
    } else if second && scheme.text() != "HTTP" {
        protocol.invalid("is only supported with HTTP (H2C)");
    } else if second && !at.at("host").empty() {
        at.at("host").invalid("must be empty when `protocol` is \"HTTP2\"");
    }
}

fn grpc(at: &Spot) {
    rules::port(&at.at("port"));
    at.at("mode").one_of_if_given(&["Plaintext", "TLS"]);
}

fn sleep(at: &Spot, pod: &Pod) {
    let seconds = at.at("seconds").number();
    if let Some(grace) = pod.grace.filter(|grace| !(0..=*grace).contains(&seconds)) {
        at.invalid_as(
            seconds,
            &format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})"),
        );
    }
}

/// A probe of any kind.
pub(super) fn probe(at: &Spot, pod: &Pod) {
    handler(at, pod);
    at.check(&[
        ("initialDelaySeconds", rules::non_negative),
        ("timeoutSeconds", rules::non_negative),
        ("periodSeconds", rules::non_negative),
        ("successThreshold", rules::non_negative),
        ("failureThreshold", rules::non_negative),
    ]);
    let grace = at.at("terminationGracePeriodSeconds");
    if grace.given() && grace.number() <= 0 {
        grace.invalid("must be greater than 0");
    }
}

/// Of probes that one success is enough for.
pub(super) fn one_success(at: &Spot) {
    let threshold = at.at("successThreshold");
    if threshold.number() != 1 {
        threshold.invalid_as(threshold.number(), "must be 1");
    }
}

/// What happens after the start of a container and before its end.
pub(super) fn lifecycle(at: &Spot, pod: &Pod) {
    at.at("postStart").given_then(|at| handler(at, pod));
    at.at("preStop").given_then(|at| handler(at, pod));
    at.at("stopSignal").given_then(|at| match pod.os() {
        None => at.forbidden("may not be set for containers with empty `spec.os.name`"),
        Some("windows") => at.one_of(&["SIGKILL", "SIGTERM"]),
        Some("linux") => at.one_of(SIGNALS),
        Some(_) => {}
    });
}

const SIGNALS: &[&str] = &[
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMAX-1",
    "SIGRTMAX-10",
    "SIGRTMAX-11",
    "SIGRTMAX-12",
    "SIGRTMAX-13",
    "SIGRTMAX-14",
    "SIGRTMAX-2",
    "SIGRTMAX-3",
    "SIGRTMAX-4",
    "SIGRTMAX-5",
    "SIGRTMAX-6",
    "SIGRTMAX-7",
    "SIGRTMAX-8",
    "SIGRTMAX-9",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];
