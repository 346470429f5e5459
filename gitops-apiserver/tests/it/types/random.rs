//! Random bodies of every built-in kind.
//!
//! `GITOPS_SEED` repeats a run, `GITOPS_BODIES` sets how many each kind gets.

use super::{generate::Writer, lab::lab, refusals::refusal};
use gitops_apiserver::{
    builtin::{
        resources,
        types::{Kind, json, kind},
    },
    resource::ResourceInfo,
};
use std::{
    io::Write,
    process::{Command, Stdio},
};

#[allow(clippy::disallowed_methods, reason = "how a run is repeated")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// From the clock of the machine: another one each run, and printed.
fn seed(test: &str) -> u64 {
    let seed = number("GITOPS_SEED").unwrap_or_else(|| {
        #[allow(clippy::disallowed_methods, reason = "another seed each run")]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    });
    println!("{test}: GITOPS_SEED={seed}");
    seed
}

/// Every resource with objects that can be created at its own path, with their kind.
fn creatable() -> Vec<(&'static ResourceInfo, Kind)> {
    let creatable = resources::all().iter().filter(|of| of.verbs.iter().any(|one| one == "create"));
    creatable.map(|of| (of, kind(&of.api_version(), &of.kind).unwrap())).collect()
}

/// The server looks at the types of values before anything else, so most of these bodies get as
/// far as we can follow: what is refused, and what strict decoding complains about.
#[tokio::test]
async fn random_bodies_are_refused_in_the_servers_words() {
    let Some(lab) = lab().await else { return };
    let mut writer = Writer::new(seed("random bodies"), 30);
    let kinds = creatable();
    let mut different = Vec::new();
    let mut refused = 0;
    for _ in 0..number("GITOPS_BODIES").unwrap_or(10) {
        for (resource, kind) in &kinds {
            let path = lab.path(kind.api_version(), &resource.plural, resource.namespaced);
            let body = writer.body(kind);
            let ours = refusal(kind.api_version(), kind.name(), &body);
            let theirs = lab.create(&path, body.as_bytes()).await.map_err(|(_, message)| message);
            let theirs = theirs.err().filter(|said| said.contains("cannot be handled as a"));
            refused += usize::from(ours.is_some());
            if ours != theirs {
                different.push(format!("{body}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
            }
        }
    }
    assert!(different.is_empty(), "{} of them:\n{}", different.len(), different.join("\n"));
    assert!(refused > kinds.len(), "{refused}");
}

/// The same with what becomes of them, by the Go types themselves: by the program that `cargo xtask
/// builtin --program FILE` builds, if `GITOPS_GO_TYPES` names it. The server would fill in defaults.
#[test]
fn random_bodies_become_what_go_makes_of_them() {
    let Some(program) = std::env::var_os("GITOPS_GO_TYPES") else {
        println!("skipped: GITOPS_GO_TYPES names no program");
        return;
    };
    let seed = seed("random bodies in Go");
    let kinds = creatable();
    let mut different = Vec::new();
    for faults in [0, 3, 30] {
        let mut writer = Writer::new(seed, faults);
        let bodies: Vec<_> = (0..number("GITOPS_BODIES").unwrap_or(20))
            .flat_map(|_| &kinds)
            .map(|(_, kind)| (kind, writer.body(kind)))
            .collect();
        let mut input = String::new();
        for (kind, body) in &bodies {
            input.push_str(&format!("{} {} {body}\n", kind.api_version(), kind.name()));
        }
        let answers = go(&program, input);
        assert_eq!(answers.lines().count(), bodies.len());
        for ((kind, body), theirs) in bodies.iter().zip(answers.lines()) {
            let ours = json::parse(body.as_bytes()).and_then(|node| kind.decode_json(&node));
            let ours = match ours {
                Ok(decoded) => serde_json::json!({
                    "strict": decoded.strict, "object": decoded.object,
                }),
                Err(error) => serde_json::json!({"error": error.to_string()}),
            };
            let theirs: serde_json::Value = serde_json::from_str(theirs).unwrap();
            if ours != theirs {
                different.push(format!("{body}\n  ours:   {ours}\n  theirs: {theirs}"));
            }
        }
    }
    assert!(different.is_empty(), "{} of them:\n{}", different.len(), different.join("\n"));
}

/// What the program answers to lines of version, kind and body.
fn go(program: &std::ffi::OsStr, input: String) -> String {
    let mut command = Command::new(program);
    let command = command.arg("decode").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    })
}
