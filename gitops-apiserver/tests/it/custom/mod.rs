//! Definitions and custom resources beside the real server.
//!
//! Skipped where the server's programs are missing. `GITOPS_SEED` repeats a run.

mod definitions;
mod lab;
mod objects;
mod random;
mod rules;
mod workloads;

use gitops_apiserver::{
    builtin::types,
    custom::{Definition, crd},
};
use gitops_core::env::Rng;
use lab::{Answer, Refused};
use random::Random;
use serde_json::{Value, json};

#[allow(clippy::disallowed_methods, reason = "the switches of a test run")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// A generator whose seed is on standard output.
fn random(name: &str) -> Random {
    let seed = number("GITOPS_SEED").unwrap_or_else(|| Rng::from_entropy().next_u64());
    println!("{name}: GITOPS_SEED={seed}");
    Random(Rng::from_seed(seed).child(name))
}

/// A definition of one version with this schema.
fn definition(plural: &str, schema: Value) -> Value {
    let kind = format!("{}{}", plural[..1].to_uppercase(), &plural[1..]);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.example.com")},
        "spec": {
            "group": "example.com", "scope": "Cluster",
            "names": {"plural": plural, "kind": kind},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    })
}

/// What we make of a definition that is created.
fn defined(definition: &Value) -> Answer {
    let kind = types::kind("apiextensions.k8s.io/v1", "CustomResourceDefinition").unwrap();
    // As text, in which 2.0 is not 2.
    let text = types::json::parse(definition.to_string().as_bytes()).unwrap();
    let mut definition = kind.decode_json(&text).unwrap().object;
    crd::apply_defaults(&mut definition);
    crd::prepare_create(&mut definition);
    let errors = crd::validate_create(&definition);
    crd::written(&mut definition);
    if errors.is_empty() { Ok(definition) } else { Err(Refused::invalid(&errors)) }
}

/// A definition that is established, compiled.
fn compiled(definition: &Value) -> Definition {
    let mut definition = defined(definition).unwrap();
    assert!(crd::accept_names(&mut definition, &[], "2026-01-01T00:00:00Z"));
    assert!(crd::establish(&mut definition, "2026-01-01T00:00:00Z"));
    Definition::compile(&definition).unwrap()
}
