//! `lariat launch`: launches groups, in this process or through the running engine, and
//! follows them to the end.
//!
//! | part | does |
//! |---|---|
//! | `args` | what the command takes |
//! | `plan` | `--plan` |
//! | `events` | `--events` |
//! | `signals` | Ctrl-C: drain, then force |
//! | `summary` | the table at the end |
//! | `through` | the same through the running engine |

mod args;
mod events;
mod plan;
mod signals;
mod summary;
mod through;

use std::sync::Arc;

use lariat_core::definition::Catalog;
use lariat_core::ids::{GroupName, PoolName};
use lariat_core::launch::{Asker, FailureKind, Launch, LaunchReport, NoAnswer};
use lariat_core::pool::Counts;

use crate::app::{Access, App, new_bus};
use crate::args::Global;
use crate::ask::TerminalAsker;
use crate::engine::remote::Remote;
use crate::exit::{CliError, CliResult, Exit};
use crate::home;
use crate::logging::{self, Happenings};
use crate::output::{Output, is_interactive};
use crate::progress::Screen;

pub use args::{LaunchArgs, assignments};
pub use events::Printer;

/// Runs the command.
pub async fn run(global: &Global, args: LaunchArgs, output: Output, screen: Screen) -> CliResult {
    if let Some(engine) = Remote::find(&home::find(global)?).await? {
        if args.plan {
            let groups = through::names(&engine, &args).await?;
            return plan::by_engine(&engine, &groups, args.overrides()?, output).await;
        }
        return through::run(&engine, &args, output, screen).await;
    }
    let access = if args.plan { Access::Read } else { Access::Write };
    let events = new_bus();
    let printer = args.events.then(|| events::Printer::start(&events));
    let happenings = Happenings::log(&events);
    let launched = |group: &GroupName| args.all || args.groups.iter().any(|named| named == group.as_str());
    let app = App::open_for(global, access, events, launched).await?;
    let outcome = launch(&app, &args, output, screen, happenings).await;
    app.close().await;
    if let Some(printer) = printer {
        // Who ended the launch by Ctrl-C doesn't wait for a reader who doesn't read.
        let interrupted = matches!(outcome, Ok(Exit::Interrupted));
        printer
            .finish(async move {
                if interrupted {
                    tokio::time::sleep(LAST_EVENTS).await;
                } else {
                    signals::interrupted().await;
                }
            })
            .await;
    }
    outcome
}

/// How long the last events may take to be read after an interrupted launch.
const LAST_EVENTS: std::time::Duration = std::time::Duration::from_secs(1);

async fn launch(
    app: &App,
    args: &LaunchArgs,
    output: Output,
    screen: Screen,
    happenings: Happenings,
) -> CliResult {
    let groups = chosen(&app.catalog(), args)?;
    let overrides = args.overrides()?;
    if args.plan {
        return plan::here(app, &groups, &overrides, output).await;
    }
    let asker: Arc<dyn Asker> = if is_interactive() && !output.json && !args.events {
        Arc::new(TerminalAsker::new(screen.clone()))
    } else {
        Arc::new(NoAnswer)
    };
    let (mut launches, mut tasks) = (Vec::<Arc<Launch>>::new(), Vec::new());
    for group in groups {
        // Groups that want the same instances get them in the order of the command.
        for earlier in &launches {
            if share_instances(app, &group, earlier.group()) {
                earlier.until_placed().await;
            }
        }
        let order = overrides.clone().into();
        let (launch, task) = app.service.launch_asking(group.as_str(), order, asker.clone())?;
        launches.push(launch);
        tasks.push(task);
    }
    let follower = tokio::spawn(screen.clone().follow(launches.clone()));
    let signals = signals::drain_then_force(app.orchestrator.clone(), screen.clone());
    let mut reports = Vec::new();
    for task in tasks {
        let report = task.await.ok().flatten();
        reports.push(report.ok_or_else(|| CliError::new(Exit::Failed, "a launch broke; the log says why"))?);
    }
    let interrupted = signals.finish();
    follower.abort();
    screen.clear();
    // What was logged stands above the summary.
    happenings.finish().await;
    logging::flush();
    if !args.events {
        output.answer(&reports, || summary::text(&reports, |report| left(app, report)))?;
    }
    Ok(if interrupted { Exit::Interrupted } else { exit_of(&reports) })
}

/// How the pool of a launch stands that had nothing to do.
fn left(app: &App, report: &LaunchReport) -> Option<(PoolName, Counts)> {
    let defined = app.orchestrator.group(report.group.as_str()).ok()?;
    let name = defined.definition.account_pool.clone()?;
    let counts = app.pools.get_open(&name)?.stats().counts;
    Some((name, counts))
}

fn share_instances(app: &App, one: &GroupName, other: &GroupName) -> bool {
    let catalog = app.catalog();
    let instances = |name: &GroupName| catalog.groups.get(name).map(|group| &group.definition.instances);
    match (instances(one), instances(other)) {
        (Some(one), Some(other)) => one.iter().any(|id| other.contains(id)),
        _ => false,
    }
}

/// The groups by name, all of them known.
fn chosen(catalog: &Catalog, args: &LaunchArgs) -> Result<Vec<GroupName>, CliError> {
    if args.all {
        if let Some(broken) = catalog.broken_groups.first() {
            return Err(CliError::usage(broken.message.clone()));
        }
        if catalog.groups.is_empty() {
            return Err(CliError::new(
                Exit::NotFound,
                "there is no group in groups/; `lariat group create` makes one",
            ));
        }
        return Ok(catalog.groups.keys().cloned().collect());
    }
    if args.groups.is_empty() {
        return Err(CliError::usage(
            "name a group, or launch all with --all; `lariat group list` shows them",
        ));
    }
    let mut chosen = Vec::new();
    for name in &args.groups {
        let name = catalog.group(name)?.definition.name.clone();
        if !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    Ok(chosen)
}

fn exit_of(reports: &[LaunchReport]) -> Exit {
    let exit = |report: &LaunchReport| match report.failure.as_ref().map(|failure| failure.kind) {
        Some(FailureKind::Refused) => Exit::Refused,
        Some(FailureKind::Invalid) => Exit::Usage,
        _ if report.stopped => Exit::Interrupted,
        _ => Exit::Failed,
    };
    let mut exits = reports.iter().filter(|report| !report.success).map(exit);
    match exits.next() {
        Some(first) if exits.all(|other| other == first) => first,
        Some(_) => Exit::Failed,
        None if reports.iter().any(|report| report.stopped) => Exit::Interrupted,
        None => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Cli, Command};

    #[test]
    fn options_become_the_last_layer() {
        let line = "lariat launch G --on-conflict abort --stagger-delay 0 --refresh if-older-than=5m --set n=3 --set s=abc --max-accounts 2";
        let Command::Launch(args) = Cli::parse_from(line.split(' ')).command else { panic!("not a launch") };
        let overrides = args.overrides().unwrap();
        assert_eq!(overrides.settings.max_accounts, Some(2));
        assert!(overrides.settings.stagger_delay.unwrap().is_zero());
        assert_eq!(overrides.config["n"], serde_json::json!(3));
        assert_eq!(overrides.config["s"], serde_json::json!("abc"));
    }
}
