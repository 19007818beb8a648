//! Names that scripts write: keys of declarations, and words for what isn't known.

use lariat_core::definition::problem::unknown;

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
