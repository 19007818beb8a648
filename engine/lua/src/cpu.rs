//! The processor's time that threads have used. Scripts are judged by it, so that a
//! machine that is overloaded, a process that was stopped for a while and a host call
//! that blocks don't count as computing.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this thread has used since it began.
pub(crate) fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Reads from any thread what one has used.
pub(crate) struct Meter(Option<String>);

impl Meter {
    /// Of the thread that calls.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_this_thread() -> Self {
        let id = rustix::thread::gettid().as_raw_nonzero();
        Self(Some(format!("/proc/self/task/{id}/schedstat")))
    }

    /// Of the thread that calls; it can't be read here.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of_this_thread() -> Self {
        Self(None)
    }

    /// What the thread has used, to some 10 ms; nothing where the system doesn't tell.
    pub(crate) fn read(&self) -> Option<Duration> {
        let text = std::fs::read_to_string(self.0.as_ref()?).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_counts_and_waiting_does_not() {
        let before = used();
        std::thread::sleep(Duration::from_millis(300));
        let slept = used() - before;
        assert!(slept < Duration::from_millis(250), "{slept:?}");
        while used() - before < slept + Duration::from_millis(1) {}
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_thread_sees_the_same() {
        let meter = Meter::of_this_thread();
        let target = meter.read().unwrap() + Duration::from_millis(20);
        while used() < target {}
        let reader = std::thread::spawn(move || meter.read().unwrap());
        assert!(reader.join().unwrap() + Duration::from_millis(20) >= target);
    }
}
