//! Compiled code. Bytecode is made here from source, and never accepted from a file,
//! since Luau trusts what it executes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use mlua::chunk::Compiler;

use crate::finding::ScriptError;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The bytecode of one file.
#[derive(Debug)]
pub(crate) struct Code {
    /// Different for everything that was ever compiled in this process.
    pub(crate) id: u64,
    /// What the file is called in messages.
    pub(crate) display: String,
    /// For Luau.
    pub(crate) bytecode: Vec<u8>,
}

/// How everything is compiled: quick code whose tracebacks name functions and lines.
pub(crate) fn compiler() -> Compiler {
    Compiler::new().set_optimization_level(1).set_debug_level(1)
}

impl Code {
    /// Compiles a file's text.
    pub(crate) fn compile(display: &str, text: &str) -> Result<Self, ScriptError> {
        match compiler().compile(text) {
            Ok(bytecode) => {
                let id = NEXT.fetch_add(1, Ordering::Relaxed);
                Ok(Self { id, display: display.to_owned(), bytecode })
            }
            Err(error) => Err(syntax_error(display, text, &error)),
        }
    }
}

/// Luau says `:3: message`, or `[string "…"]:3: message`; more lines may follow.
fn syntax_error(display: &str, text: &str, error: &mlua::Error) -> ScriptError {
    let told = match error {
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    };
    let told = told.lines().next().unwrap_or_default();
    let told = told.strip_prefix("syntax error: ").unwrap_or(told);
    let numbered = |part: &str| {
        let (line, message) = part.trim_start_matches(':').split_once(':')?;
        Some((line.trim().parse::<usize>().ok()?, message.trim().to_owned()))
    };
    let (line, message) = numbered(told)
        .or_else(|| told.match_indices(':').find_map(|(at, _)| numbered(told.get(at..)?)))
        .unwrap_or((0, told.to_owned()));
    let hint = crate::check::syntax_hint(text, line);
    ScriptError { file: PathBuf::from(display), line, message, hint }
}
