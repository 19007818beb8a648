//! `lariat plugin inspect`

use std::path::Path;

use lariat_core::params::ParamSpec;
use lariat_native::{Candidate, Manifest};
use lariat_workspace::Workspace;
use serde::Serialize;
use serde_json::{Value, json};

use super::{as_path, at, candidate};
use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::Output;

/// What a plugin's files say of it.
#[derive(Debug, Serialize)]
pub struct Inspected {
    name: String,
    library: String,
    named_in: String,
    sha256: String,
    /// The hash that lariat.yaml wants.
    pinned: Option<String>,
    isolation: &'static str,
    manifest: Option<Manifest>,
}

/// What the files of a workspace's plugin say of it; nothing of it is run.
pub fn look(workspace: &Workspace, name: &str) -> Result<Inspected, CliError> {
    said(candidate(workspace, name)?.1, workspace.root())
}

fn said(candidate: Candidate, root: &Path) -> Result<Inspected, CliError> {
    let sha256 = lariat_native::sha256(&candidate.library)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let Candidate { name, library, manifest, sha256: pinned, process, named_in } = candidate;
    let library = library.strip_prefix(root).unwrap_or(&library).display().to_string();
    let isolation = if process { "process" } else { "none" };
    Ok(Inspected { name, library, named_in, sha256, pinned, isolation, manifest })
}

/// Shows what a plugin's files say of it.
pub fn run(global: &Global, name: &str, output: Output) -> CliResult {
    let found = match as_path(name) {
        Some(path) => at(path).and_then(|(candidate, root)| said(candidate, &root))?,
        None => look(&Workspace::open(&find(global)?)?, name)?,
    };
    let Inspected { library, named_in, sha256, pinned, manifest, .. } = &found;
    output.answer(&found, || {
        let mut lines = vec![
            format!("library   {library}"),
            format!("named in  {named_in}"),
            format!("sha256    {sha256}{}", if pinned.is_some() { ", pinned" } else { "" }),
        ];
        let Some(manifest) = manifest else {
            lines.push("There is no plugin.toml beside it: what it offers is seen only when it runs.".into());
            return lines.join("\n");
        };
        lines.push(format!("plugin    {} {}, for ABI {}", manifest.id, manifest.version, manifest.abi));
        if !manifest.description.is_empty() {
            lines.push(format!("about     {}", manifest.description));
        }
        for extension in &manifest.extensions {
            let about = if extension.description.is_empty() { "" } else { ": " };
            let kind = extension.kind.as_str();
            lines.push(format!("{kind:<9} {}{about}{}", extension.name, extension.description));
            for (param, spec) in &extension.params.0 {
                lines.push(format!("            {param}: {}", told(spec)));
            }
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

/// A parameter in a line: `integer, min 1, default 3: how many packs`.
fn told(spec: &ParamSpec) -> String {
    let Ok(Value::Object(mut said)) = serde_json::to_value(spec) else { return String::new() };
    let mut take = |key: &str| said.remove(key).filter(|value| !value.is_null() && *value != json!(false));
    let mut words = Vec::new();
    words.extend(take("type").as_ref().and_then(Value::as_str).map(str::to_owned));
    words.extend(take("required").map(|_| "required".to_owned()));
    let description = take("description");
    for (key, value) in said.iter().filter(|(_, value)| !value.is_null()) {
        let value = match value {
            // Bounds are kept as fractions.
            Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |it| it.to_string()),
            Value::Array(values) => {
                let words: Vec<String> = values.iter().map(plain).collect();
                words.join(" or ")
            }
            other => plain(other),
        };
        words.push(format!("{key} {value}"));
    }
    let about = description.as_ref().and_then(Value::as_str).map(|about| format!(": {about}"));
    format!("{}{}", words.join(", "), about.unwrap_or_default())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
