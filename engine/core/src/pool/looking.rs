//! How accounts stand in an open pool, and why one isn't served now: for people.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::members::Slot;
use super::roster::{Member, Roster};
use super::runtime::Pool;
use super::standing::Standing;
use crate::clock::Moment;
use crate::ids::AccountId;
use crate::outcome::FinalState;

/// Accounts that are looked at for one page while bots wait for the roster: a millisecond.
const LOOKED_AT: usize = 20_000;

/// Why an account is served, or isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    /// In its turn.
    Ready,
    /// Not before then, after a failure.
    Resting {
        /// When.
        #[schemars(with = "Moment")]
        until: Timestamp,
    },
    /// A bot of this pool has it.
    Held,
    /// A bot has it through another pool; it is asked for again then.
    Elsewhere {
        /// When.
        #[schemars(with = "Moment")]
        until: Timestamp,
    },
    /// The pool type's `claim` refused it; it is asked for again after the next refresh.
    Refused,
    /// Settled for good; served again from then on, if ever.
    Settled {
        /// As what.
        state: FinalState,
        /// When `repeat_after` has it served again.
        #[schemars(with = "Option<Moment>")]
        again: Option<Timestamp>,
    },
}

/// The kinds of [`Place`] that accounts are looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// [`Place::Ready`], in the order in which they are served.
    Ready,
    /// [`Place::Resting`].
    Resting,
    /// [`Place::Held`] and [`Place::Elsewhere`].
    InUse,
    /// [`Place::Refused`].
    Refused,
    /// [`Place::Settled`] as this.
    Settled(FinalState),
}

/// How an account stands in its pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountPlace {
    /// The account.
    pub id: AccountId,
    /// Why it is served, or isn't.
    #[serde(flatten)]
    pub place: Place,
    /// How often it has failed here since the last reset.
    pub failures: u32,
    /// Whether the last refresh selected it. One that it didn't is kept for what became
    /// of it, and isn't served.
    pub selected: bool,
}

/// Some accounts of a pool, and where the next ones are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The accounts; may be none though there are more.
    pub accounts: Vec<AccountPlace>,
    /// To be given for the next ones; none at the end.
    pub next: Option<u32>,
}

impl PlaceKind {
    fn takes(self, standing: Standing) -> bool {
        match standing {
            Standing::Ready => self == Self::Ready,
            Standing::Resting(_) => self == Self::Resting,
            Standing::Leased | Standing::Elsewhere(_) => self == Self::InUse,
            Standing::Refused => self == Self::Refused,
            Standing::Done(state, _) => self == Self::Settled(state),
        }
    }
}

impl Roster {
    /// Accounts of a kind behind a place, at most `limit`, and the place to go on behind.
    fn places(&self, kind: PlaceKind, after: Option<Slot>, limit: usize) -> (Vec<&Member>, Option<Slot>) {
        if kind == PlaceKind::Ready {
            let mut page: Vec<Slot> = match after.and_then(|slot| self.members.get(slot)) {
                Some(member) => self.queue.ready_behind(member.turn).take(limit.saturating_add(1)).collect(),
                None => self.queue.ready().take(limit.saturating_add(1)).collect(),
            };
            let more = page.len() > limit;
            page.truncate(limit);
            let next = page.last().copied().filter(|_| more);
            return (page.iter().filter_map(|slot| self.members.get(*slot)).collect(), next);
        }
        let (mut found, mut last) = (Vec::new(), None);
        for (looked_at, (slot, member)) in self.members.iter_after(after).enumerate() {
            if looked_at >= LOOKED_AT || found.len() >= limit {
                return (found, last);
            }
            if kind.takes(self.epoch.unpack(member.standing)) {
                found.push(member);
            }
            last = Some(slot);
        }
        (found, None)
    }
}

impl Pool {
    /// How an account stands in the pool; `None` when it isn't one of the pool's.
    pub fn place(&self, id: &AccountId) -> Option<AccountPlace> {
        let now = (self.around.clock.now(), Instant::now());
        let state = self.state.lock();
        let slot = state.roster.members.find(id.as_str())?;
        Some(told(&state.roster, state.roster.members.get(slot)?, now))
    }

    /// Some accounts of a kind, from a place on, at most `limit`. However large the pool is,
    /// its bots don't wait for it.
    pub fn places(&self, kind: PlaceKind, after: Option<u32>, limit: usize) -> Places {
        let now = (self.around.clock.now(), Instant::now());
        let state = self.state.lock();
        let roster = &state.roster;
        let (found, next) = roster.places(kind, after.and_then(Slot::numbered), limit);
        let accounts = found.into_iter().map(|member| told(roster, member, now)).collect();
        Places { accounts, next: next.map(Slot::number) }
    }
}

fn told(roster: &Roster, member: &Member, now: (Timestamp, Instant)) -> AccountPlace {
    let moment = |at: Instant| {
        let ahead =
            SignedDuration::try_from(at.saturating_duration_since(now.1)).unwrap_or(SignedDuration::MAX);
        now.0.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    };
    let place = match roster.epoch.unpack(member.standing) {
        Standing::Ready => Place::Ready,
        // Looking makes nobody ready: whoever waits for it is told by the one who does.
        Standing::Resting(at) if at <= now.1 => Place::Ready,
        Standing::Resting(at) => Place::Resting { until: moment(at) },
        Standing::Elsewhere(at) => Place::Elsewhere { until: moment(at) },
        Standing::Leased => Place::Held,
        Standing::Refused => Place::Refused,
        Standing::Done(state, again) => Place::Settled { state, again: again.map(moment) },
    };
    AccountPlace {
        id: member.row.account_id(),
        place,
        failures: member.failures,
        selected: member.selected_in == roster.selected,
    }
}
