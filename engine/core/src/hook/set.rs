//! The hooks of one launch, resolved once: which generations, with which settings, in
//! which order at each point.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::order::order;
use super::{EffectiveHook, Hook, HookConfig, HookPoint, SettingSource};
use crate::definition::problem::unknown;
use crate::registry::Registry;

/// The hooks that an engine has, and what its workspace says about them.
#[derive(Clone)]
pub struct Hooks {
    /// All hooks; the orchestrator adds the built-in ones whose names aren't taken.
    pub registry: Arc<Registry<dyn Hook>>,
    /// `hooks:` of `lariat.yaml`.
    pub settings: BTreeMap<String, HookConfig>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { registry: Arc::new(Registry::new("hook")), settings: BTreeMap::new() }
    }
}

/// The hooks of one launch, of the generations it started with.
#[derive(Debug, Clone, Default)]
pub struct HookSet {
    points: BTreeMap<HookPoint, Arc<[Arc<EffectiveHook>]>>,
    hooks: Vec<Arc<EffectiveHook>>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// A hook at one of its points, as it is listed.
#[derive(Debug, Clone, Serialize)]
pub struct HookListing {
    /// The point.
    pub point: HookPoint,
    /// Its place among those that run there, from 1; none when it is off.
    pub position: Option<usize>,
    /// The hook.
    #[serde(flatten)]
    pub hook: Arc<EffectiveHook>,
}

impl HookSet {
    /// Takes the hooks in force and lays the settings of `lariat.yaml` and of a group
    /// over them.
    pub fn resolve(hooks: &Hooks, group: &BTreeMap<String, HookConfig>) -> Self {
        let registered = hooks.registry.list();
        let mut set = Self::default();
        set.look_for_unknown(&registered, &hooks.settings, SettingSource::Workspace);
        set.look_for_unknown(&registered, group, SettingSource::Group);
        for (name, registered) in &registered {
            let layers = [
                (SettingSource::Workspace, hooks.settings.get(name)),
                (SettingSource::Group, group.get(name)),
            ];
            let (hook, problems) = EffectiveHook::new(name, registered, &layers);
            set.hooks.push(Arc::new(hook));
            set.problems.extend(problems);
        }
        set.look_for_unknown_neighbours();
        set.put_in_order();
        set
    }

    /// A guard whose name is misspelled, or whose script is broken, must not be missing
    /// in silence.
    fn look_for_unknown(
        &mut self,
        registered: &[(String, crate::registry::Registered<dyn Hook>)],
        settings: &BTreeMap<String, HookConfig>,
        from: SettingSource,
    ) {
        let known: Vec<&str> = registered.iter().map(|(name, _)| name.as_str()).collect();
        for (name, config) in settings {
            if known.contains(&name.as_str()) {
                continue;
            }
            let (place, what) = (from.as_str(), unknown("hook", name, known.iter().copied()));
            let told = format!("{place}: hooks.{name}: {what}");
            if config.enabled == Some(false) {
                // Perhaps its script is gone; or another one is still on.
                self.warnings.push(told);
            } else {
                self.problems.push(told);
            }
        }
    }

    /// A hook may name neighbours that only other workspaces have, so that a launch goes
    /// on; but not in silence, since the name may be misspelled.
    fn look_for_unknown_neighbours(&mut self) {
        let known: Vec<&str> = self.hooks.iter().map(|hook| hook.name.as_str()).collect();
        let mut warnings = Vec::new();
        for hook in self.hooks.iter().filter(|hook| hook.enabled.value) {
            for (word, names) in [("before", &hook.before), ("after", &hook.after)] {
                for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
                    let what = unknown("hook", name, known.iter().copied());
                    warnings.push(format!("{}: {word}: {what}", hook.title()));
                }
            }
        }
        self.warnings.extend(warnings);
    }

    fn put_in_order(&mut self) {
        let mut cycles = BTreeSet::new();
        for point in HookPoint::all() {
            let here: Vec<_> =
                self.hooks.iter().filter(|h| h.enabled.value && h.on.contains(&point)).cloned().collect();
            match order(here) {
                Ok(ordered) if ordered.is_empty() => {}
                Ok(ordered) => {
                    self.points.insert(point, ordered.into());
                }
                Err(cycle) => {
                    cycles.insert(format!(
                        "hooks wait for one another in a circle: {}; take one `before` or `after` away",
                        cycle.join(" → ")
                    ));
                }
            }
        }
        self.problems.extend(cycles);
    }

    /// The hooks that run at a point, in their order.
    pub fn at(&self, point: HookPoint) -> Arc<[Arc<EffectiveHook>]> {
        self.points.get(&point).cloned().unwrap_or_default()
    }

    /// Why no launch can go by these hooks: settings that aren't accepted, unknown
    /// names, a circle.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What doesn't keep a launch from going by these hooks, but is hardly meant: names
    /// that no hook has, among those that are off or in `before` and `after`.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Every hook at every of its points, in the order in which they run; after those,
    /// what is off there.
    pub fn listing(&self) -> Vec<HookListing> {
        let mut rows = Vec::new();
        for point in HookPoint::all() {
            let runs = self.at(point);
            rows.extend(runs.iter().enumerate().map(|(index, hook)| HookListing {
                point,
                position: Some(index + 1),
                hook: hook.clone(),
            }));
            let off = self.hooks.iter().filter(|h| !h.enabled.value && h.on.contains(&point));
            rows.extend(off.map(|hook| HookListing { point, position: None, hook: hook.clone() }));
        }
        rows
    }
}
