//! Asking the person at the terminal.

use std::io::{BufRead, Write};

use async_trait::async_trait;

use lariat_core::launch::{Asker, ConflictQuestion, RefreshQuestion, Resolution};

use crate::output::{ago, is_interactive};
use crate::progress::Screen;

/// Asks on the terminal; only used when somebody sits at both ends.
pub struct TerminalAsker {
    screen: Screen,
    one_at_a_time: tokio::sync::Mutex<()>,
}

impl TerminalAsker {
    /// Asks above the progress bars of `screen`.
    pub fn new(screen: Screen) -> Self {
        Self { screen, one_at_a_time: tokio::sync::Mutex::default() }
    }

    async fn ask(&self, question: String) -> Option<String> {
        let _turn = self.one_at_a_time.lock().await;
        let screen = self.screen.clone();
        let answer = tokio::task::spawn_blocking(move || screen.suspend(|| read_answer(&question))).await;
        answer.ok().flatten()
    }
}

fn read_answer(question: &str) -> Option<String> {
    let mut err = std::io::stderr().lock();
    write!(err, "{question} ").and_then(|()| err.flush()).ok()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_lowercase())
}

#[async_trait]
impl Asker for TerminalAsker {
    async fn conflict(&self, question: ConflictQuestion) -> Option<Resolution> {
        let text = format!(
            "Instance {} is in use by \"{}\". For \"{}\": [s]kip it, [c]ancel the other bot, or [a]bort? [S/c/a]",
            question.instance, question.held_by, question.group
        );
        match self.ask(text).await?.as_str() {
            "c" | "cancel" => Some(Resolution::Cancel),
            "a" | "abort" => Some(Resolution::Abort),
            _ => Some(Resolution::Skip),
        }
    }

    async fn refresh(&self, question: RefreshQuestion) -> Option<bool> {
        let text = format!(
            "Pool \"{}\" was last refreshed {}. Refresh now? [y/N]",
            question.pool,
            ago(Some(question.last_refresh))
        );
        Some(matches!(self.ask(text).await?.as_str(), "y" | "yes"))
    }
}

/// Asks before something that can't be undone; without a terminal the command itself
/// is the answer.
pub fn confirm(yes: bool, what: &str) -> bool {
    if yes || !is_interactive() {
        return true;
    }
    matches!(read_answer(&format!("{what} Go on? [y/N]")).as_deref(), Some("y" | "yes"))
}
