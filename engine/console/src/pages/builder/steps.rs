//! What the buttons of the form do to a draft: `add-filter`, `remove-filter-2`,
//! `folder:accounts/manual`, …

use lariat_core::definition::{Direction, Filter, Operator, Sort};

use super::draft::{Draft, Line};

/// Takes a step. One that isn't known changes nothing.
pub(super) fn take(draft: &mut Draft, step: &str) {
    if let Some(folder) = step.strip_prefix("folder:") {
        draft.browsed = Some(folder.to_owned());
        if !folder.is_empty() {
            draft.base.directory = Some(folder.to_owned());
        }
        return;
    }
    match step {
        "add-filter" => {
            let filter = Filter {
                field: String::new(),
                operator: Operator::Equal,
                value: Some("".into()),
                values: None,
                display: None,
            };
            return draft.filters.push(Line::new(filter, true));
        }
        "add-sort" => {
            let sort = Sort { field: String::new(), direction: Direction::Asc, display: None };
            return draft.sorts.push(Line::new(sort, true));
        }
        _ => {}
    }
    let mut words = step.splitn(3, '-');
    let (verb, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(at) = words.next().and_then(|at| at.parse().ok()) else { return };
    match what {
        "filter" => change(&mut draft.filters, verb, at),
        "sort" => change(&mut draft.sorts, verb, at),
        _ => {}
    }
}

fn change<T>(lines: &mut Vec<Line<T>>, verb: &str, at: usize) {
    match verb {
        "remove" if at < lines.len() => drop(lines.remove(at)),
        "up" if at > 0 && at < lines.len() => lines.swap(at, at - 1),
        "down" if at.saturating_add(1) < lines.len() => lines.swap(at, at + 1),
        "switch" => {
            if let Some(line) = lines.get_mut(at) {
                line.on = !line.on;
            }
        }
        _ => {}
    }
}
