//! What the log files of `lariat up` keep of a run: the lines that name its launch, its
//! instance and its account, from its time.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use jiff::Timestamp;
use lariat_console::RunLog;
use lariat_core::records::AttemptRecord;
use serde_json::{Map, Value};

/// Lines that are told of a run.
const MOST: usize = 500;
/// Files that are looked through, the newest first.
const FILES: u32 = 100;
/// A run's begin and its time are kept in whole milliseconds, each a part of one too little.
const ROUNDED: i64 = 2;
/// Threads log beside one another: a line may stand so many milliseconds before one that is
/// older.
const SLACK: i64 = 1_000;

/// Looks through the files of a folder, and waits for what is on its way there.
pub fn of(dir: &Path, run: &AttemptRecord) -> RunLog {
    super::file::flush();
    let wanted = Wanted { run, launch: run.holder.launch.to_string() };
    let mut log = RunLog::default();
    for number in 0..FILES {
        let path = lariat_workspace::rotating::path(dir, "lariat", number);
        // The last one, or one that was moved on meanwhile and is found under the next number.
        let Ok(file) = File::open(path) else { break };
        let (lines, older) = wanted.read(file);
        log.lines.splice(0..0, lines);
        if older {
            break;
        }
    }
    log.cut = log.lines.len() > MOST;
    log.lines.truncate(MOST);
    log
}

struct Wanted<'a> {
    run: &'a AttemptRecord,
    launch: String,
}

impl Wanted<'_> {
    /// The lines of a file that are wanted, and whether it reaches back before the run.
    fn read(&self, file: File) -> (Vec<Map<String, Value>>, bool) {
        let (mut found, mut first) = (Vec::new(), None);
        // Lines are written whole; one that isn't text is none of ours.
        for line in BufReader::new(file).lines().map_while(Result::ok) {
            if first.is_some() && !line.contains(&self.launch) {
                continue;
            }
            let Ok(line) = serde_json::from_str::<Map<String, Value>>(&line) else { continue };
            let at = line.get("timestamp").and_then(Value::as_str).and_then(|at| at.parse().ok());
            let Some(at) = at.map(Timestamp::as_millisecond) else { continue };
            first = first.or(Some(at));
            if at > self.run.ended.as_millisecond() + SLACK {
                break;
            }
            if found.len() <= MOST && self.takes(&line, at) {
                found.push(line);
            }
        }
        (found, first.is_some_and(|first| first < self.run.started.as_millisecond()))
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
        let log = of(dir.path(), &run);
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
        let log = of(dir.path(), &run);
        assert_eq!((log.lines.len(), log.cut), (MOST, true));
        assert_eq!(log.lines[0]["message"], "0");
    }
}
