//! `lariat plugin inspect`

use lariat_native::Candidate;
use lariat_workspace::Workspace;
use serde_json::json;

use super::candidate;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::Output;
use crate::plugins;

/// Shows what a plugin's files say of it.
pub fn run(workspace: &Workspace, name: &str, output: Output) -> CliResult {
    let (name, candidate) = candidate(workspace, name)?;
    let sha256 = lariat_native::sha256(&candidate.library)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let Candidate { library, manifest, sha256: pinned, process, named_in, .. } = candidate;
    let answer = json!({
        "name": name, "library": plugins::relative(&library, workspace), "named_in": named_in,
        "sha256": sha256, "pinned": pinned, "isolation": if process { "process" } else { "none" },
        "manifest": manifest,
    });
    output.answer(&answer, || {
        let mut lines = vec![
            format!("library   {}", plugins::relative(&library, workspace)),
            format!("named in  {named_in}"),
            format!("sha256    {sha256}{}", if pinned.is_some() { ", pinned" } else { "" }),
        ];
        let Some(manifest) = &manifest else {
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
