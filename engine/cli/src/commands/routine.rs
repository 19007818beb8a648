//! `lariat routine …`

use std::path::Path;

use clap::Subcommand;
use lariat_core::registry::Registry;
use lariat_core::routine::{Routine, RoutineInfo};
use lariat_lua::ScriptKind;
use serde_json::{Map, Value, json};

use super::check;
use crate::args::Global;
use crate::engine::remote::{Remote, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::{self, Home};
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum RoutineCommand {
    /// All routines
    List,
    /// Compile and check scripts without running them
    Check {
        /// Routines by name, or script files; all of the workspace if absent
        names: Vec<String>,
    },
}

/// Runs the command.
pub async fn run(global: &Global, command: RoutineCommand, output: Output) -> CliResult {
    if let RoutineCommand::Check { names } = command {
        return check::run(&Home::open_declared(global)?, ScriptKind::Routine, &names, output);
    }
    let rows = match Remote::find(&home::find(global)?).await? {
        Some(engine) => by_engine(&engine).await?,
        None => here(&Home::open_declared(global)?),
    };
    output.answer(&rows, || text(&rows))?;
    let is_well = |row: &Value| row.get("error").is_none_or(Value::is_null);
    Ok(if rows.iter().all(is_well) { Exit::Done } else { Exit::Failed })
}

/// As the running engine has them: it remembers what was good, and knows what is stale.
async fn by_engine(engine: &Remote) -> Result<Vec<Value>, CliError> {
    let files: Vec<Value> = read(engine.get("extensions").await?)?;
    let mut routines: Vec<Map<String, Value>> = read(engine.get("routines").await?)?;
    let mut rows = Vec::new();
    for file in files.iter().filter(|file| file.get("kind") == Some(&json!("routine"))) {
        let place = routines.iter().position(|routine| routine.get("file") == file.get("file"));
        rows.push(row(place.map(|place| routines.remove(place)), file));
    }
    // Those of plugins, and whatever else is no script.
    rows.extend(routines.into_iter().map(|routine| row(Some(routine), &json!({"state": "ready"}))));
    Ok(rows)
}

/// A routine in force, if there is one, under what is said of its file.
fn row(routine: Option<Map<String, Value>>, file: &Value) -> Value {
    let mut row = routine.unwrap_or_default();
    row.remove("calls");
    for key in ["name", "file", "generation", "state", "error"] {
        let said = file.get(key).filter(|said| !said.is_null()).cloned();
        let said = said.or_else(|| row.remove(key)).unwrap_or_default();
        row.insert(key.to_owned(), said);
    }
    Value::Object(row)
}

/// As the files have them: no engine runs.
fn here(home: &Home) -> Vec<Value> {
    let scripts = home.lua().load();
    let duplicates = lariat_lua::duplicates(&scripts);
    let hidden = |file: &Path| duplicates.iter().find(|finding| finding.file == file);
    let row = |info: &RoutineInfo, file: &Path, error: Option<String>| {
        json!({
            "name": info.name, "description": info.description, "params": info.params,
            "templates": info.templates, "needs": info.needs, "file": home.relative(file),
            "state": if error.is_some() { "failed" } else { "ready" }, "error": error,
        })
    };
    let mut rows: Vec<_> = scripts
        .iter()
        .map(|script| match &script.result {
            Ok(routine) => {
                let error = hidden(&script.file).map(|finding| finding.message.clone());
                row(routine.info(), &script.file, error)
            }
            Err(error) => json!({
                "name": null, "file": home.relative(&script.file), "state": "failed", "error": error.to_string(),
            }),
        })
        .collect();
    // A plugin's, unless a script has its name and is used.
    let native: Registry<dyn Routine> = Registry::new("routine");
    home.plugins().routines(&native);
    for (name, routine) in native.list() {
        if rows.iter().all(|row| row["name"] != name) {
            rows.push(row(routine.extension.info(), Path::new(&routine.origin), None));
        }
    }
    rows
}

fn text(rows: &[Value]) -> String {
    if rows.is_empty() {
        return "There is no routine in scripts/routines/ yet.".into();
    }
    let text = |row: &Value, key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or("-").to_owned();
    let lines = rows.iter().map(|row| {
        let about = if row.get("error").is_some_and(|e| !e.is_null()) { "error" } else { "description" };
        let about = text(row, about).lines().next().unwrap_or_default().to_owned();
        vec![text(row, "name"), text(row, "state"), text(row, "file"), about]
    });
    table(&["name", "state", "file", "description"], &[], lines)
}
