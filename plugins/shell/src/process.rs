//! A program and everything that it starts, as one process group.

use std::future::poll_fn;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use lariat_sdk::{Context, Error, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::printed::{Printed, Stream};
use crate::routine::not_started;

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Printed,
    pub(crate) stderr: Printed,
}

/// A group that runs. When it is dropped, everything in it is killed.
pub(crate) struct Group(Arc<Shared>);

struct Shared {
    leader: Pid,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The leader's number may belong to somebody else by now.
    gone: bool,
    ended: Option<Result<Ended>>,
    waker: Option<Waker>,
}

impl Group {
    /// Starts a program that finds `given` on its standard input.
    pub(crate) fn start(command: &mut Command, given: Vec<u8>, ctx: &Context) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| not_started(command, &error))?;
        let shared = Arc::new(Shared {
            leader: Pid::from_child(&child),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let group = Self(shared.clone());
        if let Some(stdin) = child.stdin.take() {
            thread("shell-stdin", move || feed(stdin, &given))?;
        }
        let stdout = Stream::kept(child.stdout.take())?;
        let stderr = Stream::logged(child.stderr.take(), ctx)?;
        thread("shell-wait", move || shared.wait(child, stdout, stderr))?;
        Ok(group)
    }

    /// Waits for the end. Told to end itself, it tells the group, and kills it after `grace`.
    pub(crate) async fn ended(&self, ctx: &Context, grace: Duration) -> Result<Ended> {
        let mut told = false;
        poll_fn(|task| {
            if ctx.stopping() && !told {
                told = true;
                self.end(grace);
            }
            let mut state = self.0.state();
            match state.ended.take() {
                Some(ended) => Poll::Ready(ended),
                None => {
                    state.waker = Some(task.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn end(&self, grace: Duration) {
        self.0.signal(Signal::TERM);
        let shared = self.0.clone();
        let killing = thread("shell-kill", move || {
            let waited = shared.changed.wait_timeout_while(shared.state(), grace, |state| !state.gone);
            drop(waited);
            shared.signal(Signal::KILL);
        });
        if killing.is_err() {
            self.0.signal(Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signals everything in the group, as long as its number is its own.
    fn signal(&self, signal: Signal) {
        let state = self.state();
        if !state.gone {
            let _ = kill_process_group(self.leader, signal);
        }
    }

    fn wait(&self, mut child: Child, stdout: Stream, stderr: Stream) {
        let looking = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(self.leader), looking).is_err_and(|error| error == Errno::INTR) {}
        // The leader is dead and not yet reaped: the group's number is still its own, and what
        // it left running in the background ends with it.
        self.signal(Signal::KILL);
        let mut state = self.state();
        let status = child.wait();
        state.gone = true;
        drop(state);
        self.changed.notify_all();
        let (stdout, stderr) = (stdout.end(), stderr.end());
        let ended = status.map(|status| Ended { status, stdout, stderr });
        let mut state = self.state();
        state.ended = Some(ended.map_err(Error::from));
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

/// A program needn't read what it is given.
fn feed(mut stdin: ChildStdin, given: &[u8]) {
    let _ = stdin.write_all(given).and_then(|()| stdin.write_all(b"\n"));
}

pub(crate) fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(work);
    spawned.map(drop).map_err(|error| Error::unavailable(format!("no thread to be had: {error}")))
}
