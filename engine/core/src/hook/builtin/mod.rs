//! The hooks that every engine has, on the same trait as all others. Each is off until
//! `hooks:` in `lariat.yaml` or in a group's file enables it. A script with the name of
//! one of these takes its place.
//!
//! | hook | does |
//! |---|---|
//! | [`pool_limit`] | bots at work on one pool at the same time, across all groups |
//! | [`quiet_hours`] | hours without launches, or with one bot only |
//! | [`min_available`] | accounts that a pool must have before a launch |
//! | [`refresh_policy`] | how old a pool's selection may be at a launch |

pub mod min_available;
pub mod pool_limit;
pub mod quiet_hours;
pub mod refresh_policy;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Hook, HookInfo, HookPoint, Moment};
use crate::ids::{LaunchId, PoolName};
use crate::launch::Phase;
use crate::params::ParamSpecs;
use crate::registry::Registry;

pub use min_available::MinAvailable;
pub use pool_limit::PoolLimit;
pub use quiet_hours::QuietHours;
pub use refresh_policy::RefreshPolicy;

/// Where built-in hooks come from, as it is listed.
pub const ORIGIN: &str = "built-in";

/// What built-in hooks see of their engine.
pub trait EngineView: Send + Sync {
    /// The wall-clock time.
    fn now(&self) -> Timestamp;

    /// Bots that are at work on a pool, or will be, in the launches that came before
    /// this one or have their plan already.
    fn bots_on(&self, pool: &PoolName, besides: LaunchId) -> u32;

    /// How many accounts an open pool could serve; `None` if it isn't open.
    fn available(&self, pool: &PoolName) -> Option<usize>;
}

/// No engine at all, for looking at hooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEngine;

impl EngineView for NoEngine {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    fn bots_on(&self, _: &PoolName, _: LaunchId) -> u32 {
        0
    }
    fn available(&self, _: &PoolName) -> Option<usize> {
        None
    }
}

/// Registers the built-in hooks whose names aren't taken.
pub fn add_to(registry: &Registry<dyn Hook>, engine: Arc<dyn EngineView>) {
    let hooks: [Arc<dyn Hook>; 4] = [
        Arc::new(PoolLimit::new(engine.clone())),
        Arc::new(QuietHours::new(engine.clone())),
        Arc::new(MinAvailable::new(engine)),
        Arc::new(RefreshPolicy::new()),
    ];
    for hook in hooks {
        let name = hook.info().name.clone();
        if registry.get(&name).is_err() {
            registry.register(name, ORIGIN, hook);
        }
    }
}

/// What the built-in hooks say about themselves, apart from their parameters.
fn info(name: &str, description: &str, moment: Moment, phase: Phase, params: Value) -> HookInfo {
    HookInfo {
        name: name.into(),
        description: description.into(),
        on: vec![HookPoint::new(moment, phase)],
        // Our own text; a test reads each.
        params: serde_json::from_value::<ParamSpecs>(params).unwrap_or_default(),
        off_by_default: true,
        ..HookInfo::default()
    }
}

/// The `mode` parameter: the words, the first one being the default.
fn mode(words: [&str; 2], description: &str) -> Value {
    let [first, _] = words;
    json!({"type": "string", "enum": words, "default": first, "description": description})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_off_and_say_what_they_take() {
        let registry: Registry<dyn Hook> = Registry::new("hook");
        add_to(&registry, Arc::new(NoEngine));
        let hooks = registry.list();
        let names: Vec<&str> = hooks.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["min_available", "pool_limit", "quiet_hours", "refresh_policy"]);
        for (name, hook) in &hooks {
            let info = hook.extension.info();
            assert!(info.off_by_default && !info.params.0.is_empty(), "{name}");
            assert!(info.params.problems("").is_empty(), "{name}");
        }
    }
}
