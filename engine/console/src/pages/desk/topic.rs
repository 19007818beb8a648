//! What an event makes out of date.

use lariat_core::event::EventKind;

/// What fragments of pages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Topic {
    /// Groups and their launches.
    Groups,
    /// Bots: status, account, progress.
    Bots,
    /// Pools and their numbers.
    Pools,
    /// Attempts and the accounts they settle.
    Attempts,
    /// Scripts and plugins.
    Extensions,
    /// Anything at all.
    Events,
}

impl Topic {
    pub(in crate::pages) const ALL: [Self; 6] =
        [Self::Groups, Self::Bots, Self::Pools, Self::Attempts, Self::Extensions, Self::Events];

    /// As fragments name it in `data-on`.
    pub(in crate::pages) const fn word(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Bots => "bots",
            Self::Pools => "pools",
            Self::Attempts => "attempts",
            Self::Extensions => "extensions",
            Self::Events => "events",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// How often each topic changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::pages) struct Versions([u64; Topic::ALL.len()]);

impl Versions {
    /// Counts a change of each topic of the set.
    pub(super) fn count(&mut self, changed: Touched) {
        for (version, topic) in self.0.iter_mut().zip(Topic::ALL) {
            *version += u64::from(changed.0 & topic.bit() != 0);
        }
    }

    /// Whether everything was told that had been told then.
    pub(super) fn covers(&self, then: &Self) -> bool {
        self.0.iter().zip(&then.0).all(|(now, then)| now >= then)
    }

    /// The topics that changed since.
    pub(in crate::pages) fn since(&self, before: &Self) -> impl Iterator<Item = Topic> {
        let pairs = self.0.into_iter().zip(before.0).zip(Topic::ALL);
        pairs.filter(|((now, before), _)| now != before).map(|(_, topic)| topic)
    }
}

/// A set of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Touched(u8);

impl Touched {
    pub(super) fn all() -> Self {
        Topic::ALL.into_iter().fold(Self::default(), |set, topic| Self(set.0 | topic.bit()))
    }

    /// What a group that is paused or resumed makes out of date.
    pub(super) fn by_holding() -> Self {
        Self(Topic::Groups.bit() | Topic::Bots.bit())
    }

    /// What comes and goes with each lease.
    pub(super) fn by_leases() -> Self {
        Self(Topic::Bots.bit() | Topic::Pools.bit() | Topic::Attempts.bit() | Topic::Events.bit())
    }

    /// Takes some out; gives those that were in.
    pub(super) fn take(&mut self, some: Self) -> Self {
        let taken = Self(self.0 & some.0);
        self.0 &= !some.0;
        taken
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// What an event makes out of date.
    pub(super) fn by(event: &EventKind) -> Self {
        use Topic::{Attempts, Bots, Events, Extensions, Groups, Pools};
        let topics: &[Topic] = match event {
            EventKind::LaunchStarted { .. } | EventKind::LaunchFinished { .. } => {
                &[Groups, Bots, Pools, Attempts]
            }
            EventKind::PhaseStarted { .. }
            | EventKind::PhaseFinished { .. }
            | EventKind::PhaseFailed { .. }
            | EventKind::HookAnswered { .. }
            | EventKind::InstanceAcquired { .. }
            | EventKind::InstanceSkipped { .. }
            | EventKind::InstanceReleased { .. }
            | EventKind::BotStarted { .. }
            | EventKind::BotRestarted { .. }
            | EventKind::BotFinished { .. } => &[Groups, Bots],
            EventKind::BotProgress { .. } => &[Bots],
            EventKind::LeaseGranted { .. } => &[Bots, Pools],
            EventKind::LeaseSettled { .. } => &[Bots, Pools, Attempts],
            EventKind::PoolRefreshed { .. } | EventKind::PoolClosed { .. } => &[Pools],
            EventKind::DefinitionReloaded { .. }
            | EventKind::DefinitionStale { .. }
            | EventKind::DefinitionRemoved { .. } => &[Groups, Pools],
            EventKind::ExtensionLoaded { .. } | EventKind::ExtensionFailed { .. } => &[Extensions, Groups],
            EventKind::LedgerUnavailable { .. } | EventKind::LedgerAvailable { .. } => &[Groups, Pools],
            EventKind::EngineStarted { .. } => &[],
        };
        topics.iter().fold(Self(Events.bit()), |set, topic| Self(set.0 | topic.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_touched_has_changed() {
        let before = Versions::default();
        let mut now = before;
        let pool = lariat_core::ids::PoolName::new("P").unwrap();
        now.count(Touched::by(&EventKind::PoolClosed { pool }));
        assert_eq!(now.since(&before).collect::<Vec<_>>(), [Topic::Pools, Topic::Events]);
        assert_eq!(now.since(&now).count(), 0);
    }
}
