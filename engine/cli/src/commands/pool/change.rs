//! Creating, deleting, importing and exporting pools.

use std::io::Read;
use std::path::{Path, PathBuf};

use lariat_console::{PoolDeleted, PoolDraft, Saved};
use lariat_core::definition::PoolDefinition;
use lariat_core::source::SourceError;
use lariat_workspace::yaml::{Document, FileError};

use super::builder::CreateArgs;
use super::known;
use crate::app::App;
use crate::ask::confirm;
use crate::engine::remote::{Remote, path, read as read_answer};
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, print_line};

pub async fn create(app: &App, args: CreateArgs, output: Output) -> CliResult {
    let new = new(args)?;
    check(app, &new.definition).await?;
    let created = save(app, new)?;
    output.answer(&created, || told(&created))?;
    Ok(Exit::Done)
}

/// By the engine that runs.
pub async fn create_through(engine: &Remote, args: CreateArgs, output: Output) -> CliResult {
    let created: Saved = read_answer(engine.post("pools", &new(args)?.draft()).await?)?;
    output.answer(&created, || told(&created))?;
    Ok(Exit::Done)
}

fn new(args: CreateArgs) -> Result<New, CliError> {
    match &args.from {
        Some(file) => read(file),
        None => Ok(New { definition: args.definition()?, text: None, shown: String::new() }),
    }
}

pub async fn import(app: &App, files: &[PathBuf], output: Output) -> CliResult {
    // All are read and checked before the first is saved, so that a bad one leaves
    // nothing half done.
    let news = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    for new in &news {
        check(app, &new.definition).await?;
    }
    let mut created = Vec::new();
    for new in news {
        created.push(save(app, new)?);
    }
    imported(&created, output)
}

/// By the engine that runs.
pub async fn import_through(engine: &Remote, files: &[PathBuf], output: Output) -> CliResult {
    let news = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let drafts: Vec<PoolDraft> = news.into_iter().map(New::draft).collect();
    let created: Vec<Saved> = read_answer(engine.post("pools/import", &drafts).await?)?;
    imported(&created, output)
}

fn imported(created: &[Saved], output: Output) -> CliResult {
    output.answer(created, || created.iter().map(told).collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Done)
}

/// A definition that isn't saved yet, with its text where it comes from a file.
struct New {
    definition: PoolDefinition,
    text: Option<String>,
    /// Where it comes from.
    shown: String,
}

impl New {
    fn draft(self) -> PoolDraft {
        match self.text {
            Some(text) => PoolDraft::Text { name: self.shown, text },
            None => PoolDraft::Definition(Box::new(self.definition)),
        }
    }
}

fn told(created: &Saved) -> String {
    let Saved { name, file } = created;
    format!("Created pool \"{name}\" in {file}. `lariat pool test \"{name}\"` shows what it selects.")
}

/// The largest pool file that is taken in, in bytes.
const MAX_BYTES: u64 = 2 << 20;

fn read(file: &Path) -> Result<New, CliError> {
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
    let wrong = |errors: Vec<FileError>| {
        CliError::usage(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    let document = Document::from_bytes(&bytes, shown).map_err(|error| wrong(vec![error]))?;
    let definition: PoolDefinition = document.to().map_err(wrong)?;
    let problems = document.place(definition.problems());
    if !problems.is_empty() {
        return Err(wrong(problems));
    }
    Ok(New { definition, text: String::from_utf8(bytes).ok(), shown: shown.display().to_string() })
}

fn unreadable(file: &Path, error: &std::io::Error) -> CliError {
    let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Usage };
    CliError::new(exit, format!("{}: {error}", file.display()))
}

/// Asks the pool's source, so that a query which is wrong or isn't read-only is never
/// saved. A source that can't be reached now is no obstacle.
async fn check(app: &App, definition: &PoolDefinition) -> Result<(), CliError> {
    match app.pools.test_definition(definition).await.failure {
        None => Ok(()),
        Some(error @ (SourceError::Refused(_) | SourceError::Invalid(_))) => {
            let message = format!("pool \"{}\" isn't saved: {error}", definition.name);
            Err(CliError::new(Exit::of_source(&error), message))
        }
        Some(error) => {
            tracing::warn!(pool = %definition.name, "its source couldn't be asked: {error}");
            Ok(())
        }
    }
}

fn save(app: &App, new: New) -> Result<Saved, CliError> {
    let New { definition, text, .. } = new;
    let saved = app.definitions.save_new_pool(&definition, text.as_deref())?;
    Ok(Saved { name: definition.name.to_string(), file: app.relative(&saved.file) })
}

pub fn delete(app: &App, name: &str, yes: bool, output: Output) -> CliResult {
    let name = known(app, name)?;
    let catalog = app.catalog();
    let users = catalog
        .groups
        .values()
        .filter(|group| group.definition.account_pool.as_ref() == Some(&name))
        .map(|group| group.definition.name.clone())
        .collect();
    let file = app.pools.get_definition(name.as_str())?.file;
    let file = file.as_deref().map(|file| app.relative(file)).unwrap_or_default();
    let deleted = PoolDeleted { name, file, used_by: users };
    if !confirmed(&deleted, yes, output) {
        return Ok(Exit::Done);
    }
    app.pools.delete(&deleted.name)?;
    gone(&deleted, output)
}

/// By the engine that runs.
pub async fn delete_through(engine: &Remote, name: &str, yes: bool, output: Output) -> CliResult {
    let pool = path("pools", name, None);
    let deleted: PoolDeleted = read_answer(engine.get(&pool).await?)?;
    if !confirmed(&deleted, yes, output) {
        return Ok(Exit::Done);
    }
    gone(&read_answer(engine.delete(&pool).await?)?, output)
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

fn gone(deleted: &PoolDeleted, output: Output) -> CliResult {
    output.answer(deleted, || {
        format!("Deleted pool \"{}\" ({}).{}", deleted.name, deleted.file, affected(deleted))
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
