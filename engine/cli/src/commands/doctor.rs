//! `lariat doctor`: checks a workspace; each finding says what to do.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use lariat_core::hook::builtin::{self, NoEngine};
use lariat_core::hook::{HookSet, Hooks};
use lariat_core::launch::LaunchRequest;
use lariat_core::pool::PoolState;
use lariat_lua::ScriptKind;

use crate::app::{Access, App, Bots, new_bus};
use crate::args::Global;
use crate::engine::{overlay, remote::Remote};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, count, plural};

mod plugins;
mod repair;
mod store;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Put the last good backup in the place of a damaged store; the damaged files are kept
    #[arg(long)]
    repair: bool,
    /// Restore this backup instead of the last good one
    #[arg(long, value_name = "FILE", requires = "repair")]
    from: Option<PathBuf>,
    /// Don't ask
    #[arg(long, requires = "repair")]
    yes: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warning,
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    /// What was looked at.
    about: String,
    /// What was found.
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, about: &str, message: impl Into<String>) {
        self.0.push(Finding { level: Level::Ok, about: about.into(), message: message.into(), cure: None });
    }

    fn bad(&mut self, level: Level, about: &str, message: impl Into<String>, cure: impl Into<String>) {
        self.0.push(Finding { level, about: about.into(), message: message.into(), cure: Some(cure.into()) });
    }
}

/// Runs the command.
pub async fn run(global: &Global, args: DoctorArgs, output: Output) -> CliResult {
    let mut findings = Findings::default();
    match Home::open_apart(global) {
        Err(error) if error.exit == Exit::NotFound => return Err(error),
        Err(error) => findings.bad(
            Level::Error,
            "workspace",
            error.message,
            "correct lariat.yaml, or name a workspace with --workspace",
        ),
        Ok(home) => {
            findings.ok("workspace", home.workspace.root().display().to_string());
            files(&home, &mut findings);
            scripts(&home, &mut findings);
            plugins::look(&home, &mut findings);
            limits(&home, &mut findings);
            permissions(&home, &mut findings);
            watches(&home, &mut findings);
            running(&home, &mut findings).await;
            if args.repair {
                repair::run(&home, &args, &mut findings).await?;
            }
            store::look(&home, &mut findings).await;
            let app = match Home::open_apart(global) {
                Ok(home) => App::over(home, Access::Read, new_bus(), Bots::May).await,
                Err(error) => Err(error),
            };
            match app {
                Ok(app) => {
                    accounts(&app, &mut findings).await;
                    pools_and_groups(&app, &mut findings).await;
                    app.close().await;
                }
                Err(CliError { message, .. }) => findings.bad(
                    Level::Error,
                    "store",
                    message,
                    "see the message; nothing else can be checked without the store",
                ),
            }
        }
    }
    let findings = findings.0;
    let worst = findings.iter().any(|finding| finding.level == Level::Error);
    output.answer(&findings, || {
        let mut lines: Vec<String> = findings.iter().map(text).collect();
        let bad = findings.iter().filter(|finding| finding.level != Level::Ok).count();
        lines.push(match bad {
            0 => "\nEverything is in order.".into(),
            bad => format!("\n{} to look at.", plural(bad as u64, "thing")),
        });
        lines.join("\n")
    })?;
    Ok(if worst { Exit::Failed } else { Exit::Done })
}

fn text(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Ok => "ok     ",
        Level::Warning => "warning",
        Level::Error => "error  ",
    };
    let cure = finding.cure.as_ref().map(|cure| format!("\n          → {cure}")).unwrap_or_default();
    format!("{mark}  {}: {}{cure}", finding.about, finding.message)
}

fn files(home: &Home, findings: &mut Findings) {
    let catalog = home.catalog();
    let counts = format!(
        "{}, {}",
        plural(catalog.pools.len() as u64, "pool"),
        plural(catalog.groups.len() as u64, "group")
    );
    findings.ok("definitions", counts);
    for broken in catalog.broken_pools.iter().chain(&catalog.broken_groups) {
        findings.bad(
            Level::Error,
            "definitions",
            broken.message.clone(),
            "correct the file; the others aren't affected",
        );
    }
}

fn scripts(home: &Home, findings: &mut Findings) {
    let lua = home.lua();
    let mut counts = Vec::new();
    let mut shown = HashSet::new();
    for kind in ScriptKind::ALL {
        let files = lua.files(kind);
        let command = match kind {
            ScriptKind::Provider => "lariat doctor".to_owned(),
            checked => format!("lariat {} check", checked.word()),
        };
        let mut broken = HashSet::new();
        for finding in files.iter().flat_map(|file| lua.check_file(file)).chain(lua.duplicates(kind)) {
            let level = if finding.severity == lariat_lua::Severity::Error {
                broken.insert(finding.file.clone());
                Level::Error
            } else {
                Level::Warning
            };
            let again = format!("`{command}` shows it again after you corrected it");
            findings.bad(level, "scripts", finding.to_string(), again);
        }
        if kind == ScriptKind::Routine || !files.is_empty() {
            let noun = if kind == ScriptKind::Pool { "pool type" } else { kind.word() };
            counts.push(plural(files.len().saturating_sub(broken.len()) as u64, noun));
        }
        shown.extend(broken);
    }
    for finding in lua.modules().iter().flat_map(|file| lua.check_file(file)) {
        let error = finding.severity == lariat_lua::Severity::Error;
        let level = if error { Level::Error } else { Level::Warning };
        findings.bad(
            level,
            "scripts",
            finding.to_string(),
            "`lariat routine check` shows it again after you corrected it",
        );
    }
    // What only shows beside the rest: a name that a built-in has, an order that can't be kept.
    let (known, hooks) = crate::app::hooks(home);
    hook_settings(home, &known, findings);
    for (file, error) in home.pool_scripts.failures().chain(hooks.failures()) {
        if !shown.iter().any(|known| known.as_os_str() == file) {
            findings.bad(
                Level::Error,
                "scripts",
                error.to_owned(),
                "correct the file; the others aren't affected",
            );
        }
    }
    findings.ok("scripts", counts.join(", "));
}

/// What `limits:` says about nobody. One that was refused has been told already.
fn limits(home: &Home, findings: &mut Findings) {
    for told in crate::limits::strangers(home) {
        let name = told.split_inclusive(": ").next().unwrap_or_default().to_owned();
        if !findings.0.iter().any(|finding| finding.message.contains(&name)) {
            findings.bad(Level::Error, "limits", told, "correct the name in lariat.yaml");
        }
    }
}

/// Names of hooks that no hook has, in lariat.yaml, the groups and the hooks themselves.
fn hook_settings(home: &Home, hooks: &Hooks, findings: &mut Findings) {
    builtin::add_to(&hooks.registry, Arc::new(NoEngine));
    let own = BTreeMap::new();
    let catalog = home.catalog();
    let groups = catalog.groups.values().map(|group| &group.definition.hooks);
    let mut told = HashSet::new();
    for settings in std::iter::once(&own).chain(groups) {
        for warning in HookSet::resolve(hooks, settings).warnings() {
            if told.insert(warning.clone()) {
                let cure = "correct the name; `lariat hook list` shows those that there are";
                findings.bad(Level::Warning, "hooks", warning.clone(), cure);
            }
        }
    }
}

fn permissions(home: &Home, findings: &mut Findings) {
    let dir = home.workspace.state_dir();
    let Ok(facts) = std::fs::metadata(&dir) else { return };
    let mode = facts.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let shown = home.relative(&dir);
        findings.bad(
            Level::Warning,
            &shown,
            format!("has mode {mode:04o}, so that others can read accounts and leases"),
            format!("chmod 700 {shown}"),
        );
    }
}

/// What a running engine goes on without.
async fn running(home: &Home, findings: &mut Findings) {
    let Some(status) = Remote::status(home.workspace.root()).await else { return };
    for (about, message) in overlay::troubles(&status) {
        findings.bad(
            Level::Error,
            &about,
            message,
            "correct it; the running engine goes on with what it had, and takes it when it is saved",
        );
    }
}

fn watches(home: &Home, findings: &mut Findings) {
    const FEW: u64 = 1024;
    let limit = std::fs::read_to_string("/proc/sys/fs/inotify/max_user_watches")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    match limit {
        Some(limit) if limit < FEW => findings.bad(
            Level::Warning,
            "file watching",
            format!("this system lets a user watch {limit} folders only"),
            "sysctl fs.inotify.max_user_watches=65536",
        ),
        Some(limit) => findings.ok("file watching", format!("{limit} folders may be watched")),
        None => {
            let shown = home.workspace.root().display().to_string();
            findings.bad(
                Level::Warning,
                "file watching",
                format!("no inotify here for {shown}"),
                "changes will be found by looking again and again",
            );
        }
    }
}

async fn accounts(app: &App, findings: &mut Findings) {
    let place = app.relative(app.store.path());
    match app.store.count_accounts().await {
        Ok(counts) => {
            let beside = if app.store.is_read_only() { ", in use by a running engine" } else { "" };
            findings.ok("store", format!("{place}, {}{beside}", plural(counts.total, "account")));
        }
        Err(error) => findings.bad(
            Level::Error,
            "store",
            format!("{place}: {error}"),
            "`lariat doctor --repair` puts the last good backup in its place",
        ),
    }
}

async fn pools_and_groups(app: &App, findings: &mut Findings) {
    for pool in app.pools.listing().await {
        if pool.pool_type.is_empty() {
            continue; // Its file can't be read: told among the definitions.
        }
        let about = format!("pool \"{}\"", pool.name);
        match (pool.state, pool.error) {
            (PoolState::Ready, None) => {
                let counts = pool.counts;
                findings.ok(
                    &about,
                    format!(
                        "{}, {} available",
                        plural(counts.total as u64, "account"),
                        count(counts.available as u64)
                    ),
                );
            }
            (_, error) => findings.bad(
                Level::Error,
                &about,
                error.unwrap_or_else(|| "can't be used".into()),
                format!("`lariat pool test \"{}\"` shows whether a correction helped", pool.name),
            ),
        }
    }
    for name in app.catalog().groups.keys() {
        let about = format!("group \"{name}\"");
        match app.orchestrator.plan(&LaunchRequest::new(name.clone())).await {
            Ok(plan) if plan.valid => findings.ok(
                &about,
                format!("{} with {}", plan.plan.routine, plural(u64::from(plan.plan.bot_count), "bot")),
            ),
            Ok(plan) => findings.bad(
                // What a hook denies now is not a fault of the workspace.
                if plan.denied_by.is_some() && plan.problems.len() == 1 {
                    Level::Warning
                } else {
                    Level::Error
                },
                &about,
                plan.problems.join("; "),
                format!("`lariat launch \"{name}\" --plan` shows whether a correction helped"),
            ),
            Err(error) => findings.bad(Level::Error, &about, error.to_string(), "correct the group's file"),
        }
    }
}
