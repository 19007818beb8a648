//! Creating, deleting, importing and exporting pools.

use std::io::Read;
use std::path::{Path, PathBuf};

use lariat_console::{PoolDeleted, PoolDraft, Saved};

use super::builder::CreateArgs;
use crate::ask::confirm;
use crate::engine::asked::Asked;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, print_line};

pub async fn create(asked: &Asked, args: CreateArgs, output: Output) -> CliResult {
    let draft = match &args.from {
        Some(file) => read(file)?,
        None => PoolDraft::Definition(Box::new(args.definition()?)),
    };
    let created = asked.create_pool(draft).await?;
    output.answer(&created, || told(&created))?;
    Ok(Exit::Done)
}

pub async fn import(asked: &Asked, files: &[PathBuf], output: Output) -> CliResult {
    let drafts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let created = asked.import_pools(drafts).await?;
    output.answer(&created, || created.iter().map(told).collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Done)
}

fn told(created: &Saved) -> String {
    let Saved { name, file } = created;
    format!("Created pool \"{name}\" in {file}. `lariat pool test \"{name}\"` shows what it selects.")
}

/// The largest pool file that is taken in, in bytes.
const MAX_BYTES: u64 = 2 << 20;

/// A file's text; what is wrong with it is told by whoever saves it.
fn read(file: &Path) -> Result<PoolDraft, CliError> {
    let (input, shown): (Box<dyn Read>, _) = if file == Path::new("-") {
        (Box::new(std::io::stdin().lock()), Path::new("standard input"))
    } else {
        let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
        (Box::new(opened), file)
    };
    let mut bytes = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(shown, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CliError::usage(format!("{}: has more than {MAX_BYTES} bytes", shown.display())));
    }
    let name = shown.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| CliError::usage(format!("{name}: isn't UTF-8 text")))?;
    Ok(PoolDraft::Text { name, text })
}

fn unreadable(file: &Path, error: &std::io::Error) -> CliError {
    let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Usage };
    CliError::new(exit, format!("{}: {error}", file.display()))
}

pub async fn delete(asked: &Asked, name: &str, yes: bool, output: Output) -> CliResult {
    let found = asked.pool(name).await?;
    let would = PoolDeleted {
        name: found.definition.name,
        file: found.file.unwrap_or_default(),
        used_by: found.used_by,
    };
    if !confirmed(&would, yes, output) {
        return Ok(Exit::Done);
    }
    let deleted = asked.delete_pool(name).await?;
    output.answer(&deleted, || {
        format!("Deleted pool \"{}\" ({}).{}", deleted.name, deleted.file, affected(&deleted))
    })?;
    Ok(Exit::Done)
}

fn affected(deleted: &PoolDeleted) -> String {
    let users: Vec<String> = deleted.used_by.iter().map(|group| format!("\"{group}\"")).collect();
    if users.is_empty() { String::new() } else { format!(" Used by {}.", users.join(", ")) }
}

fn confirmed(deleted: &PoolDeleted, yes: bool, output: Output) -> bool {
    let confirmed = confirm(yes, &format!("This removes {}.{}", deleted.file, affected(deleted)));
    if !confirmed {
        output.note("Nothing was changed.");
    }
    confirmed
}

pub async fn export(asked: &Asked, name: &str, file: Option<&Path>, output: Output) -> CliResult {
    let definition = asked.pool(name).await?.definition;
    let yaml = lariat_workspace::yaml::to_string(&definition)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    match file {
        None if output.json => output.answer(&definition, String::new)?,
        None => print_line(&yaml),
        Some(file) => {
            std::fs::write(file, yaml)
                .map_err(|error| CliError::new(Exit::Failed, format!("{}: {error}", file.display())))?;
            output.note(format!("Wrote {}.", file.display()));
        }
    }
    Ok(Exit::Done)
}
