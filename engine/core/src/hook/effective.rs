//! A hook's settings as they are in force, each with where it comes from: the hook's
//! own word, `lariat.yaml` over it, the group's file over both.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{DEFAULT_TIMEOUT, Hook, HookBand, HookConfig, HookErrorPolicy, HookPoint};
use crate::duration::Span;
use crate::limits::Calls;
use crate::registry::Registered;

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingSource {
    /// Nobody said anything.
    #[serde(rename = "default")]
    Default,
    /// The hook says it about itself.
    #[serde(rename = "hook")]
    Hook,
    /// `hooks:` in `lariat.yaml`.
    #[serde(rename = "lariat.yaml")]
    Workspace,
    /// `hooks:` in the group's file.
    #[serde(rename = "group")]
    Group,
}

impl SettingSource {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Hook => "hook",
            Self::Workspace => "lariat.yaml",
            Self::Group => "group",
        }
    }
}

/// A setting in force, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Setting<T> {
    /// What is in force.
    pub value: T,
    /// Where it comes from.
    pub from: SettingSource,
}

impl<T> Setting<T> {
    const fn new(value: T, from: SettingSource) -> Self {
        Self { value, from }
    }

    fn lay(&mut self, value: Option<T>, from: SettingSource) {
        if let Some(value) = value {
            *self = Self { value, from };
        }
    }
}

/// A hook of the generation that a launch keeps, with its settings in force.
#[derive(Clone, Serialize)]
pub struct EffectiveHook {
    /// Its id.
    #[serde(rename = "hook")]
    pub name: String,
    /// For people.
    pub description: String,
    /// Where it is written: a file, or `built-in`.
    pub origin: String,
    /// Its generation.
    pub generation: u64,
    /// Whether it runs.
    pub enabled: Setting<bool>,
    /// Which hooks it runs among.
    pub band: Setting<HookBand>,
    /// Its place in the band.
    pub order: Setting<i32>,
    /// What its failure means.
    pub on_error: Setting<HookErrorPolicy>,
    /// How long it may take.
    pub timeout: Setting<Span>,
    /// Its parameters as given, by name.
    pub config: BTreeMap<String, Setting<Value>>,
    /// The parameters that it can't be without. As long as nobody gives any it is off, so that
    /// a hook that comes with a plugin changes no launch before somebody wants it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// When it runs.
    #[serde(skip)]
    pub on: Vec<HookPoint>,
    #[serde(skip)]
    pub(crate) before: Vec<String>,
    #[serde(skip)]
    pub(crate) after: Vec<String>,
    /// Its parameters, checked and with their defaults.
    #[serde(skip)]
    pub(crate) params: Arc<Map<String, Value>>,
    #[serde(skip)]
    pub(crate) hook: Arc<dyn Hook>,
}

impl fmt::Debug for EffectiveHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EffectiveHook({:?}, generation {})", self.name, self.generation)
    }
}

impl EffectiveHook {
    /// What came of its calls so far, where they are counted.
    pub fn calls(&self) -> Option<Calls> {
        self.hook.calls()
    }

    /// Lays the settings of the files over what the hook says, the later ones on top,
    /// and tells what is wrong with them.
    pub(crate) fn new(
        name: &str,
        registered: &Registered<dyn Hook>,
        layers: &[(SettingSource, Option<&HookConfig>)],
    ) -> (Self, Vec<String>) {
        let info = registered.extension.info();
        let timeout = match info.timeout {
            Some(timeout) => Setting::new(timeout, SettingSource::Hook),
            None => Setting::new(DEFAULT_TIMEOUT.into(), SettingSource::Default),
        };
        let mut on = info.on.clone();
        on.sort_unstable();
        on.dedup();
        let mut effective = Self {
            name: name.to_owned(),
            description: info.description.clone(),
            origin: registered.origin.clone(),
            generation: registered.generation,
            on,
            enabled: Setting::new(!info.off_by_default, SettingSource::Hook),
            band: Setting::new(info.band, SettingSource::Hook),
            order: Setting::new(info.order, SettingSource::Hook),
            on_error: Setting::new(info.on_error, SettingSource::Hook),
            timeout,
            config: BTreeMap::new(),
            needs: Vec::new(),
            before: info.before.clone(),
            after: info.after.clone(),
            params: Arc::default(),
            hook: registered.extension.clone(),
        };
        for (from, config) in layers {
            if let Some(config) = config {
                effective.lay(config, *from);
            }
        }
        effective.rest_until_wanted();
        let problems = if effective.enabled.value { effective.check() } else { Vec::new() };
        (effective, problems)
    }

    fn lay(&mut self, config: &HookConfig, from: SettingSource) {
        self.enabled.lay(config.enabled, from);
        self.band.lay(config.band, from);
        self.order.lay(config.order, from);
        self.on_error.lay(config.on_error, from);
        self.timeout.lay(config.timeout, from);
        for (name, value) in &config.config {
            self.config.insert(name.clone(), Setting::new(value.clone(), from));
        }
    }

    /// Is off while it has parameters without which it can't run, and nobody said a word about
    /// them or about whether it is to run.
    fn rest_until_wanted(&mut self) {
        let nobody_wants_it = self.enabled.from == SettingSource::Hook && self.config.is_empty();
        if self.enabled.value && nobody_wants_it {
            self.needs = self.hook.info().params.indispensable().map(str::to_owned).collect();
            self.enabled.value = self.needs.is_empty();
        }
    }

    /// Checks the settings and fills in the parameters.
    fn check(&mut self) -> Vec<String> {
        let place = format!("hooks.{}", self.name);
        let mut problems = Vec::new();
        if self.timeout.value.is_zero() {
            problems
                .push(format!("{place}.timeout: must be longer than 0s ({})", self.timeout.from.as_str()));
        }
        let given = self.config.iter().map(|(name, setting)| (name.clone(), setting.value.clone())).collect();
        match self.hook.info().params.check(&format!("{place}.config"), &given) {
            Ok(params) => self.params = Arc::new(params),
            Err(found) => problems.extend(found.iter().map(ToString::to_string)),
        }
        problems
    }

    /// `hook "quiet_hours" (scripts/hooks/quiet_hours.lua)`
    pub(crate) fn title(&self) -> String {
        format!("hook \"{}\" ({})", self.name, self.origin)
    }
}
