//! What scripts find in `lariat` and `ctx`, by name.

use lariat_core::definition::problem::unknown;

/// The names in `lariat`.
pub(crate) const LARIAT: &[&str] = &[
    "routine",
    "pool",
    "hook",
    "provider",
    "done",
    "fail",
    "skip",
    "give_back",
    "patch",
    "deny",
    "skip_instance",
    "retry",
    "version",
    "null",
];

/// The names in `ctx`.
pub(crate) const CTX: &[&str] = &[
    "account",
    "params",
    "group",
    "instance",
    "launch_id",
    "device",
    "log",
    "progress",
    "sleep",
    "stopping",
    "store",
    "http",
    "json",
    "clock",
];

/// The names in the tables of `ctx`.
pub(crate) const PARTS: &[(&str, &[&str])] = &[
    ("log", &["debug", "info", "warn", "error"]),
    ("store", &["get", "set", "keys"]),
    ("http", &["get", "post"]),
    ("json", &["encode", "decode"]),
    ("clock", &["now", "iso", "hour", "weekday", "date"]),
];

/// The keys of the table that `lariat.routine` takes.
pub(crate) const ROUTINE: &[&str] = &["name", "description", "params", "templates", "needs", "run"];

/// `unknown name "ctx.acount"; did you mean "account"?`, or nothing when it is known.
pub(crate) fn problem(table: &str, known: &[&str], name: &str) -> Option<String> {
    (!known.contains(&name)).then(|| unknown(&format!("name in {table}"), name, known.iter().copied()))
}

/// The type of a value, as scripts call it.
pub(crate) fn type_of(value: &mlua::Value) -> &'static str {
    match value {
        mlua::Value::Integer(_) => "number",
        mlua::Value::Nil => "nothing",
        other => other.type_name(),
    }
}
