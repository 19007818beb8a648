//! `lariat hook …`

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use clap::Subcommand;
use lariat_core::duration::Span;
use lariat_core::hook::builtin::{self, NoEngine};
use lariat_core::hook::{HookBand, HookErrorPolicy, HookListing, HookSet, Setting, SettingSource};
use lariat_lua::ScriptKind;

use super::check;
use crate::app::{hooks, new_bus};
use crate::args::Global;
use crate::exit::{CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// All hooks, in the order in which they run, and where their settings come from
    List {
        /// As this group has them, by its own `hooks:` too
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
    },
    /// Compile and check hook scripts without running them
    Check {
        /// Hooks by name, or script files; all of the workspace if absent
        names: Vec<String>,
    },
}

/// Runs the command.
pub fn run(global: &Global, command: HookCommand, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    match command {
        HookCommand::List { group } => list(&home, group.as_deref(), output),
        HookCommand::Check { names } => check::run(&home, ScriptKind::Hook, &names, output),
    }
}

fn list(home: &Home, group: Option<&str>, output: Output) -> CliResult {
    let (hooks, scripts) = hooks(home);
    scripts.announce(&new_bus());
    builtin::add_to(&hooks.registry, Arc::new(NoEngine));
    let settings = match group {
        Some(name) => home.catalog().group(name)?.definition.hooks.clone(),
        None => BTreeMap::new(),
    };
    let set = HookSet::resolve(&hooks, &settings);
    let rows = set.listing();
    output.answer(&rows, || text(&rows))?;
    for warning in set.warnings() {
        tracing::warn!("{warning}");
    }
    for problem in set.problems() {
        tracing::error!("{problem}");
    }
    Ok(if set.problems().is_empty() { Exit::Done } else { Exit::Usage })
}

fn text(rows: &[HookListing]) -> String {
    let headers = ["point", "#", "hook", "band", "order", "on error", "timeout", "written in", "config"];
    let mut point = None;
    let lines = rows.iter().map(|row| {
        let hook = &row.hook;
        // A point is named once, for the hooks below it.
        let first = point.replace(row.point) != Some(row.point);
        let place = match (row.position, hook.enabled.from) {
            (Some(position), _) => position.to_string(),
            (None, _) if !hook.needs.is_empty() => format!("off, needs {}", hook.needs.join(", ")),
            (None, SettingSource::Hook | SettingSource::Default) => "off".into(),
            (None, from) => format!("off ({})", from.as_str()),
        };
        vec![
            if first { row.point.to_string() } else { String::new() },
            place,
            hook.name.clone(),
            told(hook.band, band),
            told(hook.order, |order| order.to_string()),
            told(hook.on_error, policy),
            told(hook.timeout, |timeout: Span| timeout.to_string()),
            hook.origin.clone(),
            config(&hook.config),
        ]
    });
    let mut text = table(&headers, &[], lines);
    text.push_str("\n\nIn brackets: the file that decides a setting; without, it is the hook's own.");
    text
}

/// The value, and who decides it when the hook itself doesn't.
fn told<T: Copy>(setting: Setting<T>, show: impl Fn(T) -> String) -> String {
    from(show(setting.value), setting.from)
}

fn from(value: impl Display, from: SettingSource) -> String {
    match from {
        SettingSource::Default | SettingSource::Hook => value.to_string(),
        from => format!("{value} ({})", from.as_str()),
    }
}

fn band(band: HookBand) -> String {
    format!("{band:?}").to_lowercase()
}

fn policy(policy: HookErrorPolicy) -> String {
    format!("{policy:?}").to_lowercase()
}

fn config(settings: &BTreeMap<String, Setting<serde_json::Value>>) -> String {
    let told =
        settings.iter().map(|(name, setting)| from(format!("{name} = {}", setting.value), setting.from));
    let told: Vec<String> = told.collect();
    if told.is_empty() { "-".into() } else { told.join(", ") }
}
