//! `lariat up`: runs the engine until it is told to end.

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use lariat_core::launch::StopMode;
use lariat_workspace::Workspace;
use lariat_workspace::config::ListenAddress;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{Access, App, new_bus};
use crate::args::Global;
use crate::commands::launch::Printer;
use crate::engine::listening;
use crate::engine::live_scripts::Contents;
use crate::engine::manager::Manager;
use crate::engine::resident::Resident;
use crate::exit::{CliError, CliResult, Exit};
use crate::home;
use crate::logging::{self, Happenings};
use crate::output::Output;

/// Run the engine: its API, the watch over files, and the groups with `autostart`.
///
/// Ctrl-C or SIGTERM lets bots finish their account and ends; a second one ends at once.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Don't notice edited files by itself; `lariat reload` does it when asked
    #[arg(long)]
    no_watch: bool,
    /// Don't launch the groups that say `autostart`
    #[arg(long)]
    no_autostart: bool,
    /// Where the API listens, instead of `console.listen` in lariat.yaml; port 0: any
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<ListenAddress>,
    /// Listen beyond this machine without encryption, as behind a proxy that encrypts
    #[arg(long)]
    insecure: bool,
    /// Print events as they happen, one JSON object a line
    #[arg(long)]
    events: bool,
}

/// How long the last events may take to be read.
const LAST_EVENTS: Duration = Duration::from_secs(1);

/// Runs the command.
pub async fn run(global: &Global, args: UpArgs, output: Output) -> CliResult {
    // From here on, so that a signal that comes early isn't the end without a drain.
    let mut signals = Signals::listen()?;
    let root = home::find(global)?;
    let contents = Contents::of(Workspace::open(&root)?.root());
    let events = new_bus();
    let printer = args.events.then(|| Printer::start(&events));
    let happenings = Happenings::log(&events);
    let app = App::open_on(global, Access::Write, events.clone()).await?;
    // From here on, when nobody else runs in this workspace.
    let logs = app.workspace.logs_dir();
    logging::file::open(&logs, app.workspace.config().logs.kept()).map_err(|error| {
        let told =
            format!("can't write the log files in {}: {error}; see who may write there", logs.display());
        CliError::new(Exit::Failed, told)
    })?;
    let listen = args.listen.unwrap_or(app.workspace.config().console.listen).0;
    let settings = &app.workspace.config().console;
    let listener = listening::bind(listen, settings, args.insecure).await?;
    let resident = Resident::start(&app, events, contents, listener, !args.no_watch).await?;
    let (address, pid) = (resident.file.address, resident.file.pid);
    tracing::info!(%address, pid, "the engine runs; Ctrl-C lets bots finish their account and ends it");
    if !args.events {
        let told = json!({"address": address, "pid": pid});
        if output.json {
            output.answer(&told, String::new)?;
        } else {
            let url = resident.url();
            output.note(format!("The engine runs at {url}/ (pid {pid}); Ctrl-C ends it."));
            // A journal isn't the place for a link, however short its life.
            if std::io::stdout().is_terminal() || std::env::var_os("JOURNAL_STREAM").is_none() {
                let link = resident.login_url();
                output.note(format!("Console, once and within ten minutes: {link}"));
            }
            output.note("`lariat console` prints another link.");
        }
    }
    if !args.no_autostart {
        resident.autostart();
    }
    let manager = Manager::ready();
    let service = resident.service.clone();
    let over = service.until_over();
    tokio::pin!(over);
    for (mode, what) in [
        (StopMode::Drain, "stopping: bots finish their account; a second signal stops at once"),
        (StopMode::Force, "stopping at once; unfinished accounts are returned"),
    ] {
        tokio::select! {
            () = &mut over => break,
            () = signals.next() => {}
        }
        tracing::info!("{what}");
        manager.stopping();
        service.shut_down(mode);
    }
    service.until_over().await;
    let forced = resident.finish().await;
    happenings.finish().await;
    app.close().await;
    if let Some(printer) = printer {
        printer.finish(tokio::time::sleep(LAST_EVENTS)).await;
    }
    Ok(if forced { Exit::Interrupted } else { Exit::Done })
}

/// Ctrl-C, SIGTERM, and the terminal's hanging up.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(|error| CliError::new(Exit::Failed, error.to_string()));
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [ctrl_c, term, hang_up] = &mut self.0;
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = term.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}
