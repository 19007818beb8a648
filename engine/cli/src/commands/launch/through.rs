//! A launch through the running engine: ordered there, followed from here. The bars, the
//! questions and the summary are those of a launch in this process.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use lariat_console::{Answer, Asked, Following, LaunchOrder, Question, StopOrder};
use lariat_core::ids::{InstanceId, PoolName};
use lariat_core::launch::{Asker as _, ConflictQuestion, LaunchReport, RefreshQuestion, Resolution};
use lariat_core::pool::Counts;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::args::LaunchArgs;
use super::signals::{Interrupts, STOPPING};
use super::{exit_of, summary};
use crate::ask::TerminalAsker;
use crate::engine::remote::{Remote, group_path, path, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, is_interactive, print_line};
use crate::progress::{Board, Screen};

/// How often it is asked how a launch stands.
const TICK: Duration = Duration::from_millis(150);

/// A group of the command, as it is followed.
struct Group {
    name: String,
    instances: Vec<InstanceId>,
    /// What its bar shows.
    board: Arc<Board>,
    /// Cancelled when it has its instances, or has ended.
    placed: CancellationToken,
}

/// Launches these groups and waits until they have ended. Ctrl-C drains them, a second one
/// stops them at once.
pub async fn run(engine: &Remote, args: &LaunchArgs, output: Output, screen: Screen) -> CliResult {
    let asks = is_interactive() && !output.json && !args.events;
    let groups = chosen(engine, args).await?;
    let order = LaunchOrder { wait: true, ask: asks, ..args.overrides()?.into() };
    let stream = if args.events { Some(engine.events().await?) } else { None };
    let printing = async {
        match stream {
            Some(stream) => print_events(stream, &groups).await,
            None => std::future::pending().await,
        }
    };
    let asker = TerminalAsker::new(screen.clone());
    let launches = join_all(groups.iter().enumerate().map(|(place, group)| {
        let (earlier, order, asker) = (groups.get(..place).unwrap_or_default(), &order, &asker);
        async move {
            // Groups that want the same instances get them in the order of the command.
            for other in earlier.iter().filter(|other| share_instances(group, other)) {
                other.placed.cancelled().await;
            }
            let follower = follow(engine, group, asks.then_some(asker));
            let path = group_path(&group.name, "launch");
            let ended = tokio::select! {
                ended = engine.post(&path, order) => ended,
                never = follower => match never {},
            };
            group.placed.cancel();
            ended
        }
    }));
    let interrupts = interrupts(engine, &groups, &screen);
    let boards = groups.iter().map(|group| group.board.clone()).collect();
    let bars = tokio::spawn(screen.clone().follow(boards));
    let ended = tokio::select! {
        ended = launches => ended,
        () = interrupts => Vec::new(),
        () = printing => return Err(CliError::new(Exit::Busy, "the engine ended")),
    };
    bars.abort();
    screen.clear();
    let mut reports: Vec<LaunchReport> = Vec::new();
    for report in ended {
        reports.push(read(report?)?);
    }
    if !args.events {
        let left = left(engine, &reports).await;
        output.answer(&reports, || {
            summary::text(&reports, |report| left.get(report.group.as_str()).cloned())
        })?;
    }
    Ok(exit_of(&reports))
}

fn share_instances(one: &Group, other: &Group) -> bool {
    one.instances.iter().any(|id| other.instances.contains(id))
}

/// Ctrl-C lets the bots of these groups finish their account, a second one doesn't.
async fn interrupts(engine: &Remote, groups: &[Group], screen: &Screen) {
    let mut interrupts = Interrupts::listen();
    for (force, told) in [false, true].into_iter().zip(STOPPING) {
        interrupts.next().await;
        for group in groups {
            // One that has ended already can't be stopped any more.
            let _ = engine.post(&group_path(&group.name, "stop"), &StopOrder { force }).await;
        }
        let screen = screen.clone();
        std::thread::spawn(move || screen.print(told.as_bytes()));
    }
    std::future::pending().await
}

/// Looks how a launch stands, and has its questions answered, until the future is dropped.
async fn follow(engine: &Remote, group: &Group, asker: Option<&TerminalAsker>) -> Infallible {
    let path = group_path(&group.name, "launch");
    // Only the questions of this terminal are answered here, one at a time.
    let mut answering: Option<(u64, BoxFuture<'_, ()>)> = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = done(&mut answering) => answering = None,
        }
        // It isn't launched yet, or has just ended.
        let Ok(Ok(told)) = engine.get(&path).await.map(read::<Following>) else { continue };
        if told.placed {
            group.placed.cancel();
        }
        if let Some(asker) = asker {
            let stands = |id: u64| told.questions.iter().any(|question| question.id == id);
            answering = answering.take().filter(|(id, _)| stands(*id));
            if answering.is_none()
                && let Some(question) = told.questions.first().cloned()
            {
                answering = Some((question.id, answer(engine, group, asker, question).boxed()));
            }
        }
        group.board.show(told.launch.report, told.pool.map(|pool| (pool.counts, pool.outage)));
    }
}

/// Waits for what is being done, if anything is.
async fn done(what: &mut Option<(u64, BoxFuture<'_, ()>)>) {
    match what {
        Some((_, what)) => what.await,
        None => std::future::pending().await,
    }
}

/// Asks whoever sits at the terminal, and tells the engine.
async fn answer(engine: &Remote, group: &Group, asker: &TerminalAsker, question: Question) {
    let Question { id, asked, .. } = question;
    let answer = match asked {
        Asked::Conflict { group, instance, held_by } => {
            match asker.conflict(ConflictQuestion { group, instance, held_by }).await {
                Some(Resolution::Cancel) => Answer::Cancel,
                Some(Resolution::Abort) => Answer::Abort,
                Some(Resolution::Skip) | None => Answer::Skip,
            }
        }
        Asked::Refresh { group, pool, last_refresh } => {
            match asker.refresh(RefreshQuestion { group, pool, last_refresh }).await {
                Some(true) => Answer::Refresh,
                Some(false) | None => Answer::Skip,
            }
        }
    };
    let told = json!({"question": id, "answer": answer});
    // One that was taken back needs no answer.
    let _ = engine.post(&group_path(&group.name, "answer"), &told).await;
}

/// The groups by name, as the engine knows them: what is on disk may be half edited.
async fn chosen(engine: &Remote, args: &LaunchArgs) -> Result<Vec<Group>, CliError> {
    #[derive(Deserialize)]
    struct Listed {
        name: String,
        instances: Vec<InstanceId>,
        state: String,
    }
    if args.groups.is_empty() && !args.all {
        return Err(CliError::usage("name a group, or launch all with --all"));
    }
    let listed: Vec<Listed> = read(engine.get("groups").await?)?;
    let names: Vec<String> = if args.all {
        listed.iter().filter(|group| group.state != "failed").map(|group| group.name.clone()).collect()
    } else {
        args.groups.clone()
    };
    let mut groups: Vec<Group> = Vec::new();
    for name in names {
        if groups.iter().any(|group| group.name == name) {
            continue;
        }
        // What the engine doesn't know it says itself.
        let instances = listed.iter().find(|group| group.name == name).map(|group| group.instances.clone());
        let board = Arc::new(Board::new(&name));
        let placed = CancellationToken::new();
        groups.push(Group { name, instances: instances.unwrap_or_default(), board, placed });
    }
    Ok(groups)
}

/// The groups' names, for a plan.
pub async fn names(engine: &Remote, args: &LaunchArgs) -> Result<Vec<String>, CliError> {
    Ok(chosen(engine, args).await?.into_iter().map(|group| group.name).collect())
}

/// How the pools stand of launches that had nothing to do.
async fn left(engine: &Remote, reports: &[LaunchReport]) -> BTreeMap<String, (PoolName, Counts)> {
    let mut left = BTreeMap::new();
    for report in reports.iter().filter(|report| summary::was_idle(report)) {
        let Ok(group) = engine.get(&path("groups", report.group.as_str(), None)).await else { continue };
        let pool =
            group.get("account_pool").and_then(Value::as_str).and_then(|pool| PoolName::new(pool).ok());
        let Some(pool) = pool else { continue };
        let Ok(stats) = engine.get(&path("pools", pool.as_str(), Some("stats"))).await else { continue };
        if let Ok(counts) = read(stats) {
            left.insert(report.group.to_string(), (pool, counts));
        }
    }
    left
}

/// Prints what happens to these groups, until the stream ends.
async fn print_events(mut stream: reqwest::Response, groups: &[Group]) {
    let mut pending = Vec::new();
    while let Ok(Some(piece)) = stream.chunk().await {
        pending.extend_from_slice(&piece);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let Some(data) = line.strip_prefix("data:") else { continue };
            let event: Value = serde_json::from_str(data.trim()).unwrap_or_default();
            let group = event.get("group").and_then(Value::as_str);
            if group.is_none_or(|group| groups.iter().any(|ours| ours.name == group)) {
                print_line(data.trim());
            }
        }
    }
}
