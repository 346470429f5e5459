//! Checking rules when they are defined.

use super::{convert::escape, library};
use crate::custom::{
    object::is_meta_field,
    schema::{JsonSchema, Rule},
};
use cel::{
    Program,
    common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue},
};
use serde_json::json;
use std::sync::LazyLock;

/// What there is to say of a rule in a definition.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) rule_problem: Option<String>,
    pub(crate) message_problem: Option<String>,
    pub(crate) uses_old_self: bool,
}

/// Checks a rule about the values of a schema: that it can be read, refers to what is there, and
/// gives a truth; its `messageExpression` a text.
pub(crate) fn check(schema: &JsonSchema, is_resource: bool, rule: &Rule) -> Checked {
    let mut checked = Checked::default();
    if rule.rule.trim().is_empty() {
        return checked;
    }
    let optional = rule.optional_old_self == Some(true);
    let subject = Subject { schema, is_resource, optional, device: false };
    match subject
        .expression(&rule.rule, "bool", |_| "cel expression must evaluate to a bool".to_owned())
    {
        Ok(program) => {
            checked.uses_old_self = program.references().has_variable("oldSelf");
        }
        Err(problem) => {
            let compiled = !problem.starts_with("ERROR");
            let prefix = if compiled { "" } else { "compilation failed: " };
            checked.rule_problem = Some(format!("{prefix}{problem}"));
            return checked;
        }
    }
    if !rule.message_expression.is_empty() {
        let detail = |_: &str| "messageExpression must evaluate to a string".to_owned();
        if let Err(problem) = subject.expression(&rule.message_expression, "string", detail) {
            let compiled = !problem.starts_with("ERROR");
            let prefix = if compiled { "" } else { "messageExpression compilation failed: " };
            checked.message_problem = Some(format!("{prefix}{problem}"));
        }
    }
    checked
}

/// What is wrong with an expression that selects devices, in the server's words.
///
/// Functions are taken as they come: nobody evaluates them.
pub(crate) fn check_device(text: &str) -> Option<String> {
    static DEVICE: LazyLock<JsonSchema> = LazyLock::new(|| {
        let named = json!({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {}}});
        JsonSchema::read(&json!({"type": "object", "properties": {
            "driver": {"type": "string"}, "allowMultipleAllocations": {"type": "boolean"},
            "attributes": named, "capacity": named}}))
    });
    let subject = Subject { schema: &DEVICE, is_resource: false, optional: false, device: true };
    let no_truth = |kind: &str| format!("must evaluate to bool or the unknown type, not {kind}");
    let problem = subject.expression(text, "bool", no_truth).err()?;
    let prefix = if problem.starts_with("ERROR") { "compilation failed: " } else { "" };
    Some(format!("{prefix}{problem}"))
}

/// What an expression is about.
struct Subject<'a> {
    schema: &'a JsonSchema,
    is_resource: bool,
    optional: bool,
    /// Whether it is a device, and not the value of a rule.
    device: bool,
}

/// Names before those of functions.
const LIBRARIES: &[&str] = &["cel", "ip", "cidr", "sets", "math"];

/// What can be called about devices, beside what can be called in rules.
const DEVICE_FUNCTIONS: &[&str] = &[
    "semver",
    "isSemver",
    "major",
    "minor",
    "patch",
    "ip",
    "family",
    "isUnspecified",
    "isLoopback",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isGlobalUnicast",
    "isCanonical",
    "cidr",
    "containsIP",
    "containsCIDR",
    "masked",
    "prefixLength",
    "intersects",
    "equivalent",
    "add",
    "sub",
    "named",
    "validate",
];

/// The type of a part of an expression, as far as it is known.
#[derive(Clone, Copy)]
enum Known<'a> {
    Anything,
    Plain(&'static str),
    Of(&'a JsonSchema, bool),
}

impl Subject<'_> {
    fn expression(
        &self,
        text: &str,
        wanted: &str,
        detail: impl Fn(&str) -> String,
    ) -> Result<Program, String> {
        let program = library::env().compile(text).map_err(|errors| {
            let errors = errors.errors.iter().map(|error| {
                if text.is_empty() {
                    return format!("ERROR: <input>:1:0: {}", error.msg);
                }
                shown(text, error.pos.0.max(1) as usize, error.pos.1.max(1) as usize, &error.msg)
            });
            errors.collect::<Vec<_>>().join("\n")
        })?;
        let mut problems = Vec::new();
        let found = self.walk(program.expression(), &mut Vec::new(), &program, text, &mut problems);
        if !problems.is_empty() {
            return Err(problems.join("\n"));
        }
        match found {
            Known::Plain(kind) if kind != wanted => Err(detail(kind)),
            Known::Of(schema, _) if !schema.kind.is_empty() && name_of(schema) != wanted => {
                Err(detail(name_of(schema)))
            }
            _ => Ok(program),
        }
    }

    /// The type of a part; what is wrong with it goes to `problems`. `bound` are the variables of
    /// macros.
    fn walk<'a>(
        &'a self,
        part: &IdedExpr,
        bound: &mut Vec<String>,
        program: &Program,
        text: &str,
        problems: &mut Vec<String>,
    ) -> Known<'a> {
        let mut complain = |what: String| {
            let offset = program.source_info().offset_for(part.id).map_or(0, |(start, _)| start);
            let (line, column) = place(text, offset as usize);
            problems.push(shown(text, line, column, &what));
        };
        match &part.expr {
            Expr::Literal(literal) => Known::Plain(match literal {
                LiteralValue::Boolean(_) => "bool",
                LiteralValue::Bytes(_) => "bytes",
                LiteralValue::Double(_) => "double",
                LiteralValue::Int(_) => "int",
                LiteralValue::Null => "null_type",
                LiteralValue::String(_) => "string",
                LiteralValue::UInt(_) => "uint",
            }),
            Expr::Ident(name) => {
                const TYPES: [&str; 12] = [
                    "bool",
                    "bytes",
                    "double",
                    "int",
                    "null_type",
                    "string",
                    "uint",
                    "list",
                    "map",
                    "type",
                    "optional",
                    "optional_type",
                ];
                match &**name {
                    "device" if self.device => Known::Of(self.schema, self.is_resource),
                    name if self.device && LIBRARIES.contains(&name) => Known::Anything,
                    "self" | "oldSelf" if self.device => {
                        complain(format!("undeclared reference to '{name}' (in container '')"));
                        Known::Anything
                    }
                    "self" => Known::Of(self.schema, self.is_resource),
                    "oldSelf" if !self.optional => Known::Of(self.schema, self.is_resource),
                    "oldSelf" => Known::Anything,
                    name if bound.iter().any(|bound| bound == name) => Known::Anything,
                    name if TYPES.contains(&name) || name.starts_with('@') => Known::Anything,
                    name => {
                        complain(format!("undeclared reference to '{name}' (in container '')"));
                        Known::Anything
                    }
                }
            }
            Expr::Select(select) => {
                let known = self.walk(&select.operand, bound, program, text, problems);
                let field = field_of(known, &select.field);
                let test = select.test;
                match field {
                    Ok(_) if test => Known::Plain("bool"),
                    Ok(field) => field,
                    Err(what) => {
                        let offset = program.source_info().offset_for(part.id);
                        let (line, column) =
                            place(text, offset.map_or(0, |(start, _)| start) as usize);
                        problems.push(shown(text, line, column, &what));
                        Known::Anything
                    }
                }
            }
            Expr::Call(call) if self.device && is_bind(call) => {
                let [name, value, result] = call.args.as_slice() else { return Known::Anything };
                self.walk(value, bound, program, text, problems);
                let Expr::Ident(name) = &name.expr else { return Known::Anything };
                bound.push(name.to_string());
                let known = self.walk(result, bound, program, text, problems);
                bound.pop();
                known
            }
            Expr::Call(call) => {
                let known = library::FUNCTIONS.contains(&&*call.func_name)
                    || (self.device && DEVICE_FUNCTIONS.contains(&&*call.func_name))
                    || call.func_name.starts_with(|c: char| !c.is_ascii_alphanumeric());
                if !known {
                    let name = &call.func_name;
                    complain(format!("undeclared reference to '{name}' (in container '')"));
                }
                let parts = call.target.iter().map(|target| &**target).chain(&call.args);
                let kinds: Vec<_> =
                    parts.map(|one| self.walk(one, bound, program, text, problems)).collect();
                match &*call.func_name {
                    "_&&_" | "_||_" | "!_" | "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_"
                    | "@in" | "contains" | "startsWith" | "endsWith" | "matches" => {
                        Known::Plain("bool")
                    }
                    "_+_" | "_-_" | "_*_" | "_/_" | "_%_" => match &*kinds {
                        [Known::Plain(kind), Known::Plain(other)] if kind == other => {
                            Known::Plain(kind)
                        }
                        _ => Known::Anything,
                    },
                    "_?_:_" => match &*kinds {
                        [_, Known::Plain(kind), Known::Plain(other)] if kind == other => {
                            Known::Plain(kind)
                        }
                        _ => Known::Anything,
                    },
                    "size" => Known::Plain("int"),
                    "string" => Known::Plain("string"),
                    _ => Known::Anything,
                }
            }
            Expr::Comprehension(loops) => {
                self.walk(&loops.iter_range, bound, program, text, problems);
                self.walk(&loops.accu_init, bound, program, text, problems);
                let before = bound.len();
                bound.push(loops.iter_var.clone());
                bound.extend(loops.iter_var2.clone());
                bound.push(loops.accu_var.clone());
                for one in [&loops.loop_cond, &loops.loop_step, &loops.result] {
                    self.walk(one, bound, program, text, problems);
                }
                bound.truncate(before);
                Known::Anything
            }
            Expr::List(list) => {
                for one in &list.elements {
                    self.walk(one, bound, program, text, problems);
                }
                Known::Plain("list")
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.walk(&entry.key, bound, program, text, problems);
                        self.walk(&entry.value, bound, program, text, problems);
                    }
                }
                Known::Plain("map")
            }
            Expr::Struct(_) | Expr::Unspecified => Known::Anything,
        }
    }
}

/// Whether a call gives a name to a value: `cel.bind(name, value, result)`.
fn is_bind(call: &CallExpr) -> bool {
    let of_cel = |one: &IdedExpr| matches!(&one.expr, Expr::Ident(name) if &**name == "cel");
    call.func_name == "bind" && call.target.as_deref().is_some_and(of_cel)
}

/// The type of a field.
///
/// # Errors
/// There is no such field, in the words of cel-go.
fn field_of<'a>(known: Known<'a>, name: &str) -> Result<Known<'a>, String> {
    let undefined = || format!("undefined field '{name}'");
    let schema = match known {
        Known::Anything | Known::Plain("map") => return Ok(Known::Anything),
        Known::Plain(kind) => {
            return Err(format!("type '{kind}' does not support field selection"));
        }
        Known::Of(schema, true) if is_meta_field(name) => {
            return Ok(match (name, schema.properties.get(name)) {
                ("metadata", _) => Known::Anything,
                _ => Known::Plain("string"),
            });
        }
        Known::Of(schema, _) => schema,
    };
    match &*schema.kind {
        // Numbers and texts at once have no type of their own.
        "" => return Ok(Known::Anything),
        "object" => {}
        _ => {
            let kind = name_of(schema);
            return Err(format!("type '{kind}' does not support field selection"));
        }
    }
    let mut declared = schema.properties.iter();
    match declared.find(|(field, _)| escape(field).as_deref() == Some(name)) {
        Some((_, field)) => Ok(Known::Of(field, field.embedded)),
        None => match schema.additional() {
            Some(field) => Ok(Known::Of(field, field.embedded)),
            None => Err(undefined()),
        },
    }
}

fn name_of(schema: &JsonSchema) -> &'static str {
    match &*schema.kind {
        "boolean" => "bool",
        "integer" => "int",
        "number" => "double",
        "string" => "string",
        "array" => "list",
        _ => "map",
    }
}

/// Line and column, from one, of an offset in characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before: Vec<char> = text.chars().take(offset).collect();
    let line = before.iter().filter(|c| **c == '\n').count() + 1;
    let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
    (line, column)
}

/// A complaint with the line it is about, as cel-go shows it.
fn shown(text: &str, line: usize, column: usize, what: &str) -> String {
    let source = text.lines().nth(line - 1).unwrap_or_default().replace('\t', " ");
    // Signs of several bytes are taken for wide ones.
    let wide = |c: char| c.len_utf8() > 1;
    let before = source.chars().take(column - 1);
    let dots: String = before.map(|c| if wide(c) { '．' } else { '.' }).collect();
    let sign = if source.chars().nth(column - 1).is_some_and(wide) { '＾' } else { '^' };
    format!("ERROR: <input>:{line}:{column}: {what}\n | {source}\n | {dots}{sign}")
}
