//! The engine from its start to its drain.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use lariat_console::server::Shared;
use lariat_console::server::access::Access;
use lariat_console::{EngineFile, Host, LaunchOrder, PluginOrder, Reloaded, Service, ServiceError, Watching};
use lariat_core::event::{EventBus, EventKind};
use lariat_core::launch::StopMode;
use lariat_core::pool::PoolManager;
use lariat_workspace::Watch;
use lariat_workspace::watch::{Changes, Mode};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::listening::Servers;
use super::live_instances::LiveInstances;
use super::live_plugins::LivePlugins;
use super::live_scripts::{Contents, LiveScripts};
use super::registries::Registries;
use super::reloader::Reloader;
use crate::app::App;
use crate::exit::{CliError, Exit};

/// What `lariat up` does for its service.
struct UpHost {
    reloader: Arc<Reloader>,
    watching: Mutex<Watching>,
    /// 0: running, 1: draining, 2: forced.
    ending: AtomicU8,
}

#[async_trait]
impl Host for UpHost {
    async fn reload(&self) -> Result<Reloaded, ServiceError> {
        self.reloader.everything().await
    }

    fn watching(&self) -> Watching {
        self.watching.lock().clone()
    }

    fn extensions(&self) -> Vec<Value> {
        self.reloader.extensions()
    }

    fn provider_types(&self) -> Vec<Value> {
        self.reloader.provider_types()
    }

    async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        self.reloader.plugins().await
    }

    async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        self.reloader.plugin(id, order).await
    }

    fn needs_restart(&self) -> Vec<String> {
        self.reloader.needs_restart()
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst) > 0
    }

    fn shut_down(&self, mode: StopMode) {
        self.ending.fetch_max(if mode == StopMode::Force { 2 } else { 1 }, Ordering::SeqCst);
    }
}

/// A running engine.
pub struct Resident {
    pub service: Arc<Service>,
    pub file: EngineFile,
    state_dir: std::path::PathBuf,
    shared: Shared,
    tasks: Vec<JoinHandle<()>>,
    servers: Vec<JoinHandle<()>>,
    watch: Option<Arc<Watch>>,
    host: Arc<UpHost>,
}

impl Resident {
    /// Starts the service, its API, and the watch.
    pub async fn start(
        app: &App,
        events: EventBus,
        contents: Contents,
        listener: TcpListener,
        watched: bool,
    ) -> Result<Self, CliError> {
        let failed = |error: std::io::Error| CliError::new(Exit::Failed, error.to_string());
        let registries = Registries {
            routines: app.routines.clone(),
            types: app.types.clone(),
            hooks: app.hooks.clone(),
            providers: app.providers.clone(),
        };
        let begun = app.workspace.config().instances.clone();
        let instances =
            LiveInstances::new(app.instances.clone(), app.providers.clone(), events.clone(), begun);
        let root = app.workspace.root();
        let lua = app.lua().clone();
        let plugins = LivePlugins::new(app.plugins().clone(), registries.clone(), events.clone());
        let scripts = LiveScripts::new(root, lua, registries, events.clone(), contents, &app.script_failures);
        let reloader = Arc::new(Reloader::new(
            app.workspace.clone(),
            app.definitions.clone(),
            app.orchestrator.clone(),
            events.clone(),
            scripts,
            plugins,
            instances,
        ));
        let off = Watching { mode: "off", trouble: None };
        let host = Arc::new(UpHost {
            reloader: reloader.clone(),
            watching: Mutex::new(off),
            ending: AtomicU8::new(0),
        });
        let service =
            Service::new(app.orchestrator.clone(), events.clone(), app.keeping.clone(), host.clone());
        let (mut tasks, mut watch) = (Vec::new(), None);
        if watched {
            let (tell, changes) = mpsc::unbounded_channel();
            let options = app.workspace.config().watch.options();
            // Whoever listens has ended, at the end.
            let tell = move |told: Changes| drop(tell.send(told));
            let started = Watch::start(root, options, app.definitions.own_writes(), tell).map_err(failed)?;
            host.watching.lock().mode = mode_word(started.mode());
            let started = Arc::new(started);
            tasks.push(tokio::spawn(follow_changes(changes, host.clone())));
            tasks.push(tokio::spawn(follow_pools(
                app.orchestrator.pool_manager().clone(),
                reloader.clone(),
                started.clone(),
            )));
            watch = Some(started);
            // What was edited between reading and watching.
            reloader.everything().await.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        }
        let Servers { file, shared, tasks: servers } =
            Servers::start(&app.workspace, service.clone(), listener).await?;
        let state_dir = app.workspace.create_state_dir()?;
        file.write(&state_dir).map_err(failed)?;
        let started = EventKind::EngineStarted { pid: file.pid, address: file.address.to_string() };
        events.publish(started);
        Ok(Self { service, file, state_dir, shared, tasks, servers, watch, host })
    }

    /// Where people find the console.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// A link to the console that can be used once, for its owner.
    pub fn login_url(&self) -> String {
        self.shared.login_url(Access::Full)
    }

    /// Launches the groups that say `autostart`.
    pub fn autostart(&self) {
        for group in self.service.orchestrator().list_groups() {
            if group.autostart
                && let Err(error) = self.service.launch(&group.name, LaunchOrder::default())
            {
                tracing::warn!(group = group.name, "couldn't be started: {error}");
            }
        }
    }

    /// Waits until the engine was told to end and its launches have, and takes down what
    /// it put up. Says whether it was forced.
    pub async fn finish(self) -> bool {
        self.service.until_over().await;
        self.file.remove(&self.state_dir);
        self.shared.ending.cancel();
        for task in &self.tasks {
            task.abort();
        }
        // Who doesn't read its answer doesn't hold the engine up.
        let patience = std::time::Duration::from_secs(2);
        drop(tokio::time::timeout(patience, futures::future::join_all(self.servers)).await);
        let watch = self.watch;
        let _ = tokio::task::spawn_blocking(move || drop(watch)).await;
        self.host.ending.load(Ordering::SeqCst) > 1
    }
}

/// Puts what the watch tells in force, in its order.
async fn follow_changes(mut changes: mpsc::UnboundedReceiver<Changes>, host: Arc<UpHost>) {
    while let Some(told) = changes.recv().await {
        if let Some(trouble) = &told.trouble {
            *host.watching.lock() = Watching { mode: mode_word(Mode::Poll), trouble: Some(trouble.clone()) };
        }
        host.reloader.follow(&told).await;
    }
}

/// Keeps the folders of open file pools watched.
async fn follow_pools(pools: Arc<PoolManager>, reloader: Arc<Reloader>, watch: Arc<Watch>) {
    let mut turnover = pools.turnover();
    loop {
        reloader.watch_folders(&watch).await;
        if turnover.changed().await.is_err() {
            return;
        }
    }
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Auto => "auto",
        Mode::Poll => "poll",
    }
}
