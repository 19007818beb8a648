//! Who gets the next account: the one who asks, or else whoever has waited longest.

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::runtime::{Pool, State};
use super::standing::Standing;
use crate::account::AccountRow;
use crate::ids::AccountId;

/// An account that was taken from the roster. Dropped before it is leased, it goes back.
pub(super) struct Picked {
    pool: Arc<Pool>,
    pub(super) taken: Option<AccountRow>,
}

impl Drop for Picked {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            self.pool.put_back(&taken.account_id(), Standing::Ready);
        }
    }
}

/// Leaves the queue of waiters when the bot stops asking.
struct Ticket<'a> {
    pool: &'a Pool,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.pool.state.lock().waiters.leave(self.number);
    }
}

impl Pool {
    /// The next account for somebody who wouldn't have those of `except`; `None` when
    /// there is nothing to wait for, or no more time, or `stop` is cancelled.
    pub(super) async fn pick(
        self: &Arc<Self>,
        except: &Arc<HashSet<AccountId>>,
        stop: &CancellationToken,
    ) -> Option<Picked> {
        let began = Instant::now();
        let ticket = Ticket { pool: self, number: self.state.lock().waiters.ticket() };
        loop {
            // Looked at again whenever it is woken: the definition may be another.
            let definition = self.definition();
            let config = &definition.pool_config;
            let patience = config.wait_for_accounts.then(|| began + config.max_wait_time.as_duration());
            let receiver = {
                let mut state = self.state.lock();
                self.look_up_due(&mut state);
                if self.closed.is_cancelled() || stop.is_cancelled() {
                    return None;
                }
                if let Some(taken) = state.roster.take(except) {
                    return Some(Picked { pool: self.clone(), taken: Some(taken) });
                }
                let given_up = patience.is_some_and(|until| until <= Instant::now());
                if given_up || (patience.is_none() && !state.roster.is_pending()) {
                    return None;
                }
                let receiver = state.waiters.wait(ticket.number, except.clone());
                self.set_alarm(&mut state);
                receiver
            };
            let tired = async {
                match patience {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                picked = receiver => if let Ok(picked) = picked { return Some(picked) },
                () = stop.cancelled() => {}
                () = self.closed.cancelled() => {}
                () = tired => {}
            }
        }
    }

    pub(super) fn put_back(self: &Arc<Self>, id: &AccountId, standing: Standing) {
        let mut state = self.state.lock();
        state.roster.put_back(id, standing);
        self.serve_waiters(&mut state);
    }

    /// Hands what is ready to those who wait, in their order; when nothing more can
    /// come, makes them all look again.
    pub(super) fn serve_waiters(self: &Arc<Self>, state: &mut State) {
        if state.waiters.is_empty() {
            return;
        }
        let mut given = Vec::new();
        for id in state.roster.ready() {
            if state.waiters.is_empty() {
                break;
            }
            if let Some(answer) = state.waiters.first_for(id) {
                given.push((AccountId::of_row(id), answer));
            }
        }
        for (id, answer) in given {
            let Some(taken) = state.roster.take_this(&id) else { continue };
            if let Err(mut picked) = answer.send(Picked { pool: self.clone(), taken: Some(taken) }) {
                // Who waited has left: back without a guard, since the lock is held.
                picked.taken = None;
                state.roster.put_back(&id, Standing::Ready);
            }
        }
        if !state.roster.is_pending() {
            state.waiters.wake_all();
        }
        self.set_alarm(state);
    }

    /// Makes ready what is due by now. Whoever does so serves those who wait, too: their
    /// alarm finds nothing new.
    pub(super) fn look_up_due(self: &Arc<Self>, state: &mut State) {
        if state.roster.promote(Instant::now()) {
            self.serve_waiters(state);
        }
    }

    /// Has the pool's alarm ring when the next resting account is due, if anybody waits.
    /// There is one alarm for all who wait: ten thousand of their own would wake ten
    /// thousand bots for one account.
    fn set_alarm(&self, state: &mut State) {
        let due = if state.waiters.is_empty() { None } else { state.roster.next_due() };
        if due.is_some() && due != state.alarm {
            state.alarm = due;
            self.alarm.notify_one();
        }
    }
}

/// Serves those who wait whenever a resting account is due, until the pool is closed or
/// dropped.
pub(super) async fn ring(pool: Weak<Pool>) {
    let Some((changed, closed)) = pool.upgrade().map(|pool| (pool.alarm.clone(), pool.closed.clone())) else {
        return;
    };
    let mut due: Option<Instant> = None;
    loop {
        let rung = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = closed.cancelled() => return,
            () = changed.notified() => {}
            () = rung => {}
        }
        let Some(pool) = pool.upgrade() else { return };
        let mut state = pool.state.lock();
        pool.look_up_due(&mut state);
        due = if state.waiters.is_empty() { None } else { state.roster.next_due() };
        state.alarm = due;
    }
}
