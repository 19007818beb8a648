//! A launch through the running engine: asked for there, followed from here.

use lariat_console::{LaunchOrder, StopOrder};
use lariat_core::launch::Overrides;
use serde_json::Value;

use super::args::LaunchArgs;
use super::signals::Interrupts;
use crate::engine::remote::{Remote, group_path};
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, count, elapsed, print_line, table};

/// Launches these groups and waits until they have ended. Ctrl-C drains them, a second one
/// stops them at once.
pub async fn run(engine: &Remote, args: &LaunchArgs, output: Output) -> CliResult {
    let (groups, events) = (chosen(engine, args).await?, args.events);
    let Overrides { settings, bot_count, config } = args.overrides()?;
    let order = LaunchOrder { settings, bot_count, config, wait: true };
    let stream = if events { Some(engine.events().await?) } else { None };
    let printing = async {
        match stream {
            Some(stream) => print_events(stream, &groups).await,
            None => std::future::pending().await,
        }
    };
    let paths: Vec<String> = groups.iter().map(|group| group_path(group, "launch")).collect();
    let launches = futures::future::join_all(paths.iter().map(|path| engine.post(path, &order)));
    let interrupts = async {
        let mut interrupts = Interrupts::listen();
        for force in [false, true] {
            interrupts.next().await;
            for group in &groups {
                // One that has ended already can't be stopped any more.
                let _ = engine.post(&group_path(group, "stop"), &StopOrder { force }).await;
            }
        }
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! {
        ended = launches => ended,
        () = interrupts => Vec::new(),
        () = printing => return Err(CliError::new(Exit::Busy, "the engine ended")),
    };
    let mut reports = Vec::new();
    for report in ended {
        reports.push(report?);
    }
    if !events {
        output.answer(&reports, || summary(&reports))?;
    }
    Ok(exit_of(&reports))
}

/// The groups by name, as the engine knows them: what is on disk may be half edited.
async fn chosen(engine: &Remote, args: &LaunchArgs) -> Result<Vec<String>, CliError> {
    if !args.all {
        if args.groups.is_empty() {
            return Err(CliError::usage("name a group, or launch all with --all"));
        }
        let mut groups = Vec::new();
        for group in &args.groups {
            if !groups.contains(group) {
                groups.push(group.clone());
            }
        }
        return Ok(groups);
    }
    let status = engine.get("status").await?;
    let all = status.get("groups").and_then(Value::as_array).into_iter().flatten();
    let usable = all.filter(|group| group.get("state").and_then(Value::as_str) != Some("failed"));
    let names = usable.filter_map(|group| group.get("name")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

/// Prints what happens to these groups, until the stream ends.
async fn print_events(mut stream: reqwest::Response, groups: &[String]) {
    let mut pending = Vec::new();
    while let Ok(Some(piece)) = stream.chunk().await {
        pending.extend_from_slice(&piece);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let Some(data) = line.strip_prefix("data:") else { continue };
            let event: Value = serde_json::from_str(data.trim()).unwrap_or_default();
            let group = event.get("group").and_then(Value::as_str);
            if group.is_none_or(|group| groups.iter().any(|ours| ours == group)) {
                print_line(data.trim());
            }
        }
    }
}

fn number(report: &Value, path: &str) -> u64 {
    report.pointer(path).and_then(Value::as_u64).unwrap_or_default()
}

fn summary(reports: &[Value]) -> String {
    let headers = ["group", "bots", "completed", "failed", "skipped", "returned", "duration"];
    let name = |report: &Value| report.get("group").and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows = reports.iter().map(|report| {
        let mut row = vec![
            name(report),
            format!("{}/{}", number(report, "/launched_bots"), number(report, "/requested_bots")),
        ];
        row.extend(
            ["completed", "failed", "skipped", "returned"]
                .map(|key| count(number(report, &format!("/accounts/{key}")))),
        );
        row.push(elapsed(number(report, "/duration_ms")));
        row
    });
    let mut lines = vec![table(&headers, &[1, 2, 3, 4, 5, 6], rows)];
    for report in reports {
        for key in ["warnings", "errors"] {
            let notes = report.get(key).and_then(Value::as_array).into_iter().flatten();
            lines.extend(notes.filter_map(Value::as_str).map(|note| format!("{}: {note}", name(report))));
        }
    }
    lines.join("\n")
}

fn exit_of(reports: &[Value]) -> Exit {
    let failed = |report: &&Value| report.get("success") != Some(&Value::Bool(true));
    let exit = |report: &Value| match report.pointer("/failure/kind").and_then(Value::as_str) {
        Some("refused") => Exit::Refused,
        Some("invalid") => Exit::Usage,
        _ if report.get("stopped") == Some(&Value::Bool(true)) => Exit::Interrupted,
        _ => Exit::Failed,
    };
    let mut exits = reports.iter().filter(failed).map(exit);
    match exits.next() {
        Some(first) if exits.all(|other| other == first) => first,
        Some(_) => Exit::Failed,
        None if reports.iter().any(|report| report.get("stopped") == Some(&Value::Bool(true))) => {
            Exit::Interrupted
        }
        None => Exit::Done,
    }
}
