//! Runs a target on its corpus and on mutations of it. Inputs that were taken in a new way are
//! mutated further. Everything follows from the seed.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use lariat_core::test_support::Dice;

use crate::Target;

/// Inputs longer than this aren't kept.
const LONGEST: usize = 8_192;

/// A file of this crate.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The committed inputs of a target, in the order of their names.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = file("corpus").join(name);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The words of a target's dictionary: `"word"` a line, as libFuzzer has them.
pub fn dictionary(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file("dictionaries").join(format!("{name}.dict"))).unwrap();
    let words = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    words
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {line}: {error}")))
        .collect()
}

/// Runs a target on its corpus and on so many mutations.
///
/// # Panics
/// When a rule was broken, with the input.
pub fn run(name: &str, target: Target, executions: u64, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut pool = corpus(name);
    assert!(!pool.is_empty(), "{name} has no corpus");
    let words = dictionary(name);
    let committed = pool.len();
    let mut signs: BTreeSet<_> = pool.iter().map(|input| attempt(name, target, input, seed)).collect();
    for _ in 0..executions {
        let mut input = dice.pick(&pool).clone();
        for _ in 0..dice.between(1, 5) {
            mutate(&mut input, &pool, &words, &mut dice);
        }
        input.truncate(LONGEST);
        if signs.insert(attempt(name, target, &input, seed)) {
            pool.push(input);
        }
    }
    eprintln!("{name}: {executions} mutations of {committed} inputs, {} ways to take them", signs.len());
}

fn attempt(name: &str, target: Target, input: &[u8], seed: u64) -> crate::Sign {
    catch_unwind(AssertUnwindSafe(|| target(input))).unwrap_or_else(|_| {
        panic!(
            "{name}, SEED={seed}, broke a rule with {:?}\n(add it to tests/fuzz/corpus/{name})",
            String::from_utf8_lossy(input)
        )
    })
}

fn mutate(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[String], dice: &mut Dice) {
    let at = dice.below(input.len() + 1);
    let until = (at + dice.below(24)).min(input.len());
    match dice.weighted(&[6, 3, 2, 3, 3, 2, 2]) {
        0 => drop(input.splice(at..at, dice.pick(words).bytes())),
        1 => drop(input.splice(at..until, dice.pick(words).bytes())),
        2 => drop(input.drain(at..until)),
        3 => {
            // A piece of another input, or of this one.
            let other = dice.pick(pool).clone();
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(64)).min(other.len());
            input.splice(at..until, other.get(from..to).unwrap_or_default().iter().copied());
        }
        4 => {
            let byte = u8::try_from(dice.below(256)).unwrap();
            if let Some(old) = input.get_mut(at) {
                *old = byte;
            }
        }
        5 => input.truncate(at),
        _ => {
            let piece = input.get(at..until).unwrap_or_default().repeat(dice.below(6) + 1);
            input.splice(at..at, piece);
        }
    }
}
