//! Tokens of service accounts: what they say, who has signed them, and whose they are.
//!
//! They are JSON Web Tokens (RFC 7519) with the claims of the real server
//! (`pkg/serviceaccount/claims.go`), but signed with a secret of this server (HS256) instead of a
//! key pair. Nothing is kept of them: a token is good until it ends, or what it is bound to does.

use super::{Authenticated, User};
use crate::{object, status::quote, store::Store, time};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use gitops_core::env::Rng;
use hmac::{Hmac, Mac as _, digest::KeyInit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use std::{collections::BTreeMap, time::Duration};

/// Who makes the tokens, and whom those are for that don't say.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc";
/// How far clocks may be apart.
const LEEWAY: u64 = 60;
const GONE: &str = "service account token has been invalidated";

/// What a token says. Times are in seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    #[serde(rename = "aud")]
    pub(crate) audiences: Vec<String>,
    #[serde(rename = "exp")]
    pub(crate) ends: u64,
    #[serde(rename = "iat")]
    pub(crate) issued: u64,
    #[serde(rename = "iss")]
    pub(crate) issuer: String,
    #[serde(rename = "jti")]
    pub(crate) id: String,
    #[serde(rename = "kubernetes.io")]
    pub(crate) bound: Bound,
    #[serde(rename = "nbf")]
    pub(crate) starts: u64,
    #[serde(rename = "sub")]
    pub(crate) user: String,
}

/// The objects that a token needs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) namespace: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pod: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Reference>,
    #[serde(rename = "serviceaccount")]
    pub(crate) account: Reference,
    /// From when on its holder should have got another one.
    #[serde(default, rename = "warnafter", skip_serializing_if = "Option::is_none")]
    pub(crate) warn_after: Option<u64>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) name: String,
    /// Empty for a node that isn't there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) uid: String,
}

/// What the server signs tokens with.
pub(crate) struct Key([u8; 64]);

impl Key {
    /// The key of a seed.
    pub(super) fn new(mut rng: Rng) -> Self {
        let mut key = [0; 64];
        for part in key.chunks_mut(8) {
            part.copy_from_slice(&rng.next_u64().to_be_bytes());
        }
        Key(key)
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        <Hmac<Sha256> as KeyInit>::new(&self.0.into()).chain_update(signed)
    }

    /// The token that says this.
    ///
    /// # Errors
    /// The claims can't be written, which those that this server makes can.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, serde_json::Error> {
        let (head, claims) = (r#"{"alg":"HS256","typ":"JWT"}"#, serde_json::to_vec(claims)?);
        let signed = format!("{}.{}", BASE64.encode(head), BASE64.encode(claims));
        let signature = BASE64.encode(self.mac(&signed).finalize().into_bytes());
        Ok(format!("{signed}.{signature}"))
    }

    /// What a token says; `None` if it is of another issuer, or none at all.
    ///
    /// # Errors
    /// It was signed by somebody else, in the server's words.
    pub(super) fn open(&self, token: &str) -> Option<Result<Claims, String>> {
        #[derive(Deserialize)]
        struct Issued {
            #[serde(rename = "iss")]
            issuer: String,
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, payload) = signed.split_once('.')?;
        let payload = BASE64.decode(payload).ok()?;
        let issued: Issued = serde_json::from_slice(&payload).ok()?;
        if issued.issuer != ISSUER {
            return None;
        }
        let signature = BASE64.decode(signature).unwrap_or_default();
        Some(match self.mac(signed).verify_slice(&signature) {
            Ok(()) => serde_json::from_slice(&payload).map_err(|error| error.to_string()),
            Err(_) => Err("go-jose/go-jose: error in cryptographic primitive".to_owned()),
        })
    }
}

impl Claims {
    /// Whose token it is, for those of some audiences that it is for. `now`: time since 1970.
    ///
    /// # Errors
    /// It is no longer good, or for somebody else, in the server's words.
    pub(super) fn holder(
        self,
        store: &Store,
        now: Duration,
        asked: &[String],
    ) -> Result<Authenticated, String> {
        let audiences: Vec<String> =
            asked.iter().filter(|one| self.audiences.contains(one)).cloned().collect();
        if audiences.is_empty() {
            let (have, asked) = (listed(&self.audiences), listed(asked));
            return Err(format!(
                "token audiences {have} is invalid for the target audiences {asked}"
            ));
        }
        if now.as_secs().saturating_add(LEEWAY) < self.starts {
            return Err("service account token is not valid yet".to_owned());
        }
        if now.as_secs().saturating_sub(LEEWAY) > self.ends {
            return Err("service account token has expired".to_owned());
        }
        let bound = Objects { store, now, namespace: &self.bound.namespace };
        bound.account(&self.bound.account)?;
        let mut extra = BTreeMap::new();
        let mut say = |key: &str, text: &str| {
            let key = format!("authentication.kubernetes.io/{key}");
            extra.insert(key, vec![text.to_owned()]);
        };
        say("credential-id", &format!("JTI={}", self.id));
        if let Some(secret) = &self.bound.secret {
            bound.there("secrets", "secret", "service account secret ref claim", secret)?;
        }
        if let Some(pod) = &self.bound.pod {
            bound.there("pods", "pod", "service account pod ref claim", pod)?;
            say("pod-name", &pod.name);
            say("pod-uid", &pod.uid);
        }
        if let Some(node) = &self.bound.node {
            // The node of a pod is only said.
            if self.bound.pod.is_none() {
                bound.there("nodes", "node", "service account node ref claim", node)?;
            }
            say("node-name", &node.name);
            if !node.uid.is_empty() {
                say("node-uid", &node.uid);
            }
        }
        let groups = [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{}", self.bound.namespace),
            "system:authenticated".to_owned(),
        ];
        let uid = self.bound.account.uid;
        let user = User { name: self.user, uid, groups: groups.into(), extra };
        Ok(Authenticated { user, audiences })
    }
}

/// As Go prints a list of texts with `%q`.
fn listed(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
    format!("[{}]", quoted.join(" "))
}

/// Where the objects are that tokens need.
struct Objects<'a> {
    store: &'a Store,
    now: Duration,
    namespace: &'a str,
}

impl Objects<'_> {
    fn get(&self, table: &str, name: &str) -> Option<Value> {
        let key = match table {
            "nodes" => name.to_owned(),
            _ => format!("{}/{name}", self.namespace),
        };
        serde_json::from_slice(&self.store.get(table, &key)?.bytes).ok()
    }

    /// Whether an object is on its way out, and its time is over.
    fn is_over(&self, object: &Value) -> bool {
        let deleted = time::parse(object::meta(object, "deletionTimestamp"));
        let now = i64::try_from(self.now.as_secs().saturating_sub(LEEWAY)).unwrap_or(i64::MAX);
        deleted.is_some_and(|deleted| deleted < now)
    }

    fn account(&self, of: &Reference) -> Result<(), String> {
        let (namespace, name) = (self.namespace, &of.name);
        let account = self.get("serviceaccounts", name);
        let account =
            account.ok_or_else(|| format!("serviceaccounts {} not found", quote(name)))?;
        same("service account", "claim", &account, of)?;
        match self.is_over(&account) {
            true => Err(format!("service account {namespace}/{name} has been deleted")),
            false => Ok(()),
        }
    }

    fn there(&self, table: &str, what: &str, claim: &str, of: &Reference) -> Result<(), String> {
        let object = self.get(table, &of.name).ok_or(GONE)?;
        same(what, claim, &object, of)?;
        if self.is_over(&object) { Err(GONE.to_owned()) } else { Ok(()) }
    }
}

/// Whether it is the object that was meant.
fn same(what: &str, claim: &str, object: &Value, of: &Reference) -> Result<(), String> {
    let uid = object::meta(object, "uid");
    if uid == of.uid {
        return Ok(());
    }
    Err(format!("{what} UID ({uid}) does not match {claim} ({})", of.uid))
}
