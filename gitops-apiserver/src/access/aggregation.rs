//! ClusterRoles whose rules are those of others.

use crate::names::LabelSelector;
use serde_json::Value;

/// The rules that a ClusterRole with an aggregation rule is to have, if those aren't the ones it
/// has: all rules of the ClusterRoles that its selectors match, each once. The server's controller
/// applies them as the manager `clusterrole-aggregation-controller`, with force.
///
/// `all` are the ClusterRoles by name.
pub fn aggregated(role: &Value, all: &[Value]) -> Option<Vec<Value>> {
    let selectors = role.pointer("/aggregationRule/clusterRoleSelectors").and_then(Value::as_array);
    let rule = role.get("aggregationRule").filter(|rule| !rule.is_null());
    rule?;
    let mut rules: Vec<Value> = Vec::new();
    for selector in selectors.into_iter().flatten() {
        let selector = LabelSelector::from_object(Some(selector)).ok()?;
        let name = role.pointer("/metadata/name");
        let others = all.iter().filter(|other| other.pointer("/metadata/name") != name);
        for other in others.filter(|other| selector.matches_object(other)) {
            for rule in other.get("rules").and_then(Value::as_array).into_iter().flatten() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    let has = role.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    (has != rules).then_some(rules)
}
