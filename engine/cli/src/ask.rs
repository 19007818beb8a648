//! Asking the person at the terminal.

use std::collections::HashMap;
use std::io::{BufRead, Write};

use async_trait::async_trait;
use jiff::Timestamp;

use lariat_core::ids::PoolName;
use lariat_core::launch::{Asker, ConflictQuestion, RefreshQuestion, Resolution};

use crate::output::{ago, is_interactive};
use crate::progress::Screen;

/// Asks on the terminal; only used when somebody sits at both ends.
pub struct TerminalAsker {
    screen: Screen,
    began: Timestamp,
    one_at_a_time: tokio::sync::Mutex<()>,
    refresh_answers: tokio::sync::Mutex<HashMap<PoolName, bool>>,
}

impl TerminalAsker {
    /// Asks in the place of the progress bars of `screen`.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            began: Timestamp::now(),
            one_at_a_time: Default::default(),
            refresh_answers: Default::default(),
        }
    }

    /// The engine works on while the question stands; dropping this future takes it back.
    async fn ask(&self, question: String) -> Option<String> {
        let _turn = self.one_at_a_time.lock().await;
        let _hidden = self.screen.hide();
        let (reply, answer) = tokio::sync::oneshot::channel();
        // A thread of its own, since reading can't be called off: what is typed after
        // the question was taken back goes nowhere.
        std::thread::Builder::new()
            .name("lariat-ask".into())
            .spawn(move || drop(reply.send(read_answer(&question))))
            .ok()?;
        answer.await.ok().flatten()
    }
}

fn read_answer(question: &str) -> Option<String> {
    // The lock isn't held while the answer is awaited: others have things to say.
    {
        let mut err = std::io::stderr().lock();
        write!(err, "{question} ").and_then(|()| err.flush()).ok()?;
    }
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
            "Pool \"{}\" was last refreshed {}. Refresh now? [Y/n]",
            question.pool,
            ago(Some(question.last_refresh))
        );
        // Groups that share a pool share the answer.
        let mut answers = self.refresh_answers.lock().await;
        if question.last_refresh >= self.began {
            return Some(false); // This very command has selected its accounts.
        }
        if let Some(answer) = answers.get(&question.pool) {
            return Some(*answer);
        }
        let answer = !matches!(self.ask(text).await?.as_str(), "n" | "no");
        answers.insert(question.pool, answer);
        Some(answer)
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
