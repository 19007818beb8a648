//! One-time links, and the sessions that they become. Both live as long as the engine at
//! most, and there are never more than so many.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::keys::Hash;
use super::{Access, Identity};

/// Links that weren't used yet.
#[derive(Default)]
pub(super) struct Links(HashMap<Hash, (Access, Instant)>);

impl Links {
    /// How long a link can be used.
    pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);
    const MOST: usize = 64;

    pub(super) fn add(&mut self, code: Hash, access: Access) {
        let now = Instant::now();
        self.0.retain(|_, (_, made)| now.duration_since(*made) < Self::LIFE);
        make_room(&mut self.0, Self::MOST, |(_, made)| *made);
        self.0.insert(code, (access, now));
    }

    pub(super) fn take(&mut self, code: &Hash) -> Option<Access> {
        let (access, made) = self.0.remove(code)?;
        (made.elapsed() < Self::LIFE).then_some(access)
    }
}

/// Browsers that came in by a link.
#[derive(Default)]
pub(super) struct Sessions {
    all: HashMap<Hash, Session>,
    count: u64,
}

struct Session {
    identity: Identity,
    began: Instant,
    seen: Instant,
    /// Cancelled when the session is dropped, for whatever reason.
    end: CancellationToken,
    _over: DropGuard,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.seen) >= Sessions::IDLE || now.duration_since(self.began) >= Sessions::LIFE
    }
}

impl Sessions {
    /// How long a session lasts in which nothing is asked.
    const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
    /// How long a session lasts.
    const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    const MOST: usize = 256;

    pub(super) fn add(&mut self, cookie: Hash, access: Access) -> Identity {
        let now = Instant::now();
        self.all.retain(|_, session| !session.is_over(now));
        make_room(&mut self.all, Self::MOST, |session| session.seen);
        self.count += 1;
        let identity = Identity { who: format!("console {}", self.count).into(), access };
        let end = CancellationToken::new();
        let _over = end.clone().drop_guard();
        self.all.insert(cookie, Session { identity: identity.clone(), began: now, seen: now, end, _over });
        identity
    }

    pub(super) fn find(&mut self, cookie: &Hash) -> Option<Identity> {
        let now = Instant::now();
        let session = self.all.get_mut(cookie)?;
        if session.is_over(now) {
            self.remove(cookie);
            return None;
        }
        session.seen = now;
        Some(session.identity.clone())
    }

    pub(super) fn end_of(&self, cookie: &Hash) -> Option<CancellationToken> {
        self.all.get(cookie).map(|session| session.end.clone())
    }

    pub(super) fn remove(&mut self, cookie: &Hash) {
        self.all.remove(cookie);
    }
}

/// Drops the oldest where there are too many.
fn make_room<T>(all: &mut HashMap<Hash, T>, most: usize, age: impl Fn(&T) -> Instant) {
    while all.len() >= most {
        let oldest = all.iter().min_by_key(|(_, one)| age(one)).map(|(hash, _)| *hash);
        let Some(oldest) = oldest else { return };
        all.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::super::Keys;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_link_is_used_once_and_not_too_late() {
        let keys = Keys::new("full", "read");
        let (used, late) = (keys.new_link(Access::Full), keys.new_link(Access::ReadOnly));
        let (cookie, identity) = keys.exchange(&used).unwrap();
        assert_eq!(identity.access, Access::Full);
        assert_eq!(keys.of_session(&cookie), Some(identity));
        assert!(keys.exchange(&used).is_none(), "used up");
        assert!(keys.exchange("guessed").is_none());
        advance(Links::LIFE).await;
        assert!(keys.exchange(&late).is_none(), "too late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_it_isnt_used_or_is_ended() {
        let keys = Keys::new("full", "read");
        let enter = || keys.exchange(&keys.new_link(Access::ReadOnly)).unwrap().0;
        let (used, left, ended) = (enter(), enter(), enter());
        keys.end_session(&ended);
        assert!(keys.of_session(&ended).is_none());
        for _ in 0..3 {
            advance(Sessions::IDLE / 2).await;
            assert_eq!(keys.of_session(&used).unwrap().access, Access::ReadOnly);
        }
        assert!(keys.of_session(&left).is_none(), "idle too long");
        let half = Sessions::IDLE / 2;
        for _ in 0..Sessions::LIFE.as_secs() / half.as_secs() {
            advance(half).await;
            keys.of_session(&used);
        }
        assert!(keys.of_session(&used).is_none(), "no session lasts for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_make_room() {
        let keys = Keys::new("full", "read");
        let first = keys.new_link(Access::Full);
        for _ in 0..Links::MOST {
            advance(Duration::from_millis(1)).await;
            keys.new_link(Access::Full);
        }
        assert!(keys.exchange(&first).is_none());
        let first = keys.exchange(&keys.new_link(Access::Full)).unwrap().0;
        for _ in 0..Sessions::MOST {
            advance(Duration::from_millis(1)).await;
            keys.exchange(&keys.new_link(Access::Full)).unwrap();
        }
        assert!(keys.of_session(&first).is_none());
    }
}
