//! `lariat new`: an extension with a test that passes.
//!
//! | part | what it is |
//! |---|---|
//! | this file | scripts |
//! | [`plugin`] | native plugins, in Rust or C |
//! | [`sdk`] | the SDK that the program carries |

mod plugin;
pub mod sdk;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lariat_lua::ScriptKind;
use serde_json::json;

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::Output;

#[derive(Debug, Args)]
pub struct NewArgs {
    /// What to make
    #[arg(value_enum, value_name = "WHAT")]
    what: What,
    /// Its name: letters, digits and underscores
    name: String,
    /// Of a plugin: what it offers
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Of a plugin: the language it is written in
    #[arg(long, value_enum)]
    lang: Option<plugin::Language>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// What can be made: a script, or a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Routine,
    Pool,
    Hook,
    Provider,
    /// A native plugin: `--kind`, `--lang`
    Plugin,
}

/// The kinds of extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Routine,
    Pool,
    Hook,
    Provider,
}

impl Kind {
    fn script(self) -> ScriptKind {
        match self {
            Self::Routine => ScriptKind::Routine,
            Self::Pool => ScriptKind::Pool,
            Self::Hook => ScriptKind::Hook,
            Self::Provider => ScriptKind::Provider,
        }
    }

    /// The script and its test, with NAME for its name and FILE for its file's.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Routine => (include_str!("files/routine.lua"), include_str!("files/routine_test.lua")),
            Self::Pool => (include_str!("files/pool.lua"), include_str!("files/pool_test.lua")),
            Self::Hook => (include_str!("files/hook.lua"), include_str!("files/hook_test.lua")),
            Self::Provider => (include_str!("files/provider.lua"), include_str!("files/provider_test.lua")),
        }
    }

    fn next(self, name: &str, file: &str, script: &str) -> String {
        let try_it = match self {
            Self::Routine => format!(
                "lariat run {file}                 # once, without an account\n  then name it in a group:    routine: {name}"
            ),
            Self::Provider => {
                format!("then name it in lariat.yaml: instances: [{{provider: {name}, ids: \"0-3\"}}]")
            }
            Self::Pool => format!("then name it in a pool:     type: {name}"),
            Self::Hook => format!(
                "it runs from the next launch on; to switch it off, in lariat.yaml:\n                              hooks: {{{name}: {{enabled: false}}}}"
            ),
        };
        let check = match self {
            Self::Provider => "doctor".to_owned(),
            _ => format!("{} check {file}", self.script().word()),
        };
        format!("Next:\n  edit {script}\n  lariat test {script}\n  lariat {check}\n  {try_it}")
    }
}

/// Runs the command.
pub fn run(global: &Global, args: NewArgs, output: Output) -> CliResult {
    let file = file_name(&args.name).map_err(CliError::usage)?;
    let kind = match args.what {
        What::Plugin => return plugin::run(global, &args, &file, output),
        _ if args.kind.is_some() || args.lang.is_some() => {
            return Err(CliError::usage("--kind and --lang are for plugins: lariat new plugin NAME"));
        }
        What::Routine => Kind::Routine,
        What::Pool => Kind::Pool,
        What::Hook => Kind::Hook,
        What::Provider => Kind::Provider,
    };
    let home = Home::open_declared(global)?;
    let folder = home.workspace.scripts_dir().join(kind.script().folder());
    let (script, test) = kind.texts();
    let files =
        [(folder.join(format!("{file}.lua")), script), (folder.join(format!("{file}_test.lua")), test)];
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists() && !args.force) {
        return Err(CliError::new(
            Exit::Refused,
            format!(
                "{} is there already; choose another name, or --force to write over it",
                home.relative(there)
            ),
        ));
    }
    for (path, text) in &files {
        write(path, &text.replace("NAME", &args.name).replace("FILE", &file))?;
    }
    let made: Vec<String> = files.iter().map(|(path, _)| home.relative(path)).collect();
    let script = made.first().cloned().unwrap_or_default();
    output.answer(&json!({"name": args.name, "created": made}), || {
        format!("Made {}.\n\n{}", made.join(" and "), kind.next(&args.name, &file, &script))
    })?;
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::new(Exit::Failed, format!("{}: {error}", path.display()));
    std::fs::create_dir_all(path.parent().map_or_else(PathBuf::new, Path::to_owned)).map_err(failed)?;
    std::fs::write(path, text).map_err(failed)
}

/// The file's name: `OpenPacks` is kept in `open_packs.lua`.
fn file_name(name: &str) -> Result<String, String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(word) {
        return Err(format!(
            "{name:?} is not a name; take up to 64 letters, digits and underscores, as in open_packs"
        ));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(format!("{name:?} is not a name; begin with a letter"));
    }
    if name.to_ascii_lowercase().ends_with("_test") {
        return Err(format!("{name:?} is what a file of tests is called; leave out _test"));
    }
    let mut file = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before != '_' && !before.is_ascii_uppercase() {
            file.push('_');
        }
        file.push(c.to_ascii_lowercase());
        before = c;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn files_are_named_in_snake_case() {
        for (name, file) in [
            ("open_packs", "open_packs"),
            ("OpenPacks", "open_packs"),
            ("HTTPPool", "httppool"),
            ("a1", "a1"),
        ] {
            assert_eq!(file_name(name).as_deref(), Ok(file));
        }
        for name in ["", "1a", "a b", "../x", "a/b", "x_test", "ä"] {
            assert!(file_name(name).is_err(), "{name}");
        }
    }
}
