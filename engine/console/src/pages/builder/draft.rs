//! What is being edited: a definition, with the filters and sorts that are switched off.
//! Those are kept in the definition's `gui_config`, which engines leave alone.

use lariat_core::definition::{Filter, PoolDefinition, QueryDefinition, Sort};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key of `gui_config`.
const KEY: &str = "switched_off";

/// A line of the builder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line<T> {
    /// Whether it acts.
    #[serde(skip)]
    pub(super) on: bool,
    /// Its place among all, where it is switched off.
    at: usize,
    /// What it says.
    pub(super) what: T,
}

impl<T> Line<T> {
    /// A line, switched on or off.
    pub(super) fn new(what: T, on: bool) -> Self {
        Self { on, at: 0, what }
    }
}

/// What is being edited.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    /// Everything that isn't a filter or a sort.
    pub(super) base: PoolDefinition,
    pub(super) filters: Vec<Line<Filter>>,
    pub(super) sorts: Vec<Line<Sort>>,
    /// The `config` that is written already.
    pub(super) saved: Map<String, Value>,
    /// The folder that is looked into, to choose one.
    pub(super) browsed: Option<String>,
    /// Whether an sql pool's query is written as SQL.
    pub(super) raw: bool,
    /// What can't be read, with the field's name.
    pub(super) wrong: Vec<String>,
}

fn lines<T: DeserializeOwned + Clone>(on: &[T], gui: Option<&Value>, key: &str) -> Vec<Line<T>> {
    let mut lines: Vec<Line<T>> = on.iter().map(|what| Line::new(what.clone(), true)).collect();
    let off = gui.and_then(|gui| gui.get(KEY)?.get(key)).cloned().unwrap_or_default();
    let off: Vec<Line<T>> = serde_json::from_value(off).unwrap_or_default();
    for line in off {
        lines.insert(line.at.min(lines.len()), line);
    }
    lines
}

fn parts<T: Serialize + Clone>(lines: &[Line<T>]) -> (Vec<T>, Vec<Line<T>>) {
    let on = lines.iter().filter(|line| line.on).map(|line| line.what.clone()).collect();
    let off = lines.iter().enumerate().filter(|(_, line)| !line.on);
    (on, off.map(|(at, line)| Line { at, ..line.clone() }).collect())
}

impl Draft {
    /// A draft of a definition.
    pub(super) fn of(definition: &PoolDefinition) -> Self {
        let query = definition.query.clone().unwrap_or_default();
        let gui = definition.gui_config.as_ref();
        Self {
            filters: lines(&query.filters, gui, "filters"),
            sorts: lines(&query.sort, gui, "sort"),
            raw: query.select.is_some(),
            saved: definition.config.clone(),
            browsed: None,
            base: definition.clone(),
            wrong: Vec::new(),
        }
    }

    /// The definition that it makes.
    pub(super) fn definition(&self) -> PoolDefinition {
        let mut definition = self.base.clone();
        if definition.pool_type != "sql" {
            return definition;
        }
        let (filters, filters_off) = parts(&self.filters);
        let (sort, sorts_off) = parts(&self.sorts);
        let was = self.base.query.clone().unwrap_or_default();
        definition.query = Some(if self.raw {
            QueryDefinition { select: was.select, parameters: was.parameters, ..QueryDefinition::default() }
        } else {
            QueryDefinition { filters, sort, limit: was.limit, ..QueryDefinition::default() }
        });
        let mut off = Map::new();
        if !filters_off.is_empty() {
            off.insert("filters".to_owned(), serde_json::to_value(filters_off).unwrap_or_default());
        }
        if !sorts_off.is_empty() {
            off.insert("sort".to_owned(), serde_json::to_value(sorts_off).unwrap_or_default());
        }
        definition.gui_config = keep(definition.gui_config, off);
        definition
    }
}

/// `gui_config` with what is switched off, and everything else that is in it.
fn keep(gui: Option<Value>, off: Map<String, Value>) -> Option<Value> {
    match gui {
        Some(Value::Object(mut gui)) => {
            gui.remove(KEY);
            if !off.is_empty() {
                gui.insert(KEY.to_owned(), Value::Object(off));
            }
            (!gui.is_empty()).then_some(Value::Object(gui))
        }
        None if !off.is_empty() => {
            Some(Value::Object(Map::from_iter([(KEY.to_owned(), Value::Object(off))])))
        }
        // Another program's: left as it is.
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_switched_off_keeps_its_place_and_doesnt_act() {
        let definition: PoolDefinition = serde_json::from_value(json!({
            "name": "P", "type": "sql", "gui_config": {"mine": 1},
            "query": {"filters": [
                {"field": "a", "operator": "=", "value": 1}, {"field": "b", "operator": "is null"},
                {"field": "c", "operator": "in", "values": [1, 2]}], "limit": 5},
        }))
        .unwrap();
        let mut draft = Draft::of(&definition);
        assert_eq!(draft.definition(), definition);
        draft.filters[1].on = false;
        let saved = draft.definition();
        let fields = |definition: &PoolDefinition| {
            let filters = &definition.query.as_ref().unwrap().filters;
            filters.iter().map(|filter| filter.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fields(&saved), ["a", "c"]);
        assert_eq!(saved.gui_config.as_ref().unwrap()["mine"], 1);
        let mut again = Draft::of(&saved);
        assert_eq!(again.filters.iter().map(|line| line.on).collect::<Vec<_>>(), [true, false, true]);
        again.filters[1].on = true;
        assert_eq!(again.definition(), definition);
    }
}
