//! A refresh is a merge: it keeps leases and outcomes, adds what is new, drops what is
//! gone, and takes time in proportion to the accounts.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::time::Instant;

use super::members::Slot;
use super::queue::{Queue, Turn};
use super::roster::{Member, Roster};
use super::standing::{Packed, Standing};
use super::stats::Counts;
use crate::account::{AccountRow, AccountRows};
use crate::ids::AccountId;
use crate::ledger::{AccountOutcome, OutcomeState};

/// What a merge changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Merged {
    pub(crate) added: usize,
    pub(crate) dropped: usize,
}

impl Roster {
    /// Notes that a refresh begins; what comes back to the pool from now on isn't
    /// dropped by it, whatever it selects. Gives the refresh's number.
    pub(crate) fn begin_refresh(&mut self) -> u32 {
        self.begun += 1;
        self.begun
    }

    /// Takes over what the ledger remembers: `due` tells when an account that is done
    /// may be served again.
    pub(crate) fn recall(
        &mut self,
        outcomes: Vec<AccountOutcome>,
        due: impl Fn(Timestamp) -> Option<Instant>,
    ) {
        for outcome in outcomes {
            let OutcomeState::Final(state) = outcome.state else {
                // Its standing comes with the selection.
                self.remembered.insert(outcome.account, outcome.failures);
                continue;
            };
            let standing = Standing::Done(state, due(outcome.settled_at));
            if self.members.find(outcome.account.as_str()).is_some() {
                self.settle(&outcome.account, standing, outcome.failures);
            } else {
                self.insert(AccountRow::bare(outcome.account), standing, outcome.failures);
            }
        }
    }

    /// Takes over another rule of when settled accounts come back, which `due` tells of;
    /// whatever came back since the refresh numbered `since` began knows it already.
    pub(crate) fn redate(
        &mut self,
        since: u32,
        now: Instant,
        outcomes: Vec<AccountOutcome>,
        due: impl Fn(Timestamp) -> Option<Instant>,
    ) {
        for outcome in outcomes {
            let OutcomeState::Final(state) = outcome.state else { continue };
            let due = due(outcome.settled_at);
            let rests = due.is_none_or(|due| due > now);
            let standing = Standing::Done(state, due);
            let Some(slot) = self.members.find(outcome.account.as_str()) else {
                if rests {
                    self.insert(AccountRow::bare(outcome.account), standing, outcome.failures);
                }
                continue;
            };
            let Some(member) = self.members.get(slot).filter(|member| member.came_back_in < since) else {
                continue;
            };
            match self.epoch.unpack(member.standing) {
                Standing::Done(..) => self.set(slot, standing),
                Standing::Ready | Standing::Refused if rests => self.set(slot, standing),
                _ => {}
            }
        }
    }

    /// Takes over leases that another engine holds through this pool.
    pub(crate) fn recall_leases(&mut self, leased: Vec<AccountId>) {
        for id in leased {
            if self.members.find(id.as_str()).is_some() {
                self.put_back(&id, Standing::Leased);
            } else {
                self.insert(AccountRow::bare(id), Standing::Leased, 0);
            }
        }
    }

    /// Merges the selection of the refresh numbered `refresh`.
    pub(crate) fn merge(&mut self, refresh: u32, selection: Vec<AccountRow>) -> Merged {
        let mut incoming = Incoming::new(selection);
        while self.look_up(&mut incoming) {}
        self.merge_found(refresh, &mut incoming)
    }

    /// Finds the places of the next of a selection's accounts; whether there are more.
    /// The longest part of a merge, in pieces: others may use the roster in between.
    pub(crate) fn look_up(&mut self, incoming: &mut Incoming) -> bool {
        if incoming.changes != self.members.changes() {
            incoming.slots.clear();
            incoming.changes = self.members.changes();
        }
        let next = incoming.rows.iter().skip(incoming.slots.len()).take(PIECE);
        // An account mostly comes behind the one that it came behind before.
        let mut likely = incoming.slots.last().copied().flatten().and_then(|slot| self.behind(slot));
        for row in next {
            let is_it =
                |slot: &Slot| self.members.get(*slot).is_some_and(|member| member.row.id() == row.id());
            let slot = likely.filter(is_it).or_else(|| self.members.find(row.id()));
            likely = slot.and_then(|slot| self.behind(slot));
            incoming.slots.push(slot);
        }
        incoming.slots.len() < incoming.rows.len()
    }

    fn behind(&self, slot: Slot) -> Option<Slot> {
        self.queue.at(self.members.get(slot)?.turn.next())
    }

    /// The rest of a merge.
    pub(crate) fn merge_found(&mut self, refresh: u32, incoming: &mut Incoming) -> Merged {
        // Something went since the last piece was looked up.
        if incoming.changes != self.members.changes() {
            while self.look_up(incoming) {}
        }
        let mut merged = Merged::default();
        self.members.reserve(incoming.slots.iter().filter(|slot| slot.is_none()).count());
        let mut order: Vec<Slot> = Vec::with_capacity(incoming.slots.len());
        let Incoming { rows, slots, .. } = incoming;
        // From the end, so that their room can be given back while the roster's grows.
        rows.reverse();
        for slot in std::mem::take(slots) {
            let Some(row) = rows.pop() else { break };
            if rows.len() % SHRINK == 0 {
                rows.shrink_to_fit();
            }
            // One that wasn't there may be there now: twice in the selection.
            let slot = slot.or_else(|| if merged.added > 0 { self.members.find(row.id()) } else { None });
            match slot.and_then(|slot| Some((slot, self.members.get_mut(slot)?))) {
                Some((_, member)) if member.selected_in == refresh => {} // twice in the selection
                Some((slot, member)) => {
                    member.row = row;
                    member.selected_in = refresh;
                    if self.epoch.unpack(member.standing) == Standing::Refused {
                        member.standing = Packed::READY;
                    }
                    order.push(slot);
                }
                None => {
                    merged.added += 1;
                    let failures = self.remembered.remove(row.id()).unwrap_or(0);
                    let member = Member { failures, selected_in: refresh, ..Member::ready(row) };
                    order.push(self.members.insert(member));
                }
            }
        }
        merged.dropped = self.drop_unselected(refresh);
        let unselected = self.place_unselected(refresh);
        self.selected = refresh;
        self.rebuild(&order, unselected);
        merged
    }

    /// Drops what isn't selected any more and is nobody's; gives how many these were.
    fn drop_unselected(&mut self, refresh: u32) -> usize {
        let stays = |member: &Member| {
            member.selected_in == refresh
                || match self.epoch.unpack(member.standing) {
                    Standing::Leased | Standing::Done(..) => true,
                    // It came back while the selection was being made, which saw it in use.
                    Standing::Ready | Standing::Resting(_) => member.came_back_in >= refresh,
                    Standing::Elsewhere(_) | Standing::Refused => false,
                }
        };
        let gone: Vec<Slot> =
            self.members.iter().filter(|(_, member)| !stays(member)).map(|(slot, _)| slot).collect();
        for slot in &gone {
            if let Some(member) = self.members.remove(*slot)
                && member.failures > 0
            {
                self.remembered.insert(member.row.account_id(), member.failures);
            }
        }
        gone.len()
    }

    /// The accounts that stay without having been selected, each behind the account that it
    /// used to follow, or in front of all if there is none. What is done has no place.
    fn place_unselected(&mut self, refresh: u32) -> HashMap<Option<Slot>, Vec<Slot>> {
        let mut placed: HashMap<Option<Slot>, Vec<Slot>> = HashMap::new();
        let mut done = Vec::new();
        let (mut any, last) = (false, self.selected);
        for (slot, member) in self.members.iter_mut().filter(|(_, member)| member.selected_in != refresh) {
            let is_done = matches!(self.epoch.unpack(member.standing), Standing::Done(..));
            // Its row would keep a block of the selection before.
            let is_packed = member.selected_in == last;
            if is_done {
                member.turn = Turn::NONE;
                if is_packed {
                    done.push(slot);
                }
                continue;
            }
            any = true;
            if is_packed {
                member.row = member.row.apart();
            }
            if member.turn == Turn::NONE {
                placed.entry(None).or_default().push(slot);
            }
        }
        self.pack_done(&done);
        if any {
            let mut follows = None;
            for (turn, slot) in self.queue.order() {
                let Some(member) = self.members.get(slot).filter(|member| member.turn == turn) else {
                    continue;
                };
                if member.selected_in == refresh {
                    follows = Some(slot);
                } else {
                    placed.entry(follows).or_default().push(slot);
                }
            }
        }
        placed
    }

    /// Keeps nothing but the ids of accounts that are done and not selected any more: served
    /// again they are only after another selection of them.
    fn pack_done(&mut self, done: &[Slot]) {
        let mut ids = AccountRows::of_few();
        for slot in done {
            if let Some(member) = self.members.get(*slot) {
                ids.add(member.row.id(), "");
            }
        }
        for (slot, row) in done.iter().zip(ids.finish()) {
            if let Some(member) = self.members.get_mut(*slot) {
                member.row = row;
            }
        }
    }

    /// Makes queue, due list and counts anew: `order` are the accounts that were selected,
    /// behind each of them those that `unselected` names.
    fn rebuild(&mut self, order: &[Slot], mut unselected: HashMap<Option<Slot>, Vec<Slot>>) {
        let more: usize = unselected.values().map(Vec::len).sum();
        self.queue = Queue::with_capacity(order.len() + more);
        let mut ready = 0;
        for slot in std::iter::once(None).chain(order.iter().map(|slot| Some(*slot))) {
            let behind = if unselected.is_empty() { None } else { unselected.remove(&slot) };
            for slot in slot.into_iter().chain(behind.unwrap_or_default()) {
                let Some(member) = self.members.get_mut(slot) else { continue };
                member.turn = self.queue.push(slot);
                if member.standing == Packed::READY {
                    ready += 1;
                    self.queue.set(member.turn, true);
                }
            }
        }
        self.counts = Counts { available: ready, total: ready, ..Counts::default() };
        self.pending = 0;
        self.due.clear();
        let others: Vec<(Slot, Packed)> = self
            .members
            .iter()
            .filter(|(_, member)| member.standing != Packed::READY)
            .map(|(slot, member)| (slot, member.standing))
            .collect();
        for (slot, standing) in others {
            self.note(slot, standing, true);
        }
    }
}

/// How many accounts are looked up in one piece.
const PIECE: usize = 4096;
/// After how many accounts the room that they took in the selection is given back.
const SHRINK: usize = 1 << 16;

/// A selection on its way into a roster.
#[derive(Debug)]
pub(crate) struct Incoming {
    rows: Vec<AccountRow>,
    /// Where the first of them are in the roster, if they are.
    slots: Vec<Option<Slot>>,
    /// As of when.
    changes: u64,
}

impl Incoming {
    pub(crate) fn new(rows: Vec<AccountRow>) -> Self {
        let slots = Vec::with_capacity(rows.len());
        Self { rows, slots, changes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use proptest::prelude::*;

    use super::*;
    use crate::outcome::FinalState;

    fn id(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    fn rows(names: &[&str]) -> Vec<AccountRow> {
        names.iter().map(|name| AccountRow::bare(id(name))).collect()
    }

    fn refresh(roster: &mut Roster, names: &[&str]) -> Merged {
        let number = roster.begin_refresh();
        roster.merge(number, rows(names))
    }

    fn drain(roster: &mut Roster) -> Vec<String> {
        std::iter::from_fn(|| roster.take(&HashSet::new())).map(|taken| taken.id().to_owned()).collect()
    }

    #[test]
    fn serves_in_the_order_of_the_last_refresh() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b", "c"]);
        assert_eq!(refresh(&mut roster, &["c", "d", "a", "d"]), Merged { added: 1, dropped: 1 });
        assert_eq!(drain(&mut roster), ["c", "d", "a"]);
    }

    #[test]
    fn a_leased_account_survives_a_refresh_that_does_not_see_it_and_keeps_its_place() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b", "c", "d", "e"]);
        for name in ["a", "c", "d"] {
            roster.take_this(&id(name)).unwrap();
        }
        refresh(&mut roster, &["b", "e", "f"]);
        assert_eq!(roster.counts(), Counts { total: 6, available: 3, in_use: 3, ..Default::default() });
        for name in ["d", "c", "a"] {
            roster.settle(&id(name), Standing::Ready, 0);
        }
        assert_eq!(drain(&mut roster), ["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn an_account_that_comes_back_during_a_refresh_is_not_dropped_by_it() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b"]);
        roster.take_this(&id("a")).unwrap();
        let number = roster.begin_refresh();
        roster.settle(&id("a"), Standing::Ready, 0);
        roster.merge(number, rows(&["b"]));
        assert_eq!(drain(&mut roster), ["a", "b"]);
    }

    #[test]
    fn what_goes_and_comes_while_a_selection_is_looked_up_is_not_mistaken() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b"]);
        roster.take_this(&id("b")).unwrap();
        roster.settle(&id("b"), Standing::Done(FinalState::Completed, None), 0);
        refresh(&mut roster, &["a"]);
        let number = roster.begin_refresh();
        let mut incoming = Incoming::new(rows(&["b", "a"]));
        assert!(!roster.look_up(&mut incoming));
        // The reset drops "b", and "z" takes its place.
        roster.reset(None);
        roster.recall_leases(vec![id("z")]);
        assert_eq!(roster.merge_found(number, &mut incoming), Merged { added: 1, dropped: 0 });
        assert_eq!((roster.counts().in_use, roster.counts().total), (1, 3));
        assert_eq!(drain(&mut roster), ["b", "a"]);
    }

    #[test]
    fn a_selection_longer_than_a_piece_keeps_its_order() {
        let names: Vec<String> = (0..3 * PIECE).map(|number| format!("a{number}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut roster = Roster::default();
        assert_eq!(refresh(&mut roster, &names), Merged { added: names.len(), dropped: 0 });
        names.reverse();
        names.truncate(2 * PIECE);
        assert_eq!(refresh(&mut roster, &names), Merged { added: 0, dropped: PIECE });
        assert_eq!(drain(&mut roster), names);
    }

    #[test]
    fn what_is_done_stays_done_whatever_a_refresh_selects() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b"]);
        roster.take_this(&id("a")).unwrap();
        roster.settle(&id("a"), Standing::Done(FinalState::Completed, None), 0);
        refresh(&mut roster, &["a", "b"]);
        assert_eq!(drain(&mut roster), ["b"]);
        assert_eq!(roster.counts().completed, 1);
        roster.reset(None);
        assert_eq!(roster.counts().completed, 0);
        assert_eq!(drain(&mut roster), ["a"]);
    }

    #[test]
    fn failures_are_remembered_of_an_account_that_goes_and_comes() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a", "b"]);
        roster.take_this(&id("a")).unwrap();
        roster.settle(&id("a"), Standing::Ready, 2);
        refresh(&mut roster, &["b"]);
        refresh(&mut roster, &["b"]);
        refresh(&mut roster, &["a", "b"]);
        assert_eq!(roster.failures(&id("a")), 2);
    }

    #[test]
    fn a_reset_forgets_the_failures_of_accounts_that_are_held_too() {
        for held in [Standing::Leased, Standing::Elsewhere(Instant::now())] {
            let mut roster = Roster::default();
            refresh(&mut roster, &["a"]);
            roster.take_this(&id("a")).unwrap();
            roster.settle(&id("a"), held, 2);
            roster.reset(None);
            assert_eq!(roster.failures(&id("a")), 0, "{held:?}");
            roster.put_back(&id("a"), Standing::Ready);
            assert_eq!(roster.failures(&id("a")), 0, "{held:?}");
        }
    }

    #[test]
    fn a_refused_account_is_asked_for_again_after_a_refresh() {
        let mut roster = Roster::default();
        refresh(&mut roster, &["a"]);
        roster.take_this(&id("a")).unwrap();
        roster.put_back(&id("a"), Standing::Refused);
        assert!(drain(&mut roster).is_empty() && !roster.is_pending());
        refresh(&mut roster, &["a"]);
        assert_eq!(drain(&mut roster), ["a"]);
    }

    /// One step of a random story.
    #[derive(Debug, Clone)]
    enum Step {
        Refresh(Vec<u8>),
        Take,
        Settle(u8, u8),
        Reset,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            proptest::collection::vec(0u8..12, 0..12).prop_map(Step::Refresh),
            Just(Step::Take),
            (0u8..12, 0u8..5).prop_map(|(which, how)| Step::Settle(which, how)),
            Just(Step::Reset),
        ]
    }

    proptest! {
        /// Whatever happens, the counts equal a count of the members, and the queue
        /// holds exactly the ready ones.
        #[test]
        fn counts_always_add_up(steps in proptest::collection::vec(step(), 0..60)) {
            let now = Instant::now();
            let mut roster = Roster::default();
            for step in steps {
                match step {
                    Step::Refresh(ids) => {
                        let names: Vec<String> = ids.iter().map(u8::to_string).collect();
                        refresh(&mut roster, &names.iter().map(String::as_str).collect::<Vec<_>>());
                    }
                    Step::Take => { roster.take(&HashSet::new()); }
                    Step::Reset => roster.reset(None),
                    Step::Settle(which, how) => {
                        let id = id(&which.to_string());
                        let leased = roster.members.find(id.as_str()).and_then(|slot| roster.members.get(slot)).is_some_and(|m| roster.epoch.unpack(m.standing) == Standing::Leased);
                        let standing = match how {
                            0 => Standing::Ready,
                            1 => Standing::Resting(now),
                            2 => Standing::Done(FinalState::Completed, None),
                            3 => Standing::Done(FinalState::Failed, Some(now)),
                            _ => Standing::Elsewhere(now),
                        };
                        if leased { roster.settle(&id, standing, 1); }
                    }
                }
                let counts = roster.counts();
                let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
                for (_, member) in roster.members.iter() {
                    let word = match roster.epoch.unpack(member.standing) {
                        Standing::Ready | Standing::Resting(_) | Standing::Refused => "available",
                        Standing::Leased | Standing::Elsewhere(_) => "in_use",
                        Standing::Done(FinalState::Completed, _) => "completed",
                        Standing::Done(FinalState::Failed, _) => "failed",
                        Standing::Done(FinalState::Skipped, _) => "skipped",
                    };
                    *seen.entry(word).or_default() += 1;
                }
                let of = |word: &str| seen.get(word).copied().unwrap_or(0);
                prop_assert_eq!(counts.total, roster.members.len());
                prop_assert_eq!(counts.available, of("available"));
                prop_assert_eq!(counts.in_use, of("in_use"));
                prop_assert_eq!(counts.completed, of("completed"));
                prop_assert_eq!(counts.failed, of("failed"));
                prop_assert_eq!(counts.skipped, of("skipped"));
                let queued: HashSet<_> = roster.ready().map(str::to_owned).collect();
                let ready: HashSet<_> = roster.members.iter()
                    .filter(|(_, m)| m.standing == Packed::READY).map(|(_, m)| m.row.id().to_owned()).collect();
                prop_assert_eq!(queued, ready);
            }
        }
    }
}
