//! ConfigMaps, Secrets and service accounts.

use super::format;
use super::rules::immutable_text;
use super::spot::{Rule, Spot};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// The most that a Secret or ConfigMap may hold, in bytes.
const SIZE_MAX: usize = 1024 * 1024;

pub(super) const CONFIG_MAP: &[Rule] = &[("", config_map)];
pub(super) const SECRET: &[Rule] = &[("", secret_data), ("", secret_of_type)];

/// What is fixed once `immutable` is set.
const FIXED: &[&str] = &["data", "binaryData"];

pub(super) fn config_map_change(new: &Spot, old: &Value) {
    frozen(new, old);
}

pub(super) fn secret_change(new: &Spot, old: &Value) {
    immutable_text(&new.at("type"), old.get("type").unwrap_or(&Value::Null));
    frozen(new, old);
}

fn frozen(new: &Spot, old: &Value) {
    if old.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    let message = "field is immutable when `immutable` is set";
    if !new.at("immutable").flag() {
        new.at("immutable").forbidden(message);
    }
    for name in FIXED {
        // To the letter: no data is not none.
        if new.at(name).value() != old.get(*name).unwrap_or(&Value::Null) {
            new.at(name).forbidden(message);
        }
    }
}

fn config_map(at: &Spot) {
    let (data, binary) = (at.at("data"), at.at("binaryData"));
    let mut size = 0;
    for (key, value) in data.entries() {
        key_of_data(&value, key);
        if binary.key(key).given() {
            value.invalid_as(key, "duplicate of key present in binaryData");
        }
        size += value.len();
    }
    for (key, value) in binary.entries() {
        key_of_data(&value, key);
        size += decoded(value.text()).len();
    }
    if size > SIZE_MAX {
        at.at("").too_long(SIZE_MAX);
    }
}

fn key_of_data(at: &Spot, key: &str) {
    for problem in format::config_key(key) {
        at.invalid_as(key, &problem);
    }
}

/// Bytes of a field; those of a decoded object are well formed.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_default()
}

fn secret_data(at: &Spot) {
    let data = at.at("data");
    let mut size = 0;
    for (key, value) in data.entries() {
        key_of_data(&value, key);
        size += decoded(value.text()).len();
    }
    if size > SIZE_MAX {
        data.too_long(SIZE_MAX);
    }
}

fn secret_of_type(at: &Spot) {
    let data = at.at("data");
    let need = |key: &str| {
        if !data.key(key).given() {
            data.key(key).required("");
        }
    };
    match at.at("type").text() {
        "kubernetes.io/service-account-token" => {
            let annotations = at.at("metadata.annotations");
            let account = annotations.key("kubernetes.io/service-account.name");
            if account.text().is_empty() {
                account.required("");
            }
        }
        "kubernetes.io/dockercfg" => docker_config(&data.key(".dockercfg")),
        "kubernetes.io/dockerconfigjson" => docker_config(&data.key(".dockerconfigjson")),
        "kubernetes.io/basic-auth"
            if !data.key("username").given() && !data.key("password").given() =>
        {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" if data.key("ssh-privatekey").text().is_empty() => {
            data.key("ssh-privatekey").required("");
        }
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

/// A JSON object in base64.
fn docker_config(at: &Spot) {
    if !at.given() {
        at.required("");
    } else if let Some(problem) = super::go_json::object_problem(&decoded(at.text())) {
        at.invalid_as("<secret contents redacted>", &problem);
    }
}
