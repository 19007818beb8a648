//! What a plugin and its extensions may use, and which of that they can't be held to.

use std::collections::BTreeMap;
use std::time::Duration;

use lariat_core::limits::{LimitTable, Limits, Turns};

use super::{Candidate, ExtensionInfo, ExtensionKind};
use crate::NativeError;
use crate::child::ProcessLimits;

/// Less than this isn't enough for the stacks of a few calls.
const LEAST_MEMORY: u64 = 16 << 20;

/// One extension's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budget {
    pub(crate) deadline: Option<Duration>,
    pub(crate) turns: Turns,
}

/// All of a plugin's extensions', by kind and name.
pub(crate) type Budgets = BTreeMap<(ExtensionKind, String), Budget>;

/// What its process is held to; known before anything of it runs. `called` is its id as far as
/// that is known.
pub(crate) fn of_process(
    table: &LimitTable,
    candidate: &Candidate,
    called: &str,
) -> Result<ProcessLimits, NativeError> {
    let limits = table.of(called).or(&table.of(&candidate.name));
    if !candidate.process {
        let name = if table.get(called).is_some() { called } else { &candidate.name };
        in_process(&limits, name, candidate)?;
    } else if limits.memory.is_some_and(|memory| memory < LEAST_MEMORY) {
        let what = format!("limits.{called}: a process needs at least {}MiB of `memory`", LEAST_MEMORY >> 20);
        return Err(NativeError::Limits { library: candidate.library.clone(), what });
    }
    Ok(ProcessLimits::of(&limits))
}

/// What its extensions are held to.
pub(crate) fn of_extensions(
    table: &LimitTable,
    candidate: &Candidate,
    id: &str,
    held: &ProcessLimits,
    extensions: &[ExtensionInfo],
) -> Result<Budgets, NativeError> {
    let refused = |what: String| NativeError::Limits { library: candidate.library.clone(), what };
    let of_plugin = table.of(id).or(&table.of(&candidate.name));
    if !candidate.process {
        in_process(&of_plugin, id, candidate)?;
    } else if ProcessLimits::of(&of_plugin) != *held {
        // Without a plugin.toml its id was unknown when its process began.
        let name = &candidate.name;
        return Err(refused(format!(
            "limits.{id}: write them as limits.{name}, as the plugin is called in lariat.yaml"
        )));
    }
    let mut budgets = Budgets::new();
    for ExtensionInfo { kind, name, .. } in extensions {
        let own = table.of(name);
        let is_plugin = name == id || *name == candidate.name;
        if !is_plugin && let Some(word) = own.of_a_process().first() {
            let what = format!(
                "limits.{name}: `{word}` holds for a plugin's process, not for one of its extensions; write it at limits.{id}"
            );
            return Err(refused(what));
        }
        let asks = matches!(kind, ExtensionKind::Pool | ExtensionKind::Provider);
        if !asks && !is_plugin && own.retries.is_some() {
            let kind = kind.as_str();
            return Err(refused(format!(
                "limits.{name}: `retries` is for pool types and providers; {name} is a {kind}, which isn't asked again; leave it out"
            )));
        }
        let limits = own.or(&of_plugin);
        let budget = Budget { deadline: limits.deadline, turns: Turns::new(&limits) };
        budgets.insert((*kind, name.clone()), budget);
    }
    Ok(budgets)
}

/// Code in the engine's own process can't be held to what the system gives that process.
fn in_process(limits: &Limits, name: &str, candidate: &Candidate) -> Result<(), NativeError> {
    let words = limits.of_a_process();
    if words.is_empty() {
        return Ok(());
    }
    let what = format!(
        "limits.{name}: {} can't be limited in the engine's own process; write `isolation: process` for it in `plugins:` of lariat.yaml, or leave {} out",
        words.join(", "),
        if words.len() == 1 { "it" } else { "them" },
    );
    Err(NativeError::Limits { library: candidate.library.clone(), what })
}
