//! What pools and groups have in common as files.

use std::borrow::Borrow;
use std::fmt::Display;

use lariat_core::definition::{GroupDefinition, PoolConfig, PoolDefinition, Problem};
use lariat_core::ids::{GroupName, PoolName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A kind of definition that is kept as files in a folder of its own.
pub(crate) trait Kind:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    type Name: Clone + Ord + Borrow<str> + Display + Send + Sync;
    /// `pool`, `group`.
    const NOUN: &'static str;
    /// `pools`, `groups`.
    const FOLDER: &'static str;

    fn name(&self) -> &Self::Name;

    fn problems(&self) -> Vec<Problem>;

    /// Names and ids with their paths: texts that YAML may have taken for numbers.
    fn identities(&self) -> Vec<(String, &str)>;

    /// As a file holds it: without what is at its default.
    fn to_value(&self) -> Result<Value, String>;
}

impl Kind for PoolDefinition {
    type Name = PoolName;
    const NOUN: &'static str = "pool";
    const FOLDER: &'static str = "pools";

    fn name(&self) -> &PoolName {
        &self.name
    }

    fn problems(&self) -> Vec<Problem> {
        Self::problems(self)
    }

    fn identities(&self) -> Vec<(String, &str)> {
        let mut all = vec![("name".to_owned(), self.name.as_str())];
        for (key, ids) in [("include", &self.include), ("exclude", &self.exclude)] {
            all.extend(ids.iter().enumerate().map(|(index, id)| (format!("{key}[{index}]"), id.as_str())));
        }
        all
    }

    fn to_value(&self) -> Result<Value, String> {
        let mut value = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let default = serde_json::to_value(PoolConfig::default()).map_err(|error| error.to_string())?;
        if let Some(map) = value.as_object_mut()
            && let Some(Value::Object(config)) = map.get_mut("pool_config")
        {
            config.retain(|key, value| default.get(key) != Some(value));
            if config.is_empty() {
                map.shift_remove("pool_config");
            }
        }
        Ok(value)
    }
}

impl Kind for GroupDefinition {
    type Name = GroupName;
    const NOUN: &'static str = "group";
    const FOLDER: &'static str = "groups";

    fn name(&self) -> &GroupName {
        &self.name
    }

    fn problems(&self) -> Vec<Problem> {
        Self::problems(self)
    }

    fn identities(&self) -> Vec<(String, &str)> {
        let mut all = vec![("name".to_owned(), self.name.as_str())];
        all.extend(self.account_pool.as_ref().map(|pool| ("account_pool".to_owned(), pool.as_str())));
        all
    }

    fn to_value(&self) -> Result<Value, String> {
        serde_json::to_value(self).map_err(|error| error.to_string())
    }
}
