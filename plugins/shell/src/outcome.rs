//! The outcome, from exit status and standard output.

use std::os::unix::process::ExitStatusExt;

use lariat_sdk::{Error, Map, Outcome, Result, Value, serde_json};

use crate::process::Ended;

/// EX_TEMPFAIL of sysexits.h: it didn't work now, and that is nobody's fault.
const RETURNED: i32 = 75;
/// What test runners take for "skipped".
const SKIPPED: i32 = 77;

/// What a program's end means. One that was told to end has done its work only if it says so:
/// many exit with 0 then.
pub(crate) fn of(ended: &Ended, told: bool) -> Result<Outcome> {
    let answer = answer(&ended.stdout.text);
    let status = ended.status;
    let said = answer.as_ref().and_then(|answer| text(answer, "reason"));
    let words = || said.clone().or_else(|| Some(ended.stderr.text.clone()).filter(|line| !line.is_empty()));
    let reason = || words().unwrap_or_else(|| how(ended));
    match status.code() {
        Some(0) if ended.stdout.too_much => Ok(Outcome::failed("it printed more than 1 MiB")),
        Some(0) => match answer {
            Some(answer) if answer.contains_key("outcome") => explicit(answer),
            _ if told => Err(Error::cancelled()),
            answer => Ok(Outcome::Completed { result: answer.unwrap_or_default() }),
        },
        _ if told => Err(Error::cancelled()),
        Some(RETURNED) => Ok(Outcome::returned(reason())),
        Some(SKIPPED) => Ok(Outcome::skipped(reason())),
        _ => Ok(Outcome::failed(reason())),
    }
}

fn explicit(mut answer: Map<String, Value>) -> Result<Outcome> {
    let reason = text(&answer, "reason").unwrap_or_else(|| "the program gave no reason".into());
    match text(&answer, "outcome").as_deref() {
        Some("completed") => Ok(Outcome::completed(answer.remove("result").unwrap_or_default())),
        Some("failed") => Ok(Outcome::failed(reason)),
        Some("skipped") => Ok(Outcome::skipped(reason)),
        Some("returned") => Ok(Outcome::returned(reason)),
        _ => {
            let other = answer.remove("outcome").unwrap_or_default();
            let known = "completed, failed, skipped, returned";
            Err(Error::failed(format!("the program's outcome is {other}; it can be {known}")))
        }
    }
}

/// The object that the output is, or that its last line is.
fn answer(printed: &str) -> Option<Map<String, Value>> {
    let object = |text: &str| serde_json::from_str(text).ok();
    object(printed).or_else(|| object(printed.trim_end().lines().next_back()?))
}

fn text(answer: &Map<String, Value>, name: &str) -> Option<String> {
    answer.get(name)?.as_str().map(str::to_owned)
}

fn how(ended: &Ended) -> String {
    match (ended.status.code(), ended.status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "it ended in an unknown way".into(),
    }
}
