//! The ledger in memory keeps the promises, under random stories.
//! `LARIAT_MODEL_STEPS=1000000` tells longer ones, `SEED=…` the same again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use lariat_core::ids::{LeaseToken, PoolName};
use lariat_core::ledger::LeaseDecision;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use lariat_core::test_support::{Answer, MemorySubject, Request, Seen, Subject, check};

#[test]
fn memory_keeps_the_promises() {
    let steps = from_environment("LARIAT_MODEL_STEPS").unwrap_or(200_000);
    check(steps, from_environment("SEED").unwrap_or_else(fresh_seed), MemorySubject::new);
}

/// A ledger that answers a little too kindly, by `lie`.
struct Liar {
    memory: MemorySubject,
    lie: fn(&Request, &mut Answer),
}

impl Subject for Liar {
    fn ask(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        let mut answers = self.memory.ask(requests.clone());
        requests.iter().zip(&mut answers).for_each(|(request, answer)| (self.lie)(request, answer));
        answers
    }
    fn crash(&mut self, turns: u32, requests: Vec<Request>) {
        self.memory.crash(turns, requests);
    }
    fn restart(&mut self) {
        self.memory.restart();
    }
    fn wait(&mut self, time: std::time::Duration) {
        self.memory.wait(time);
    }
    fn now(&self) -> jiff::Timestamp {
        self.memory.now()
    }
    fn see(&mut self, pools: &[PoolName]) -> Seen {
        self.memory.see(pools)
    }
}

#[test]
fn the_model_finds_every_lie_and_tells_it_in_few_steps() {
    let lies: [fn(&Request, &mut Answer); 5] = [
        // Who holds it doesn't matter.
        |request, answer| {
            if let (Request::Lease(request), Answer::Leased(LeaseDecision::Held { .. })) = (request, &answer)
            {
                let token = LeaseToken(i64::try_from(request.ttl.as_secs()).unwrap() + 1_000_000);
                *answer = Answer::Leased(LeaseDecision::Granted { token });
            }
        },
        // A late result counts after all.
        |_, answer| {
            if *answer == Answer::Fenced {
                *answer = Answer::Done;
            }
        },
        // Nothing was lost.
        |_, answer| {
            if let Answer::Renewed(lost) = answer {
                lost.clear();
            }
        },
        // Nobody needed a rescue.
        |_, answer| {
            if let Answer::Rescued(leases) = answer {
                leases.clear();
            }
        },
        // A token that was given before.
        |_, answer| {
            if let Answer::Leased(LeaseDecision::Granted { token }) = answer {
                *token = LeaseToken(1);
            }
        },
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let found =
            std::panic::catch_unwind(|| check(5_000, 1, || Liar { memory: MemorySubject::new(), lie }));
        let story = *found.expect_err("a lie was believed").downcast::<String>().unwrap();
        let steps = story.lines().filter(|line| line.starts_with("        ")).count();
        assert!(steps > 0 && steps <= 4, "lie {number}: {story}");
    }
}
