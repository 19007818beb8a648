//! What a run may use.

use std::time::Duration;

use lariat_core::limits::Limits;

/// What a run may use before it is stopped, and how it shares its thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    /// How long a run computes before its siblings get their turn.
    pub slice: Duration,
    /// How long it may compute without waiting for anything (`ctx:sleep`, `ctx.http`,
    /// `ctx.store`): longer is taken for an endless loop.
    pub stretch: Duration,
    /// How long it may compute altogether; waiting doesn't count.
    pub cpu: Duration,
    /// How long a file may take to be evaluated when it is loaded or checked.
    pub load: Duration,
    /// Most bytes of a VM, which the runs of a group on one thread share.
    pub memory: usize,
    /// Most bytes of a result, as JSON.
    pub result: usize,
    /// Most accounts of one `fetch`.
    pub accounts: usize,
    /// Most bytes they take together.
    pub accounts_bytes: usize,
    /// How long a `fetch` may take, waiting included.
    pub fetch: Duration,
    /// How long any other answer of a pool's or provider's script may take, waiting
    /// included. Routines and hooks have timeouts of their own.
    pub answer: Duration,
    /// Most log lines a second; what is above is dropped and counted.
    pub log_lines: u32,
    /// Most bytes of a log line's message and of its fields; longer ones are cut.
    pub log_bytes: usize,
    /// A group's VM is dropped when it was idle for so long.
    pub vm_idle: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            slice: Duration::from_millis(5),
            stretch: Duration::from_secs(1),
            cpu: Duration::from_secs(30),
            load: Duration::from_millis(500),
            memory: 64 << 20,
            result: 64 << 10,
            accounts: 5_000_000,
            accounts_bytes: 512 << 20,
            fetch: Duration::from_secs(120),
            answer: Duration::from_secs(30),
            log_lines: 1000,
            log_bytes: 8 << 10,
            vm_idle: Duration::from_secs(60),
        }
    }
}

impl Budgets {
    /// These, but as the limits of one script say.
    pub(crate) fn within(&self, limits: &Limits) -> Self {
        let memory = limits.memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        Self {
            cpu: limits.cpu.unwrap_or(self.cpu),
            memory: memory.unwrap_or(self.memory),
            fetch: limits.deadline.unwrap_or(self.fetch),
            answer: limits.deadline.unwrap_or(self.answer),
            ..self.clone()
        }
    }
}
