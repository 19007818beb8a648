//! `lariat routine check`, `lariat pool check`, `lariat hook check`.

use std::path::PathBuf;

use lariat_lua::{Finding, LuaHost, ScriptKind};
use lariat_workspace::Workspace;

use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, plural};
use crate::plugins;

/// Checks scripts of a kind by their names or files, or all of them with the modules
/// of `scripts/lib/`.
pub fn run(home: &Home, kind: ScriptKind, names: &[String], output: Output) -> CliResult {
    let (scripts, findings) = look(&home.workspace, home.lua(), kind, names)?;
    output.answer(&findings, || {
        if findings.is_empty() {
            return format!("{} checked, nothing found.", plural(scripts as u64, "script"));
        }
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if findings.iter().any(|finding| finding.severity == lariat_lua::Severity::Error) {
        Exit::Usage
    } else {
        Exit::Done
    })
}

/// How many scripts there are to check, and what there is to say about them.
pub fn look(
    workspace: &Workspace,
    lua: &LuaHost,
    kind: ScriptKind,
    names: &[String],
) -> Result<(usize, Vec<Finding>), CliError> {
    let files: Vec<PathBuf> = if names.is_empty() {
        lua.files(kind).into_iter().chain(lua.modules()).collect()
    } else {
        names.iter().map(|name| find(workspace, lua, kind, name)).collect::<Result<_, _>>()?
    };
    let mut findings: Vec<_> = files.iter().flat_map(|file| lua.check_file(file)).collect();
    // Of two scripts with one name, it is told where it is asked for.
    let asked: Vec<String> = files.iter().map(|file| plugins::relative(file, workspace)).collect();
    let twice = lua.duplicates(kind).into_iter();
    findings
        .extend(twice.filter(|finding| asked.iter().any(|file| finding.file.as_os_str() == file.as_str())));
    Ok((files.len(), findings))
}

/// A script by its file, by its file's name without `.lua`, or by the name it declares.
pub fn find(workspace: &Workspace, lua: &LuaHost, kind: ScriptKind, name: &str) -> Result<PathBuf, CliError> {
    let as_path = PathBuf::from(name);
    if as_path.is_file() {
        // Scripts are told apart by their folder, so the file is named from the root on.
        return Ok(std::path::absolute(&as_path).unwrap_or(as_path));
    }
    let inside = workspace.resolve(&as_path);
    if inside.is_file() {
        return Ok(inside);
    }
    let files = lua.files(kind);
    let stem = files.iter().find(|file| file.file_stem().is_some_and(|stem| stem.to_string_lossy() == name));
    if let Some(file) = stem {
        return Ok(file.clone());
    }
    if let Some((_, file)) = lua.names(kind).into_iter().find(|(declared, _)| declared == name) {
        return Ok(workspace.resolve(&file));
    }
    let word = kind.word();
    let message = format!("there is no {word} \"{name}\", nor a file of that name");
    let known: Vec<String> = files.iter().map(|file| plugins::relative(file, workspace)).collect();
    let known = if known.is_empty() { String::new() } else { format!("; there is {}", known.join(", ")) };
    Err(CliError::new(Exit::NotFound, format!("{message}{known}")))
}
