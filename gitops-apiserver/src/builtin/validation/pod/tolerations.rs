//! Taints and what tolerates them.

use crate::builtin::validation::format;
use crate::builtin::validation::spot::Spot;

/// What a taint does.
pub(in crate::builtin::validation) fn taint_effect(at: &Spot) {
    at.one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

/// A list of tolerations.
pub(in crate::builtin::validation) fn tolerations(at: &Spot) {
    at.each(toleration);
}

fn toleration(at: &Spot) {
    let (key, operator, value) = (at.at("key"), at.at("operator"), at.at("value").text());
    let effect = at.at("effect");
    key.in_format_if_any(format::label_key);
    if key.empty() && operator.text() != "Exists" {
        operator.invalid_as(operator.text(), "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    }
    if at.at("tolerationSeconds").given() && effect.text() != "NoExecute" {
        effect.invalid_as(
            effect.text(),
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
        );
    }
    match operator.text() {
        "Equal" | "" => {
            let problems = format::label_value(value);
            if !problems.is_empty() {
                operator.invalid_as(value, &problems.join(";"));
            }
        }
        "Exists" if !value.is_empty() => {
            operator.invalid_as(value, "value must be empty when `operator` is 'Exists'");
        }
        "Exists" => {}
        // Known, but of a feature that is off.
        "Lt" | "Gt" => operator.unsupported(operator.text(), &["Equal", "Exists", "Lt", "Gt"]),
        other => operator.unsupported(other, &["Equal", "Exists"]),
    }
    if !effect.empty() {
        taint_effect(&effect);
    }
}
