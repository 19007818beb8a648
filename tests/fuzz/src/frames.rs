//! What a plugin in a process of its own sends, which may be anything.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use lariat_core::kv::MemoryKv;
use lariat_native::hostile::{Heard, OPERATIONS, Said, hear};
use tokio::runtime::Runtime;

use crate::sign::Sign;

/// As a failure that may pass.
const GONE: i32 = 2;

/// Frames to the engine, while it waits for some answers.
pub fn plugin_frames(bytes: &[u8]) -> Sign {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().unwrap()
    };
    let _within = RUNTIME.get_or_init(build).enter();
    let Heard { frames, hello, answers, opened, dropped, told } = hear(bytes, Arc::new(MemoryKv::default()));

    // Before it said what it is, nothing counts.
    let taken = if hello { frames.get(1..).unwrap_or_default() } else { &[] };
    let (mut first, mut opens, mut late) = (HashMap::new(), None, 0);
    let mut asked: HashMap<u64, usize> = HashMap::new();
    for said in taken {
        match *said {
            Said::Complete(op, status) if (1..=OPERATIONS).contains(&op) && !first.contains_key(&op) => {
                first.insert(op, status);
            }
            Said::Complete(..) => late += 1,
            Said::Opened(1, status) => opens = opens.or(Some(status)),
            Said::Ask(id) => *asked.entry(id).or_default() += 1,
            Said::Opened(..) | Said::Other => {}
        }
    }
    let expected: Vec<i32> = (1..=OPERATIONS).map(|op| first.get(&op).copied().unwrap_or(GONE)).collect();
    assert_eq!(answers, expected, "each operation has its first answer, or that its process is gone");
    assert_eq!(dropped, late, "answers that nobody waits for are counted");
    assert_eq!(opened, opens);
    for id in told {
        let left = asked.get_mut(&id).filter(|left| id != 0 && **left > 0);
        *left.unwrap_or_else(|| panic!("{id} is answered more often than it was asked")) -= 1;
    }
    Sign::of_all(
        taken.iter().take(8).map(|said| format!("{said:?}").replace(|c: char| c.is_ascii_digit(), "")),
    )
}
