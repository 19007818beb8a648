//! What a running engine makes of definitions that were edited: open pools follow, groups
//! are for their next launch, and everybody is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::groups::Orchestrator;
use crate::definition::{Broken, Catalog, Defined, DefinitionError, GroupDefinition, ReloadPolicy, Stale};
use crate::event::EventKind;
use crate::ids::{GroupName, PoolName};
use crate::pool::Followed;

/// What became of definitions that were edited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FollowReport {
    /// What is in force anew: `pool "Gold" (generation 3)`.
    pub reloaded: Vec<String>,
    /// What isn't there any more.
    pub removed: Vec<String>,
    /// What can't be used, and why: what was in force stays.
    pub problems: Vec<String>,
}

impl FollowReport {
    /// Whether nothing was different.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// What happened to one definition.
enum Turn {
    Same,
    Reloaded(u64),
    Stale(String),
    Removed,
}

impl Turn {
    fn of<T>(before: Option<&Defined<T>>, now: Option<&Defined<T>>) -> Self {
        let message = |stale: &Option<Stale>| stale.as_ref().map(|stale| stale.message.clone());
        match (before, now) {
            (_, None) => Self::Removed,
            (None, Some(now)) => message(&now.stale).map_or(Self::Reloaded(now.generation), Self::Stale),
            (Some(before), Some(now)) => {
                let (old, new) = (message(&before.stale), message(&now.stale));
                match new {
                    Some(error) if old.as_ref() != Some(&error) => Self::Stale(error),
                    // Also when a file was mended to what it was.
                    None if old.is_some() || before.generation != now.generation => {
                        Self::Reloaded(now.generation)
                    }
                    _ => Self::Same,
                }
            }
        }
    }
}

fn is_broken<T>(found: Result<T, DefinitionError>) -> bool {
    matches!(found, Err(DefinitionError::Broken { .. }))
}

impl Orchestrator {
    /// Has everything that runs follow the definitions in force, and tells what changed
    /// since the last time. Whoever puts definitions in force calls this afterwards.
    pub async fn follow_definitions(&self) -> FollowReport {
        let mut followed = self.engine.followed.lock().await;
        let now = self.engine.definitions.catalog();
        let before = std::mem::replace(&mut *followed, now.clone());
        let mut report = FollowReport::default();
        if Arc::ptr_eq(&before, &now) {
            return report;
        }
        let pools: BTreeSet<&PoolName> = before.pools.keys().chain(now.pools.keys()).collect();
        for name in pools {
            if is_broken(now.pool(name.as_str())) {
                continue; // Told below; what is open of it stays as it is.
            }
            let turn = Turn::of(before.pools.get(name), now.pools.get(name));
            self.pool_turned(name, turn, &mut report).await;
        }
        let groups: BTreeSet<&GroupName> = before.groups.keys().chain(now.groups.keys()).collect();
        for name in groups {
            if is_broken(now.group(name.as_str())) {
                continue;
            }
            let (old, new) = (before.groups.get(name), now.groups.get(name));
            self.group_turned(name, Turn::of(old, new), &mut report);
            if let (Some(old), Some(new)) = (old, new) {
                self.scale_live(name, &old.definition, &new.definition, &mut report).await;
            }
        }
        self.tell_broken(&before, &now, &mut report);
        report
    }

    /// Has the open pools of a type open their sources anew: the type is another.
    pub async fn follow_pool_type(&self, pool_type: &str) -> FollowReport {
        let mut report = FollowReport::default();
        for pool in self.engine.pools.open_pools() {
            if pool.definition().pool_type == pool_type {
                self.note(pool.name(), self.engine.pools.reopen(pool.name()).await, &mut report);
            }
        }
        report
    }

    fn note(
        &self,
        name: &PoolName,
        followed: Result<Followed, crate::pool::PoolError>,
        report: &mut FollowReport,
    ) {
        match followed {
            Ok(Followed::Settings) => {
                tracing::info!(pool = %name, "its settings are in force; nothing was selected anew")
            }
            Ok(Followed::Selection(selected)) => {
                let (added, dropped) = (selected.added, selected.dropped);
                tracing::info!(pool = %name, total = selected.counts.total, added, dropped, "selected anew");
            }
            Ok(Followed::Draining) => tracing::info!(pool = %name, "is gone: it serves nothing any more"),
            Ok(Followed::NotOpen | Followed::Same) => {}
            Err(error) => {
                tracing::warn!(pool = %name, %error, "the open pool keeps what it had");
                report.problems.push(error.to_string());
            }
        }
    }

    async fn pool_turned(&self, name: &PoolName, turn: Turn, report: &mut FollowReport) {
        let (pool, group) = (Some(name.clone()), None);
        let kind = match turn {
            Turn::Same => return,
            Turn::Stale(error) => {
                report.problems.push(error.clone());
                tracing::warn!("pool \"{name}\" stays as it was: {error}");
                EventKind::DefinitionStale { pool, group, file: None, error }
            }
            Turn::Reloaded(generation) => {
                report.reloaded.push(format!("pool \"{name}\" (generation {generation})"));
                tracing::info!(pool = %name, generation, "reloaded");
                EventKind::DefinitionReloaded { pool, group, file: None, generation }
            }
            Turn::Removed => {
                report.removed.push(format!("pool \"{name}\""));
                EventKind::DefinitionRemoved { pool, group }
            }
        };
        self.engine.events.publish(kind);
        let followed = self.engine.pools.follow(name).await;
        self.note(name, followed, report);
    }

    fn group_turned(&self, name: &GroupName, turn: Turn, report: &mut FollowReport) {
        let (pool, group) = (None, Some(name.clone()));
        let kind = match turn {
            Turn::Same => return,
            Turn::Stale(error) => {
                report.problems.push(error.clone());
                tracing::warn!("group \"{name}\" stays as it was: {error}");
                EventKind::DefinitionStale { pool, group, file: None, error }
            }
            Turn::Reloaded(generation) => {
                report.reloaded.push(format!("group \"{name}\" (generation {generation})"));
                let running = self.running(name).is_some();
                tracing::info!(group = %name, generation, running, "reloaded; it acts with the next launch");
                EventKind::DefinitionReloaded { pool, group, file: None, generation }
            }
            Turn::Removed => {
                report.removed.push(format!("group \"{name}\""));
                EventKind::DefinitionRemoved { pool, group }
            }
        };
        self.engine.events.publish(kind);
    }

    /// Gives a running launch the number of bots that its group asks for now, if that
    /// is what was edited.
    async fn scale_live(
        &self,
        name: &GroupName,
        before: &GroupDefinition,
        now: &GroupDefinition,
        report: &mut FollowReport,
    ) {
        let live = now.reload == ReloadPolicy::NextAccount && before.bot_count != now.bot_count;
        if !live || self.running(name).is_none() {
            return;
        }
        match self.scale(name, now.requested_bots()).await {
            Ok(bots) => tracing::info!(group = %name, bots, "scaled, as its file says"),
            // It has ended meanwhile, or isn't up yet: the next launch does.
            Err(super::OrchestratorError::NotRunning(_)) => {}
            Err(error) => report.problems.push(error.to_string()),
        }
    }

    fn tell_broken(&self, before: &Catalog, now: &Catalog, report: &mut FollowReport) {
        let known = |files: &[Broken], broken: &Broken| {
            files.iter().any(|old| old.file == broken.file && old.message == broken.message)
        };
        let mut tell = |broken: &Broken, pool: Option<PoolName>, group: Option<GroupName>| {
            tracing::warn!("{}", broken.message);
            report.problems.push(broken.message.clone());
            let (file, error) = (Some(broken.file.display().to_string()), broken.message.clone());
            self.engine.events.publish(EventKind::DefinitionStale { pool, group, file, error });
        };
        for broken in now.broken_pools.iter().filter(|broken| !known(&before.broken_pools, broken)) {
            tell(broken, broken.name.as_deref().and_then(|name| PoolName::new(name).ok()), None);
        }
        for broken in now.broken_groups.iter().filter(|broken| !known(&before.broken_groups, broken)) {
            tell(broken, None, broken.name.as_deref().and_then(|name| GroupName::new(name).ok()));
        }
    }
}
