//! The order of hooks at one point: band, then number, then id, refined by what each
//! says about others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::EffectiveHook;

/// Puts hooks in order. Names in constraints that aren't among them are ignored.
///
/// # Errors
/// The names of a cycle, the first one repeated at its end.
pub(crate) fn order(mut hooks: Vec<Arc<EffectiveHook>>) -> Result<Vec<Arc<EffectiveHook>>, Vec<String>> {
    hooks.sort_by(|a, b| place(a).cmp(&place(b)));
    let names: BTreeMap<&str, usize> =
        hooks.iter().enumerate().map(|(index, hook)| (hook.name.as_str(), index)).collect();
    // What must come before each.
    let mut waits: Vec<Vec<usize>> = vec![Vec::new(); hooks.len()];
    for (index, hook) in hooks.iter().enumerate() {
        let known = |name: &String| names.get(name.as_str()).copied();
        for later in hook.before.iter().filter_map(known) {
            if let Some(waits) = waits.get_mut(later) {
                waits.push(index);
            }
        }
        if let Some(waits) = waits.get_mut(index) {
            waits.extend(hook.after.iter().filter_map(known));
        }
    }
    let mut placed = vec![false; hooks.len()];
    let mut ordered = Vec::with_capacity(hooks.len());
    while ordered.len() < hooks.len() {
        let is_placed = |index: &usize| placed.get(*index).copied().unwrap_or(true);
        // The first in the plain order that waits for nobody: so the order is stable.
        let next = waits
            .iter()
            .enumerate()
            .find_map(|(index, waits)| (!is_placed(&index) && waits.iter().all(is_placed)).then_some(index));
        let Some(next) = next else { return Err(cycle(&hooks, &waits, &placed)) };
        if let Some(placed) = placed.get_mut(next) {
            *placed = true;
        }
        ordered.extend(hooks.get(next).cloned());
    }
    Ok(ordered)
}

fn place(hook: &EffectiveHook) -> (super::HookBand, i32, &str) {
    (hook.band.value, hook.order.value, &hook.name)
}

/// Walks from one that waits to what it waits for, until somebody comes again.
fn cycle(hooks: &[Arc<EffectiveHook>], waits: &[Vec<usize>], placed: &[bool]) -> Vec<String> {
    let open = |index: &usize| placed.get(*index) == Some(&false);
    let mut path: Vec<usize> = Vec::new();
    let mut at = (0..hooks.len()).find(open);
    while let Some(index) = at {
        if let Some(start) = path.iter().position(|seen| *seen == index) {
            path.drain(..start);
            path.push(index);
            break;
        }
        path.push(index);
        at = waits.get(index).and_then(|waits| waits.iter().copied().find(open));
    }
    // The walk went against the order.
    path.iter().rev().filter_map(|index| hooks.get(*index)).map(|hook| hook.name.clone()).collect()
}
