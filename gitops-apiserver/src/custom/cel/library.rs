//! Functions that Kubernetes adds to CEL.

use crate::{custom::pattern, custom::validate, names::Quantity};
use cel::{Context, Env, ExecutionError, Value, extensions, extractors::This};
use std::sync::{Arc, LazyLock};

/// The functions that rules can call, beside operators and macros.
pub(super) const FUNCTIONS: &[&str] = &[
    // CEL itself.
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "type",
    "dyn",
    "duration",
    "timestamp",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "optional.of",
    "optional.none",
    "optional.ofNonZeroValue",
    "of",
    "none",
    "ofNonZeroValue",
    "hasValue",
    "value",
    "or",
    "orValue",
    "optMap",
    "optFlatMap",
    // Its extensions.
    "charAt",
    "indexOf",
    "lastIndexOf",
    "join",
    "lowerAscii",
    "upperAscii",
    "replace",
    "split",
    "substring",
    "trim",
    "format",
    "quote",
    "reverse",
    "slice",
    "flatten",
    "distinct",
    "sort",
    // Those of Kubernetes.
    "isSorted",
    "sum",
    "min",
    "max",
    "find",
    "findAll",
    "isURL",
    "isQuantity",
    "isIP",
    "isCIDR",
    "isInteger",
    "compareTo",
    "isGreaterThan",
    "isLessThan",
    "quantity",
    "asInteger",
    "asApproximateFloat",
    "sign",
    "url",
    "getScheme",
    "getHost",
    "getHostname",
    "getPort",
    "getEscapedPath",
];

/// The environment of all rules.
pub(super) fn env() -> Arc<Env> {
    static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        // What an extension adds twice is there all the same.
        let _ = env.add_extension(extensions::strings);
        let _ = env.add_extension(extensions::lists);
        Arc::new(env)
    });
    ENV.clone()
}

/// A context with the functions of Kubernetes.
pub(super) fn context() -> Context<'static, 'static> {
    let mut context = Context::with_env(env());
    // A name that the environment has already keeps its meaning.
    let _ = context.add_function("isURL", |text: Arc<String>| validate::is_absolute_url(&text));
    let _ =
        context.add_function("isIP", |text: Arc<String>| text.parse::<std::net::IpAddr>().is_ok());
    let _ = context.add_function("isCIDR", |text: Arc<String>| validate::is_cidr(&text));
    let _ = context.add_function("isQuantity", |text: Arc<String>| Quantity::parse(&text).is_ok());
    let _ = context.add_function("find", |This(text): This<Arc<String>>, regex: Arc<String>| {
        let regex = compile(&regex)?;
        let found = regex.find(&text).map_or("", |found| found.as_str());
        Ok::<Value, ExecutionError>(Value::from(found))
    });
    let _ = context.add_function("isSorted", |This(list): This<Arc<Vec<Value>>>| {
        list.windows(2).all(|pair| match pair {
            [one, other] => one <= other,
            _ => true,
        })
    });
    let _ = context.add_function("sum", |This(list): This<Arc<Vec<Value>>>| {
        list.iter().cloned().try_fold(Value::Int(0), |sum, value| match (sum, value) {
            (Value::Int(sum), Value::Int(value)) => sum
                .checked_add(value)
                .map(Value::Int)
                .ok_or_else(|| ExecutionError::function_error("sum", "integer overflow")),
            (Value::Int(0), Value::Float(value)) => Ok(Value::Float(value)),
            (Value::Float(sum), Value::Float(value)) => Ok(Value::Float(sum + value)),
            _ => Err(ExecutionError::function_error("sum", "no such overload")),
        })
    });
    for (name, wanted) in [("min", std::cmp::Ordering::Less), ("max", std::cmp::Ordering::Greater)]
    {
        let _ = context.add_function(name, move |This(list): This<Arc<Vec<Value>>>| {
            let mut values = list.iter();
            let first = values.next().cloned().ok_or_else(|| {
                ExecutionError::function_error(name, "min/max called on empty list")
            })?;
            Ok::<Value, ExecutionError>(values.fold(first, |best, value| {
                if value.partial_cmp(&best) == Some(wanted) { value.clone() } else { best }
            }))
        });
    }
    quantities(&mut context);
    urls(&mut context);
    context
}

/// Quantities are their canonical texts here, so that equal ones are equal.
fn quantities(context: &mut Context<'static, 'static>) {
    let read = |text: &str| {
        Quantity::parse(text)
            .map_err(|problem| ExecutionError::function_error("quantity", problem.to_string()))
    };
    let _ = context.add_function("quantity", move |text: Arc<String>| {
        Ok::<Value, ExecutionError>(Value::from(read(&text)?.to_string()))
    });
    let compared =
        move |one: &str, other: &str| Ok::<_, ExecutionError>(read(one)?.cmp(&read(other)?));
    let _ = context.add_function(
        "compareTo",
        move |This(one): This<Arc<String>>, other: Arc<String>| {
            Ok::<Value, ExecutionError>(Value::Int(compared(&one, &other)? as i64))
        },
    );
    let _ = context.add_function(
        "isGreaterThan",
        move |This(one): This<Arc<String>>, other: Arc<String>| {
            Ok::<Value, ExecutionError>(Value::Bool(compared(&one, &other)?.is_gt()))
        },
    );
    let _ = context.add_function(
        "isLessThan",
        move |This(one): This<Arc<String>>, other: Arc<String>| {
            Ok::<Value, ExecutionError>(Value::Bool(compared(&one, &other)?.is_lt()))
        },
    );
    let _ = context.add_function("isInteger", move |This(one): This<Arc<String>>| {
        Ok::<Value, ExecutionError>(Value::Bool(read(&one)?.as_i64().is_some()))
    });
    let _ = context.add_function("asInteger", move |This(one): This<Arc<String>>| {
        let whole = read(&one)?.as_i64();
        let whole = whole.ok_or_else(|| {
            ExecutionError::function_error("asInteger", "cannot convert value to integer")
        });
        whole.map(Value::Int)
    });
    let _ = context.add_function("sign", move |This(one): This<Arc<String>>| {
        Ok::<Value, ExecutionError>(Value::Int(read(&one)?.sign().into()))
    });
}

/// URLs are their texts here.
fn urls(context: &mut Context<'static, 'static>) {
    let _ = context.add_function("url", |text: Arc<String>| {
        if validate::is_request_uri(&text) {
            Ok::<Value, ExecutionError>(Value::String(text))
        } else {
            let problem = format!("URL parse error during conversion from string: {text:?}");
            Err(ExecutionError::function_error("url", problem))
        }
    });
    type Part = fn(&str) -> String;
    let parts: [(&str, Part); 5] = [
        ("getScheme", |url| split(url).0.to_owned()),
        ("getHost", |url| split(url).1.to_owned()),
        ("getHostname", |url| host_and_port(split(url).1).0.to_owned()),
        ("getPort", |url| host_and_port(split(url).1).1.to_owned()),
        ("getEscapedPath", |url| split(url).2.to_owned()),
    ];
    for (name, part) in parts {
        let _ = context.add_function(name, move |This(url): This<Arc<String>>| part(&url));
    }
}

/// Scheme, host with port, and path of a URL.
fn split(url: &str) -> (&str, &str, &str) {
    let url = url.split('?').next().unwrap_or(url);
    let (scheme, rest) = match url.split_once(':') {
        Some((scheme, rest)) if !scheme.contains('/') => (scheme, rest),
        _ => ("", url),
    };
    let Some(rest) = rest.strip_prefix("//") else { return (scheme, "", rest) };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (scheme, host.rsplit('@').next().unwrap_or(host), path)
}

fn host_and_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name.trim_matches(['[', ']']), port),
        _ => (host.trim_matches(['[', ']']), ""),
    }
}

fn compile(regex: &str) -> Result<regex::Regex, ExecutionError> {
    pattern::compile(regex).map_err(|problem| ExecutionError::function_error("find", problem))
}
