//! Failpoints: the commits and outside effects of an engine by name, so that a test can
//! make each of them fail, wait, panic or take the whole process down.
//!
//! `LARIAT_FAILPOINTS="store.settle=kill@3;store.renew=error"` arms them:
//! `SITE=ACTION`, with the actions `error`, `panic`, `kill` and `delay(200ms)`, each time
//! the site is reached, or from `@N+`, between `@N-M`, or only at the `@N`th time.
//!
//! Builds for release don't have them, unless the feature `failpoints` is on.

use std::time::Duration;

/// Whether this build has failpoints.
pub const ENABLED: bool = cfg!(any(debug_assertions, feature = "failpoints"));
/// The environment variable that arms them.
pub const VARIABLE: &str = "LARIAT_FAILPOINTS";

macro_rules! sites {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A place that can be made to fail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Site {
            $($(#[$doc])* $variant,)*
        }

        impl Site {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What it is called in `LARIAT_FAILPOINTS`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

sites! {
    /// A batch with a lease in it, before it is committed.
    StoreLease = "store.lease",
    /// The same, committed and not yet answered: an error here hides a commit that stands.
    StoreLeaseDone = "store.lease.done",
    /// A batch with a settlement in it, before it is committed.
    StoreSettle = "store.settle",
    /// The same, committed and not yet answered.
    StoreSettleDone = "store.settle.done",
    /// The sync of what was committed, before it is asked for.
    StoreSync = "store.sync",
    /// A batch that prolongs leases, before it is committed.
    StoreRenewCommit = "store.renew.commit",
    /// The prolonging of leases, before the writer is asked.
    StoreRenew = "store.renew",
    /// A batch with a run that settles nothing, before it is committed.
    StoreAttempt = "store.attempt",
    /// A batch that notes a pool's refresh or totals, before it is committed.
    StorePool = "store.pool",
    /// A batch with a value of an extension in it, before it is committed.
    StoreKeep = "store.keep",
    /// What a refresh selected, before it is committed.
    StoreSelection = "store.selection",
    /// A chunk of an import, before it is committed.
    StoreImport = "store.import",
    /// The reset of a pool, before it is committed.
    StoreReset = "store.reset",
    /// The reset of rows of the account table, before it is committed.
    StoreAccountsReset = "store.accounts_reset",
    /// The return of a dead engine's leases, before it is committed.
    StoreRescue = "store.rescue",
    /// A step of the pruning of attempts, before it is committed.
    StorePrune = "store.prune",
    /// The reading of what is known of a pool.
    StoreHistory = "store.history",
    /// A backup that is written, before it gets its name.
    StoreBackup = "store.backup",
    /// A backup that is about to be put in the place of a damaged database.
    StoreRestore = "store.restore",
    /// The selecting of a pool's accounts.
    SourceFetch = "source.fetch",
    /// The asking of an outside authority, after the lease is durable.
    SourceClaim = "source.claim",
    /// The telling of it, after the settlement is durable.
    SourceSettle = "source.settle",
    /// A definition that is written, before it gets its name.
    DefinitionSave = "definition.save",
}

/// What a failpoint that is armed with `error` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the failpoint {} was armed with an error", .0.name())]
pub struct Injected(pub Site);

impl From<Injected> for std::io::Error {
    fn from(injected: Injected) -> Self {
        Self::other(injected)
    }
}

/// Checks what the environment arms; to be called when a program starts.
///
/// # Errors
/// What can't be read, and what is accepted; also when this build has no failpoints.
pub fn check_environment() -> Result<(), String> {
    match std::env::var(VARIABLE) {
        Ok(text) if ENABLED => arm(&text),
        Ok(text) if !text.is_empty() => {
            Err(format!("{VARIABLE} is set, and this build has no failpoints; unset it"))
        }
        _ => Ok(()),
    }
}

/// Arms failpoints by a text as in `LARIAT_FAILPOINTS`, instead of those armed before;
/// an empty text disarms them all.
///
/// # Errors
/// What can't be read, and what is accepted.
pub fn arm(text: &str) -> Result<(), String> {
    let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty()).map(Rule::parse);
    armed::set(rules.collect::<Result<_, _>>()?);
    Ok(())
}

/// Passes a site.
///
/// # Errors
/// [`Injected`] when it is armed with `error`.
pub async fn hit(site: Site) -> Result<(), Injected> {
    match armed::action(site) {
        None => Ok(()),
        Some(Action::Delay(time)) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
        Some(action) => action.take(site),
    }
}

/// As [`hit`], where nothing can be awaited.
///
/// # Errors
/// As for [`hit`].
pub fn hit_blocking(site: Site) -> Result<(), Injected> {
    armed::action(site).map_or(Ok(()), |action| action.take(site))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Error,
    Panic,
    Delay(Duration),
    Kill,
}

impl Action {
    #[allow(clippy::panic)] // asked for
    fn take(self, site: Site) -> Result<(), Injected> {
        match self {
            Self::Error => Err(Injected(site)),
            Self::Panic => panic!("the failpoint {} was armed with a panic", site.name()),
            Self::Delay(time) => {
                std::thread::sleep(time);
                Ok(())
            }
            Self::Kill => std::process::abort(),
        }
    }
}

/// What to do at a site, from the `first` to the `last` time it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    site: Site,
    action: Action,
    first: u64,
    last: u64,
}

impl Rule {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str, accepted: &str| format!("{VARIABLE}: {text:?} {what}; {accepted}");
        let (site, rest) = text
            .split_once('=')
            .ok_or_else(|| wrong("names no action", "write SITE=error, panic, kill or delay(200ms)"))?;
        let site = Site::ALL.iter().copied().find(|known| known.name() == site.trim()).ok_or_else(|| {
            let known: Vec<&str> = Site::ALL.iter().map(|site| site.name()).collect();
            wrong("names no site", &format!("there are {}", known.join(", ")))
        })?;
        let (action, times) =
            rest.split_once('@').map_or((rest, None), |(action, times)| (action, Some(times)));
        let action = match action.trim() {
            "error" => Action::Error,
            "panic" => Action::Panic,
            "kill" => Action::Kill,
            delay => delay
                .strip_prefix("delay(")
                .and_then(|delay| delay.strip_suffix(')'))
                .and_then(|delay| delay.parse::<crate::duration::Span>().ok())
                .map(|delay| Action::Delay(delay.as_duration()))
                .ok_or_else(|| wrong("names no action", "write error, panic, kill or delay(200ms)"))?,
        };
        let (first, last) = match times.map(str::trim) {
            None => Some((1, u64::MAX)),
            Some(times) => range(times),
        }
        .ok_or_else(|| wrong("says no time", "write @3, @3+ or @3-5"))?;
        Ok(Self { site, action, first, last })
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    if let Some(first) = text.strip_suffix('+') {
        return Some((first.parse().ok()?, u64::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

#[cfg(any(debug_assertions, feature = "failpoints"))]
mod armed {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicBool, Ordering};

    use parking_lot::Mutex;

    use super::{Action, Rule, Site};

    /// The rules, and how often each site was reached since they were set.
    type Armed = Option<(Vec<Rule>, HashMap<Site, u64>)>;
    static ARMED: Mutex<Armed> = Mutex::new(None);
    static ANY: AtomicBool = AtomicBool::new(false);

    pub(super) fn set(rules: Vec<Rule>) {
        let mut armed = ARMED.lock();
        ANY.store(!rules.is_empty(), Ordering::Release);
        *armed = Some((rules, HashMap::new()));
    }

    pub(super) fn action(site: Site) -> Option<Action> {
        if !ANY.load(Ordering::Acquire) {
            return None;
        }
        let mut armed = ARMED.lock();
        let (rules, reached) = armed.as_mut()?;
        let times = reached.entry(site).or_default();
        *times += 1;
        let times = *times;
        rules
            .iter()
            .find(|rule| rule.site == site && (rule.first..=rule.last).contains(&times))
            .map(|rule| rule.action)
    }
}

#[cfg(not(any(debug_assertions, feature = "failpoints")))]
mod armed {
    use super::{Action, Rule, Site};

    pub(super) fn set(_: Vec<Rule>) {}

    #[inline(always)]
    pub(super) fn action(_: Site) -> Option<Action> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_they_are_written() {
        let rule = |text| Rule::parse(text).unwrap();
        let (site, most) = (Site::StoreSettle, u64::MAX);
        for (text, action, first, last) in [
            ("store.settle=kill@3", Action::Kill, 3, 3),
            ("store.settle = error", Action::Error, 1, most),
            ("store.settle=panic@2+", Action::Panic, 2, most),
            ("store.settle=delay(200ms)@1-4", Action::Delay(Duration::from_millis(200)), 1, 4),
        ] {
            assert_eq!(rule(text), Rule { site, action, first, last }, "{text}");
        }
        for text in ["store.settle", "nowhere=error", "store.settle=boom", "store.settle=error@x"] {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::HashSet<&str> = Site::ALL.iter().map(|site| site.name()).collect();
        assert_eq!(names.len(), Site::ALL.len());
    }
}
