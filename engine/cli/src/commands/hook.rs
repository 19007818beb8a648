//! `lariat hook …`

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use clap::Subcommand;
use lariat_core::duration::Span;
use lariat_core::hook::builtin::{self, NoEngine};
use lariat_core::hook::{HookBand, HookErrorPolicy, HookPoint, HookSet, Setting, SettingSource};
use lariat_lua::ScriptKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check;
use crate::app::{hooks, new_bus};
use crate::args::Global;
use crate::engine::remote::{Remote, encoded, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::{self, Home};
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
pub async fn run(global: &Global, command: HookCommand, output: Output) -> CliResult {
    let group = match command {
        HookCommand::List { group } => group,
        HookCommand::Check { names } => {
            return check::run(&Home::open_declared(global)?, ScriptKind::Hook, &names, output);
        }
    };
    let listed = match Remote::find(&home::find(global)?).await? {
        Some(engine) => by_engine(&engine, group.as_deref()).await?,
        None => here(&Home::open_declared(global)?, group.as_deref())?,
    };
    let rows = listed.hooks.iter().map(Row::deserialize).collect::<Result<Vec<_>, _>>();
    let rows = rows.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    output.answer(&listed.hooks, || text(&rows))?;
    for warning in &listed.warnings {
        tracing::warn!("{warning}");
    }
    for problem in &listed.problems {
        tracing::error!("{problem}");
    }
    Ok(if listed.problems.is_empty() { Exit::Done } else { Exit::Usage })
}

/// The hooks as they are listed.
#[derive(Deserialize)]
struct Listed {
    hooks: Vec<Value>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// A hook at a point, as far as it is shown.
#[derive(Deserialize)]
struct Row {
    point: HookPoint,
    position: Option<usize>,
    #[serde(rename = "hook")]
    name: String,
    origin: String,
    enabled: Setting<bool>,
    band: Setting<HookBand>,
    order: Setting<i32>,
    on_error: Setting<HookErrorPolicy>,
    timeout: Setting<Span>,
    config: BTreeMap<String, Setting<Value>>,
    #[serde(default)]
    needs: Vec<String>,
}

/// As the running engine has them in force.
async fn by_engine(engine: &Remote, group: Option<&str>) -> Result<Listed, CliError> {
    let query = group.map(|group| format!("?group={}", encoded(group))).unwrap_or_default();
    read(engine.get(&format!("hooks{query}")).await?)
}

/// As the files have them: no engine runs.
fn here(home: &Home, group: Option<&str>) -> Result<Listed, CliError> {
    let (hooks, scripts) = hooks(home);
    scripts.announce(&new_bus());
    builtin::add_to(&hooks.registry, Arc::new(NoEngine));
    let settings = match group {
        Some(name) => home.catalog().group(name)?.definition.hooks.clone(),
        None => BTreeMap::new(),
    };
    let set = HookSet::resolve(&hooks, &settings);
    Ok(Listed {
        hooks: set.listing().iter().map(|row| json!(row)).collect(),
        problems: set.problems().to_vec(),
        warnings: set.warnings().to_vec(),
    })
}

fn text(rows: &[Row]) -> String {
    let headers = ["point", "#", "hook", "band", "order", "on error", "timeout", "written in", "config"];
    let mut point = None;
    let lines = rows.iter().map(|hook| {
        // A point is named once, for the hooks below it.
        let first = point.replace(hook.point) != Some(hook.point);
        let place = match (hook.position, hook.enabled.from) {
            (Some(position), _) => position.to_string(),
            (None, _) if !hook.needs.is_empty() => format!("off, needs {}", hook.needs.join(", ")),
            (None, SettingSource::Hook | SettingSource::Default) => "off".into(),
            (None, from) => format!("off ({})", from.as_str()),
        };
        vec![
            if first { hook.point.to_string() } else { String::new() },
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

fn config(settings: &BTreeMap<String, Setting<Value>>) -> String {
    let told =
        settings.iter().map(|(name, setting)| from(format!("{name} = {}", setting.value), setting.from));
    let told: Vec<String> = told.collect();
    if told.is_empty() { "-".into() } else { told.join(", ") }
}
