//! Creating, deleting, importing and exporting pools.

use std::io::Read;
use std::path::Path;

use lariat_core::definition::PoolDefinition;
use lariat_workspace::yaml::{Document, FileError};
use serde_json::json;

use super::builder::CreateArgs;
use super::known;
use crate::app::App;
use crate::ask::confirm;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, print_line};

pub fn create(app: &App, args: CreateArgs, output: Output) -> CliResult {
    let definition = match &args.from {
        Some(file) => read(file)?,
        None => args.definition()?,
    };
    save(app, definition, output)?;
    Ok(Exit::Done)
}

pub fn import(app: &App, files: &[std::path::PathBuf], output: Output) -> CliResult {
    // All are read before the first is saved, so that a bad one leaves nothing half done.
    let definitions = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    for definition in definitions {
        save(app, definition, output)?;
    }
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<PoolDefinition, CliError> {
    let (text, shown) = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(2 << 20).read_to_string(&mut text);
        read.map_err(|error| CliError::usage(format!("standard input: {error}")))?;
        (text, Path::new("standard input"))
    } else {
        let text = std::fs::read_to_string(file);
        (text.map_err(|error| CliError::new(Exit::NotFound, format!("{}: {error}", file.display())))?, file)
    };
    let wrong = |errors: Vec<FileError>| {
        CliError::usage(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    let document = Document::from_text(&text, shown).map_err(|error| wrong(vec![error]))?;
    let definition: PoolDefinition = document.to().map_err(wrong)?;
    let problems = document.place(definition.problems());
    if problems.is_empty() { Ok(definition) } else { Err(wrong(problems)) }
}

fn save(app: &App, definition: PoolDefinition, output: Output) -> Result<(), CliError> {
    let name = definition.name.clone();
    app.pools.create(definition)?;
    let file = app.pools.get_definition(name.as_str())?.file;
    let file = file.as_deref().map(|file| app.relative(file)).unwrap_or_default();
    output.answer(&json!({"name": name, "file": file}), || {
        format!("Created pool \"{name}\" in {file}. `lariat pool test \"{name}\"` shows what it selects.")
    })
}

pub fn delete(app: &App, name: &str, yes: bool, output: Output) -> CliResult {
    let name = known(app, name)?;
    let catalog = app.catalog();
    let users: Vec<String> = catalog
        .groups
        .values()
        .filter(|group| group.definition.account_pool.as_ref() == Some(&name))
        .map(|group| format!("\"{}\"", group.definition.name))
        .collect();
    let affected = if users.is_empty() { String::new() } else { format!(" Used by {}.", users.join(", ")) };
    let file = app.pools.get_definition(name.as_str())?.file;
    let file = file.as_deref().map(|file| app.relative(file)).unwrap_or_default();
    if !confirm(yes, &format!("This removes {file}.{affected}")) {
        output.note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    app.pools.delete(&name)?;
    output.answer(&json!({"name": name, "file": file, "used_by": users}), || {
        format!("Deleted pool \"{name}\" ({file}).{affected}")
    })?;
    Ok(Exit::Done)
}

pub fn export(app: &App, name: &str, file: Option<&Path>, output: Output) -> CliResult {
    let defined = app.pools.get_definition(name)?;
    let yaml = lariat_workspace::yaml::to_string(&*defined.definition)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    match file {
        None if output.json => output.answer(&*defined.definition, String::new)?,
        None => print_line(&yaml),
        Some(file) => {
            std::fs::write(file, yaml)
                .map_err(|error| CliError::new(Exit::Failed, format!("{}: {error}", file.display())))?;
            output.note(format!("Wrote {}.", file.display()));
        }
    }
    Ok(Exit::Done)
}
