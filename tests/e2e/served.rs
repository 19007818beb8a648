//! What bots were served, and whether it was in the order of the definition then in force.
//!
//! A bot is given its account at some moment between the end of its last one and
//! `lease.granted`. If that moment was over for one bot before it began for another, the
//! one's account must come first in the order, and by no newer a version. Nothing is said of
//! two moments that overlap.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// Something that was served.
struct Lease {
    account: usize,
    /// Between these events it was chosen.
    from: u64,
    to: u64,
    version: usize,
    routine: usize,
}

/// Judges a storm by its events.
pub struct Served<F> {
    /// The place of an account in a version's order.
    place: F,
    /// From which event on at least which version is in force.
    marks: Vec<(u64, usize)>,
}

impl<F: Fn(usize, usize) -> usize> Served<F> {
    pub fn new(place: F) -> Self {
        Self { place, marks: Vec::new() }
    }

    /// Whatever is chosen after this event is chosen by this version, or a later one.
    pub fn at_least(&mut self, event: &Value, version: usize) {
        self.marks.push((event["seq"].as_u64().unwrap(), version));
    }

    /// That every account was served once, and each in its turn.
    pub fn check(&self, events: &[Value], accounts: usize, context: &str) {
        let mut leases = leases(events);
        let mut times: BTreeMap<usize, usize> = BTreeMap::new();
        for event in events.iter().filter(|event| event["type"] == "lease.settled") {
            assert_eq!(event["outcome"], "completed", "{context}: {event}");
            *times.entry(number(event)).or_default() += 1;
        }
        assert_eq!(times.len(), accounts, "{context}");
        assert!(times.values().all(|times| *times == 1), "{context}");

        leases.sort_by_key(|lease| lease.to);
        let (mut in_order, mut pairs) = (0, 0);
        for (at, later) in leases.iter().enumerate() {
            let before = leases[..at].partition_point(|lease| lease.to < later.from);
            // The last ones tell: each of them was compared with those before it.
            for earlier in leases[..before].iter().rev().take(200) {
                let (old, new) = (earlier.version, later.version);
                assert!(
                    old <= new,
                    "{context}: version {new} was in force after {old}, for {}",
                    later.account
                );
                assert!(earlier.routine <= later.routine, "{context}: routine {} came back", later.routine);
                if old == new {
                    let places = ((self.place)(old, earlier.account), (self.place)(new, later.account));
                    assert!(
                        places.0 < places.1,
                        "{context}: {} came before {}",
                        earlier.account,
                        later.account
                    );
                    in_order += 1;
                }
                pairs += 1;
            }
        }
        assert!(in_order > accounts && pairs > in_order, "{context}: {in_order} of {pairs} pairs compared");
        for (mark, version) in &self.marks {
            let late = leases.iter().find(|lease| lease.from > *mark && lease.version < *version);
            assert!(
                late.is_none(),
                "{context}: {:?} after {version} was in force",
                late.map(|it| it.version)
            );
        }
    }
}

/// An account's number.
fn number(event: &Value) -> usize {
    event["account"].as_str().unwrap()[1..].parse().unwrap()
}

fn leases(events: &[Value]) -> Vec<Lease> {
    let mut free: HashMap<(String, u64), u64> = HashMap::new();
    let mut chosen: HashMap<usize, (u64, u64)> = HashMap::new();
    let mut leases = Vec::new();
    for event in events {
        let bot = || (event["group"].as_str().unwrap().to_owned(), event["instance"].as_u64().unwrap());
        let seq = event["seq"].as_u64().unwrap();
        match event["type"].as_str().unwrap() {
            "bot.started" | "lease.settled" => drop(free.insert(bot(), seq)),
            "lease.granted" => drop(chosen.insert(number(event), (free[&bot()], seq))),
            "bot.progress" => {
                let whole = |key: &str| event[key].to_string().trim_end_matches(".0").parse().unwrap();
                let (account, (from, to)) = (number(event), chosen[&number(event)]);
                let (version, routine) = (whole("current"), whole("total"));
                leases.push(Lease { account, from, to, version, routine });
            }
            _ => {}
        }
    }
    leases
}
