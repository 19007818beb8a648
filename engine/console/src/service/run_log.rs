//! What the log files keep of a run: the lines that name its launch, its instance and its
//! account, from its time.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;
use lariat_core::records::AttemptRecord;
use lariat_workspace::rotating;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Service;
use super::logs::back;

/// Lines that are told of a run.
const MOST: usize = 500;
/// Files that are looked through, the newest first.
const FILES: u32 = 100;
/// Bytes of a file that are read at once.
const PIECE: u64 = 1 << 20;
/// A run's begin and its time are kept in whole milliseconds, each a part of one too little.
const ROUNDED: i64 = 2;
/// Threads log beside one another: a line may stand so many milliseconds before one that is
/// older.
const SLACK: i64 = 1_000;

/// What was logged of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct RunLog {
    /// The lines, the oldest first: `timestamp`, `level`, `message`, and whatever else they say.
    pub lines: Vec<Map<String, Value>>,
    /// Whether there were more.
    pub cut: bool,
}

impl Service {
    /// What was logged of a run, what is on its way to the files included.
    pub(super) async fn log_of(&self, run: &AttemptRecord) -> RunLog {
        let Some(dir) = self.keeper.logs_dir() else { return RunLog::default() };
        let (keeper, run) = (self.keeper.clone(), run.clone());
        let read = move || {
            keeper.flush_logs();
            read(&dir, &run)
        };
        // Only a panic fails it.
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }
}

/// Looks through the files of a folder, from their end until before the run.
fn read(dir: &Path, run: &AttemptRecord) -> RunLog {
    let mut wanted = Wanted {
        run,
        launch: run.holder.launch.to_string(),
        lines: VecDeque::new(),
        cut: false,
        is_over: false,
    };
    for number in 0..FILES {
        // The last one, or one that was moved on meanwhile and is found under the next number.
        let Ok(mut file) = File::open(rotating::path(dir, "lariat", number)) else { break };
        let mut end = file.metadata().map_or(0, |about| about.len());
        while !wanted.is_over && end > 0 {
            let part = end.saturating_sub(PIECE)..end;
            // What can't be read isn't told.
            end = back(&mut file, part, |line| wanted.look(line)).ok().flatten().unwrap_or(0);
        }
        if wanted.is_over {
            break;
        }
    }
    RunLog { lines: wanted.lines.into(), cut: wanted.cut }
}

struct Wanted<'a> {
    run: &'a AttemptRecord,
    launch: String,
    lines: VecDeque<Map<String, Value>>,
    cut: bool,
    /// Whether all that comes is older than the run.
    is_over: bool,
}

impl Wanted<'_> {
    /// Takes a line, if it is wanted.
    fn look(&mut self, text: &str) -> ControlFlow<()> {
        let Some(at) = when(text) else { return ControlFlow::Continue(()) };
        if at < self.run.started.as_millisecond() - SLACK {
            self.is_over = true;
            return ControlFlow::Break(());
        }
        if text.contains(&self.launch)
            && let Ok(line) = serde_json::from_str(text)
            && self.takes(&line, at)
        {
            self.lines.push_front(line);
            if self.lines.len() > MOST {
                self.lines.pop_back();
                self.cut = true;
            }
        }
        ControlFlow::Continue(())
    }

    fn takes(&self, line: &Map<String, Value>, at: i64) -> bool {
        let text = |key: &str| line.get(key).and_then(Value::as_str);
        let instance = line.get("instance").and_then(Value::as_u64);
        let (from, to) = (self.run.started.as_millisecond(), self.run.ended.as_millisecond());
        (from..=to + ROUNDED).contains(&at)
            && text("launch_id") == Some(&self.launch)
            && instance == Some(u64::from(self.run.holder.instance.0))
            && text("account") == self.run.account.as_ref().map(|account| account.as_str())
    }
}

/// When a line was logged, without reading all of it.
fn when(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once("\"timestamp\":\"")?;
    let at: Timestamp = rest.split('"').next()?.parse().ok()?;
    Some(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
    use lariat_core::ledger::Holder;
    use lariat_core::outcome::Disposition;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn line(launch: LaunchId, second: i64, instance: u32, account: &str, message: &str) -> String {
        let (timestamp, launch) = (format!("{:.6}", at(second)), launch.to_string());
        let told = serde_json::json!({"timestamp": timestamp, "level": "INFO", "launch_id": launch,
            "instance": instance, "account": account, "message": message});
        format!("{told}\n")
    }

    fn run(launch: LaunchId, from: i64, to: i64) -> AttemptRecord {
        let (group, instance) = (GroupName::new("G").unwrap(), InstanceId(1));
        AttemptRecord {
            id: 1,
            holder: Holder { launch, group, instance, routine: "R".into(), generation: 1 },
            account: AccountId::new("a").ok(),
            pool: None,
            started: at(from),
            ended: at(to),
            outcome: Disposition::Completed,
            error: None,
            result: Map::new(),
        }
    }

    #[test]
    fn a_run_s_lines_are_found_across_files_and_nobody_else_s() {
        let (launch, other) = (LaunchId::random(), LaunchId::random());
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, lines: &[String]| std::fs::write(dir.path().join(name), lines.concat());
        write("lariat.2.jsonl", &[line(launch, 12, 1, "a", "older than what is looked at")]).unwrap();
        let old = [
            line(launch, 5, 1, "a", "an earlier run"),
            line(launch, 10, 1, "a", "first"),
            line(other, 11, 1, "a", "another launch"),
            line(launch, 11, 2, "a", "another instance"),
            line(launch, 11, 1, "b", "another account"),
            "half a li\n".to_owned(),
        ];
        write("lariat.1.jsonl", &old).unwrap();
        write("lariat.jsonl", &[line(launch, 20, 1, "a", "last"), line(launch, 21, 1, "a", "a later run")])
            .unwrap();
        let run = run(launch, 10, 20);
        let log = read(dir.path(), &run);
        let told: Vec<_> = log.lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!((told, log.cut), (vec!["first", "last"], false));
    }

    #[test]
    fn of_very_many_lines_the_first_are_told() {
        let launch = LaunchId::random();
        let dir = tempfile::tempdir().unwrap();
        let lines: String = (0..600).map(|number| line(launch, 10, 1, "a", &number.to_string())).collect();
        std::fs::write(dir.path().join("lariat.jsonl"), lines).unwrap();
        let run = run(launch, 10, 10);
        let log = read(dir.path(), &run);
        assert_eq!((log.lines.len(), log.cut), (MOST, true));
        assert_eq!(log.lines[0]["message"], "0");
    }

    #[test]
    fn however_much_was_logged_since_its_lines_are_found() {
        let (launch, other) = (LaunchId::random(), LaunchId::random());
        let dir = tempfile::tempdir().unwrap();
        let mut text = line(launch, 10, 1, "a", "mine");
        while text.len() < usize::try_from(3 * PIECE).unwrap() {
            text.push_str(&line(other, 11, 1, "a", "another's"));
        }
        std::fs::write(dir.path().join("lariat.jsonl"), text).unwrap();
        let log = read(dir.path(), &run(launch, 10, 10));
        assert_eq!((log.lines.len(), log.cut), (1, false));
        assert_eq!(log.lines[0]["message"], "mine");
    }
}
