//! `lariat plugin inspect`

use lariat_native::{Candidate, Manifest};
use lariat_workspace::Workspace;
use serde::Serialize;

use super::candidate;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::Output;
use crate::plugins;

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

/// What a plugin's files say of it; nothing of it is run.
pub fn look(workspace: &Workspace, name: &str) -> Result<Inspected, CliError> {
    let (name, candidate) = candidate(workspace, name)?;
    let sha256 = lariat_native::sha256(&candidate.library)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let Candidate { library, manifest, sha256: pinned, process, named_in, .. } = candidate;
    Ok(Inspected {
        name,
        library: plugins::relative(&library, workspace),
        named_in,
        sha256,
        pinned,
        isolation: if process { "process" } else { "none" },
        manifest,
    })
}

/// Shows what a plugin's files say of it.
pub fn run(workspace: &Workspace, name: &str, output: Output) -> CliResult {
    let found = look(workspace, name)?;
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
                let spec = serde_json::to_string(spec).unwrap_or_default();
                lines.push(format!("            {param}: {spec}"));
            }
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}
