//! How a child ended, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::limits::ProcessLimits;

/// What it did, and which of its limits that may come from.
pub(super) fn words(status: ExitStatus, limits: &ProcessLimits) -> String {
    let ProcessLimits { memory, cpu, processes, .. } = limits;
    let memory =
        || memory.map(|bytes| format!("; its limit of memory is {} bytes", bytes)).unwrap_or_default();
    match (status.signal(), status.code(), cpu, processes) {
        (Some(24), _, Some(cpu), _) => {
            format!("computed for more than {cpu}s for one answer (`cpu` of its limits) and was ended")
        }
        (_, Some(TOO_MANY), _, Some(most)) => {
            format!("started more than {most} processes (`processes` of its limits) and was ended with them")
        }
        (Some(signal), ..) => {
            let (name, may_be_memory) = match signal {
                4 => (" (SIGILL)", true),
                6 => (" (SIGABRT)", true),
                7 => (" (SIGBUS)", true),
                8 => (" (SIGFPE)", false),
                9 => (" (SIGKILL)", true),
                11 => (" (SIGSEGV)", true),
                24 => (" (SIGXCPU)", false),
                _ => ("", false),
            };
            let memory = if may_be_memory { memory() } else { String::new() };
            format!("was ended by signal {signal}{name}{memory}")
        }
        (None, Some(code), ..) => format!("ended with exit code {code}"),
        (None, None, ..) => "ended".into(),
    }
}

/// How a child ends that has started too many processes.
#[cfg(target_os = "linux")]
use super::watch::TOO_MANY;
#[cfg(not(target_os = "linux"))]
const TOO_MANY: i32 = 113;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_reached_is_named() {
        let limits = ProcessLimits { memory: Some(64), cpu: Some(2), files: None, processes: Some(3) };
        for (raw, told) in [
            (24, "more than 2s"),
            (6, "SIGABRT); its limit of memory is 64 bytes"),
            (8, "SIGFPE)"),
            (113 << 8, "more than 3 processes"),
            (3 << 8, "exit code 3"),
        ] {
            let said = words(ExitStatus::from_raw(raw), &limits);
            assert!(said.contains(told), "{said}");
        }
        let said = words(ExitStatus::from_raw(113 << 8), &ProcessLimits::default());
        assert_eq!(said, "ended with exit code 113");
    }
}
