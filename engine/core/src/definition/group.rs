//! A group's definition.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{LaunchSettings, Problem};
use crate::hook::HookConfig;
use crate::ids::{GroupName, InstanceId, PoolName};

/// When a running group takes what was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReloadPolicy {
    /// Each bot with its next account.
    #[default]
    NextAccount,
    /// Not before the next launch.
    NextLaunch,
}

impl ReloadPolicy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A named set of bots: a routine, the instances it runs on, and a pool by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDefinition {
    /// Unique in the workspace.
    pub name: GroupName,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The routine's name.
    pub routine: String,
    /// The instances that bots may run on, in the order they are taken.
    #[serde(default)]
    pub instances: Vec<InstanceId>,
    /// How many bots run at once; one for each instance, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_count: Option<u32>,
    /// The pool, resolved at launch; without one, each bot runs its routine once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_pool: Option<PoolName>,
    /// The routine's parameters.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// How its launches go.
    #[serde(default, skip_serializing_if = "LaunchSettings::is_empty")]
    pub launch: LaunchSettings,
    /// What is changed about hooks for this group, by the hook's name; wins over
    /// `hooks` in lariat.yaml.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hooks: BTreeMap<String, HookConfig>,
    /// When its bots take a routine that was edited: with their next account, or with
    /// the next launch. With `next_account`, a `bot_count` that was edited acts at once too.
    #[serde(default, skip_serializing_if = "ReloadPolicy::is_default")]
    pub reload: ReloadPolicy,
    /// Whether `lariat up` launches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub autostart: bool,
}

impl GroupDefinition {
    /// A group of one bot on each instance, without a pool.
    pub fn new(name: GroupName, routine: impl Into<String>, instances: Vec<InstanceId>) -> Self {
        Self {
            name,
            description: None,
            routine: routine.into(),
            instances,
            bot_count: None,
            account_pool: None,
            config: Map::new(),
            launch: LaunchSettings::default(),
            hooks: BTreeMap::new(),
            reload: ReloadPolicy::default(),
            autostart: false,
        }
    }

    /// How many bots it asks for.
    pub fn requested_bots(&self) -> u32 {
        self.bot_count.unwrap_or_else(|| u32::try_from(self.instances.len()).unwrap_or(u32::MAX))
    }

    /// What is wrong with it, as far as that can be told by itself.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.routine.trim().is_empty() {
            found.push(Problem::at("routine", "is empty; name a routine (`lariat routine list` shows them)"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for (index, id) in self.instances.iter().enumerate() {
            if !seen.insert(id) {
                found.push(Problem::at(format!("instances[{index}]"), format!("{id} is listed twice")));
            }
        }
        if self.requested_bots() == 0 {
            let (path, what) = if self.bot_count.is_some() {
                ("bot_count", "must be at least 1")
            } else {
                ("instances", "is empty; list at least one instance id")
            };
            found.push(Problem::at(path, what));
        } else if !self.instances.is_empty() && self.requested_bots() as usize > self.instances.len() {
            found.push(Problem::at(
                "bot_count",
                format!(
                    "asks for {} bots, but `instances` has only {}",
                    self.requested_bots(),
                    self.instances.len()
                ),
            ));
        } else if self.instances.is_empty() {
            found.push(Problem::at("instances", "is empty; list at least one instance id"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(definition: Value) -> Vec<String> {
        let definition: GroupDefinition = serde_json::from_value(definition).unwrap();
        definition.problems().iter().map(|p| p.path.clone()).collect()
    }

    #[test]
    fn tells_what_makes_no_sense() {
        assert!(
            problems(json!({"name": "G", "routine": "R", "instances": [0, 1], "bot_count": 2})).is_empty()
        );
        assert_eq!(problems(json!({"name": "G", "routine": "R", "instances": [0, 0]})), ["instances[1]"]);
        assert_eq!(
            problems(json!({"name": "G", "routine": "R", "instances": [0], "bot_count": 2})),
            ["bot_count"]
        );
        assert_eq!(
            problems(json!({"name": "G", "routine": " ", "instances": [], "bot_count": 1})),
            ["routine", "instances"]
        );
        assert_eq!(
            problems(json!({"name": "G", "routine": "R", "instances": [1], "bot_count": 0})),
            ["bot_count"]
        );
    }
}
