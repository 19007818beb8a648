//! The words of a story, and random stories. A story names leases by their account, so
//! that it still means something when steps are left out.

use super::dice::Dice;
use crate::outcome::Disposition;

/// The accounts of a story; each but [`GHOST`] has a row in the account table.
pub const ACCOUNTS: [&str; 6] = ["a", "b", "c", "d", "e", GHOST];
/// An account that a pool serves and the account table doesn't know.
pub const GHOST: &str = "ghost";
/// The pools of a story.
pub const POOLS: [&str; 3] = ["one", "two", "three"];
/// The bots of a story.
pub const HOLDERS: usize = 4;

/// Which lease of an account is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The last that was granted and told.
    Newest,
    /// The one before it.
    Former,
}

/// Something that is asked of a ledger. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Ask {
    Lease { account: &'static str, pool: &'static str, holder: usize, ttl: u64, repeat_after: Option<u64> },
    Settle { account: &'static str, lease: Which, end: Disposition, ran: bool, cards: i64 },
    Renew { accounts: Vec<&'static str>, lease: Which, ttl: u64 },
    Refreshed { pool: &'static str },
    Reset { pool: &'static str, only: Option<Vec<&'static str>> },
    Rescue,
}

/// What happens in a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These are asked together, in this order, before any is answered.
    AtOnce(Vec<Ask>),
    /// So many seconds pass.
    Wait(u64),
    /// These are asked, and after so many turns of the runtime the engine dies; another
    /// one starts.
    Crash(u32, Vec<Ask>),
    /// The engine ends in order; another one starts.
    Restart,
}

impl Step {
    /// How many transitions it is.
    pub fn transitions(&self) -> u64 {
        match self {
            Self::AtOnce(asks) | Self::Crash(_, asks) => u64::try_from(asks.len()).unwrap() + 1,
            Self::Wait(_) | Self::Restart => 1,
        }
    }
}

const ENDS: [Disposition; 5] = [
    Disposition::Completed,
    Disposition::Failed,
    Disposition::Retried,
    Disposition::Skipped,
    Disposition::Returned,
];

/// A random story of so many steps.
pub fn random(dice: &mut Dice, steps: usize) -> Vec<Step> {
    let mut story = Vec::with_capacity(steps);
    while story.len() < steps {
        let step = match dice.weighted(&[70, 20, 6, 2]) {
            0 => Step::AtOnce(asks(dice, 8)),
            1 => Step::Wait(dice.between(1, 12)),
            2 => Step::Crash(*dice.pick(&[0, 1, 2, 3, 5, 50, 500]), asks(dice, 4)),
            _ => Step::Restart,
        };
        let died = matches!(step, Step::Crash(..) | Step::Restart);
        story.push(step);
        if died && dice.percent(70) {
            story.push(Step::AtOnce(vec![Ask::Rescue]));
        }
    }
    story
}

fn asks(dice: &mut Dice, most: u64) -> Vec<Ask> {
    (0..dice.between(1, most)).map(|_| ask(dice)).collect()
}

fn ask(dice: &mut Dice) -> Ask {
    let (account, pool) = (*dice.pick(&ACCOUNTS), *dice.pick(&POOLS));
    let lease = if dice.percent(85) { Which::Newest } else { Which::Former };
    match dice.weighted(&[40, 35, 12, 4, 5, 1]) {
        0 => Ask::Lease {
            account,
            pool,
            holder: dice.below(HOLDERS),
            ttl: dice.between(1, 20),
            repeat_after: dice.percent(40).then(|| dice.between(0, 30)),
        },
        1 => {
            let cards = i64::try_from(dice.between(0, 9)).unwrap() - 2;
            Ask::Settle { account, lease, end: *dice.pick(&ENDS), ran: dice.percent(80), cards }
        }
        2 => {
            let mut accounts = ACCOUNTS;
            dice.shuffle(&mut accounts);
            let accounts = accounts[..dice.below(3) + 1].to_vec();
            Ask::Renew { accounts, lease, ttl: dice.between(1, 20) }
        }
        3 => Ask::Refreshed { pool },
        4 => {
            let only = dice.percent(60).then(|| vec![account, *dice.pick(&ACCOUNTS)]);
            Ask::Reset { pool, only }
        }
        _ => Ask::Rescue,
    }
}
