//! What an extension may use: the same words for a script, a library in the engine's process
//! and one in a process of its own. Each host keeps the deadline and the sizes; how many
//! questions are inside at once and how often one is put again are kept here, for all hosts.
//!
//! | file | holds |
//! |---|---|
//! | [`Limits`], [`LimitTable`] | the words, and who has which |
//! | [`turns`] | how many at once, how often again |
//! | [`Calls`] | how often an extension is asked, how often it fails, how long it takes |
//! | [`source`], [`provider`], [`routine`], [`hook`] | an extension that keeps to them |

mod calls;
mod hook;
mod provider;
mod routine;
mod source;
mod turns;

use std::collections::BTreeMap;
use std::time::Duration;

pub use calls::Calls;
pub use hook::LimitedHook;
pub use provider::LimitedProvider;
pub use routine::LimitedRoutine;
pub use source::LimitedSource;
pub use turns::Turns;

/// What one extension may use; nothing said is the host's usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How long one answer may take, waiting included.
    pub deadline: Option<Duration>,
    /// How many questions may be inside of it at once; more wait their turn.
    pub concurrency: Option<u32>,
    /// How often a question of a pool or a provider that failed is put again.
    pub retries: Option<u32>,
    /// Bytes of memory: of a script's machine, or of the process that a library has.
    pub memory: Option<u64>,
    /// How long it may compute for one answer.
    pub cpu: Option<Duration>,
    /// How many files and connections its process may have open.
    pub files: Option<u32>,
    /// How many processes its process may start.
    pub processes: Option<u32>,
}

impl Limits {
    /// These, and where they say nothing, those.
    #[must_use]
    pub fn or(&self, below: &Self) -> Self {
        Self {
            deadline: self.deadline.or(below.deadline),
            concurrency: self.concurrency.or(below.concurrency),
            retries: self.retries.or(below.retries),
            memory: self.memory.or(below.memory),
            cpu: self.cpu.or(below.cpu),
            files: self.files.or(below.files),
            processes: self.processes.or(below.processes),
        }
    }

    /// The words for what only a process of its own can be held to, of those that are said.
    pub fn of_a_process(&self) -> Vec<&'static str> {
        let said = [
            ("memory", self.memory.is_some()),
            ("cpu", self.cpu.is_some()),
            ("files", self.files.is_some()),
            ("processes", self.processes.is_some()),
        ];
        said.into_iter().filter(|(_, said)| *said).map(|(word, _)| word).collect()
    }
}

/// `limits:` of `lariat.yaml`: by the name of an extension, or the id of a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitTable(pub BTreeMap<String, Limits>);

impl LimitTable {
    /// What is said about a name.
    pub fn get(&self, name: &str) -> Option<&Limits> {
        self.0.get(name)
    }

    /// What holds for a script of this name.
    pub fn of(&self, name: &str) -> Limits {
        self.get(name).cloned().unwrap_or_default()
    }

    /// What holds for an extension of a plugin: what is said about itself, then about the plugin.
    pub fn of_plugins(&self, plugin: &str, name: &str) -> Limits {
        self.of(name).or(&self.of(plugin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_about_an_extension_goes_before_what_is_said_about_its_plugin() {
        let limits = |deadline, retries| Limits { deadline, retries, ..Limits::default() };
        let second = Some(Duration::from_secs(1));
        let table = LimitTable(BTreeMap::from([
            ("plugin".to_owned(), limits(second, Some(3))),
            ("csv".to_owned(), limits(None, Some(0))),
        ]));
        assert_eq!(table.of_plugins("plugin", "csv"), limits(second, Some(0)));
        assert_eq!(table.of("csv").deadline, None);
    }
}
