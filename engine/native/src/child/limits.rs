//! What holds the child to its limits, from before the library is mapped. All of it works for
//! root too, which `RLIMIT_NPROC` doesn't.

use std::io;
use std::time::Duration;

use lariat_core::limits::Limits;
use serde::{Deserialize, Serialize};

/// What the child is told on its command line. Nothing said: no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProcessLimits {
    /// Bytes beside what it had before the library.
    pub(crate) memory: Option<u64>,
    /// Seconds on the processor from one answer to the next.
    pub(crate) cpu: Option<u64>,
    /// Open files beside its own.
    pub(crate) files: Option<u32>,
    /// Processes that it has started and that still run.
    pub(crate) processes: Option<u32>,
}

impl ProcessLimits {
    /// What of these a process is held to.
    pub(crate) fn of(limits: &Limits) -> Self {
        // The system counts whole seconds.
        let seconds = |cpu: Duration| cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0);
        Self {
            memory: limits.memory,
            cpu: limits.cpu.map(seconds),
            files: limits.files,
            processes: limits.processes,
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl ProcessLimits {
    pub(super) fn hold(&self) -> io::Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        Err(io::Error::other(
            "its limits can't be kept on this system; leave out memory, cpu, files, processes",
        ))
    }

    pub(super) fn renew_cpu(&self) {}
}

#[cfg(target_os = "linux")]
impl ProcessLimits {
    /// Holds this process to them from now on.
    pub(super) fn hold(&self) -> io::Result<()> {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let both = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
        if let Some(memory) = self.memory {
            let (all, data) = mapped()?;
            // Of what can be written. What is only reserved isn't counted there, so it is
            // bounded too, with some room: allocators reserve much more than they use.
            setrlimit(Resource::Data, both(data.saturating_add(memory)))?;
            let room = memory.saturating_mul(2).saturating_add(RESERVED);
            setrlimit(Resource::As, both(all.saturating_add(room)))?;
        }
        if let Some(files) = self.files {
            let open = std::fs::read_dir("/proc/self/fd")?.count().saturating_sub(1) as u64;
            setrlimit(Resource::Nofile, both(open.saturating_add(u64::from(files))))?;
        }
        self.renew_cpu();
        match self.processes {
            Some(0) => super::no_fork::forbid(),
            Some(most) => super::watch::watch(most),
            None => Ok(()),
        }
    }

    /// Gives it its time on the processor anew, for the next answer.
    pub(super) fn renew_cpu(&self) {
        use rustix::process::{Resource, Rlimit, setrlimit};
        use rustix::time::{ClockId, clock_gettime};
        if let Some(seconds) = self.cpu {
            let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec.unsigned_abs();
            let most = used.saturating_add(1).saturating_add(seconds);
            let _ = setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum: None });
        }
    }
}

/// What allocators may reserve beside what they use, in bytes.
#[cfg(target_os = "linux")]
const RESERVED: u64 = 1 << 30;

/// How many bytes this process has mapped, and how many of them it can write.
#[cfg(target_os = "linux")]
fn mapped() -> io::Result<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    match (kilobytes("VmSize:"), kilobytes("VmData:")) {
        (Some(all), Some(data)) => Ok((all << 10, data << 10)),
        _ => Err(io::Error::other("/proc/self/status doesn't tell how much memory this process has")),
    }
}
