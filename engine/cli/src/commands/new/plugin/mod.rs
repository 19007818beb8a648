//! `lariat new plugin`: a project in `plugins/NAME` that builds, passes its test and is listed.
//! All it needs of Lariat comes along, out of the program itself.
//!
//! | file | what it makes |
//! |---|---|
//! | [`rust`] | a crate, with the SDK beside it |
//! | [`c`] | a Makefile, with the header beside it |

mod c;
mod rust;

use std::path::PathBuf;

use clap::ValueEnum;
use lariat_workspace::Workspace;
use serde_json::json;

use super::{Kind, NewArgs, sdk, write};
use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::Output;
use crate::plugins::relative;

/// The languages of a new plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Rust, with the SDK
    Rust,
    /// C, with the header
    C,
}

/// A file that is made: its name, and its text with `{{words}}` in it.
type Template = (&'static str, String);

/// What stands for the words of a template.
struct Words(Vec<(&'static str, String)>);

impl Words {
    fn fill(&self, text: &str) -> String {
        let filled =
            |text: String, (word, value): &(&str, String)| text.replace(&format!("{{{{{word}}}}}"), value);
        self.0.iter().fold(text.to_owned(), filled)
    }
}

/// Runs the command; `file` is the name as files have it.
pub fn run(global: &Global, args: &NewArgs, file: &str, output: Output) -> CliResult {
    let (kind, language) = (args.kind.unwrap_or(Kind::Pool), args.lang.unwrap_or(Language::Rust));
    if language == Language::Rust && matches!(file, "sdk" | "abi") {
        let told = format!("lariat-{file} is a crate of the SDK; choose another name than {file:?}");
        return Err(CliError::usage(told));
    }
    let workspace = Workspace::open(&find(global)?)?;
    let folder = workspace.plugins_dir().join(file);
    let shown = relative(&folder, &workspace);
    if folder.exists() && !args.force {
        let told =
            format!("{shown} is there already; choose another name, or --force to write over its files");
        return Err(CliError::new(Exit::Refused, told));
    }
    let word = kind.script().word();
    let mut words = Words(vec![
        ("name", args.name.clone()),
        ("file", file.to_owned()),
        ("kind", word.to_owned()),
        ("KIND", word.to_uppercase()),
        ("abi", format!("{}.{}", lariat_abi::LARIAT_ABI_MAJOR, lariat_abi::LARIAT_ABI_MINOR)),
        ("offers", format!("the {} {}", kind.noun(), args.name)),
    ]);
    let templates = match language {
        Language::Rust => rust::templates(kind, &mut words),
        Language::C => c::templates(kind, &mut words)?,
    };
    let mut made: Vec<PathBuf> = Vec::new();
    for (name, text) in templates {
        write(&folder.join(name), &words.fill(&text))?;
        made.push(folder.join(name));
    }
    if language == Language::Rust {
        made.extend(sdk::write_into(&folder.join("sdk"))?);
    }
    let made: Vec<String> = made.iter().map(|file| relative(file, &workspace)).collect();
    let build = match language {
        Language::Rust => "cargo test\n  cargo build --release",
        Language::C => "make test\n  make",
    };
    output.answer(&json!({"name": args.name, "created": made}), || {
        let used = kind.used(&args.name);
        format!("Made {shown}.\n\nNext:\n  cd {shown}\n  {build}\n  lariat plugin list\n  {used}")
    })?;
    Ok(Exit::Done)
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Pool => "pool type",
            Self::Routine => "routine",
            Self::Hook => "hook",
            Self::Provider => "instance provider",
        }
    }

    fn used(self, name: &str) -> String {
        match self {
            Self::Pool => format!("then name it in a pool:     type: {name}"),
            Self::Routine => format!("then name it in a group:    routine: {name}"),
            Self::Hook => format!(
                "it runs from the next launch on; its settings, in lariat.yaml:  hooks: {{{name}: …}}"
            ),
            Self::Provider => {
                format!("then name it in lariat.yaml: instances: [{{provider: {name}, ids: \"0-3\"}}]")
            }
        }
    }
}
