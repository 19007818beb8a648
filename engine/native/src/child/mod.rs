//! A library in a process of its own: the same calls, as frames over a pair of sockets.
//!
//! | file | holds |
//! |---|---|
//! | [`frame`] | what goes over the socket |
//! | [`runner`] | the child: maps the library, and is a host to it that hands everything on |
//! | [`threads`] | the child's threads that may be blocked |
//! | [`supervisor`] | the engine's side: starts the child, takes its answers, ends what it leaves |
//! | [`awake`] | how both wait for a moment before they sleep |
//! | [`limits`], [`no_fork`], [`watch`] | what holds the child to its limits |
//! | [`ending`] | how it ended, in words |
//! | [`record`] | how often it died, the pause before the next start, the quarantine |

mod awake;
mod ending;
mod frame;
mod limits;
#[cfg(target_os = "linux")]
mod no_fork;
mod record;
mod runner;
mod supervisor;
mod threads;
#[cfg(target_os = "linux")]
mod watch;

pub(crate) use limits::ProcessLimits;
pub(crate) use record::quarantine_file;
pub use runner::run as run_child;
#[cfg(feature = "test-support")]
pub use supervisor::hostile;
pub(crate) use supervisor::{Hello, Supervisor};

/// How a child is started: a program that calls [`run_child`] with what follows its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The program.
    pub program: std::path::PathBuf,
    /// Its arguments; the library's file, the parent's process id and, if there are any,
    /// the limits follow them.
    pub arguments: Vec<String>,
}
