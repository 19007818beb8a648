//! Libraries: the Rust sample and the raw C one, in this process and in one of their own.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lariat_conformance::play::{self, Sample};
use lariat_conformance::{Faults, Host, OpenProvider, Subject};
use lariat_core::definition::Problem;
use lariat_core::hook::Hook;
use lariat_core::ids::InstanceId;
use lariat_core::instance::InstanceProvider;
use lariat_core::kv::MemoryKv;
use lariat_core::limits::{LimitTable, Limits};
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;
use lariat_native::{NativeHost, NativeOptions, Plugin, PluginSetting, Restarts, Runner};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::well;

/// A workspace with one library in it, whatever language that was written in.
struct Stage {
    folder: TempDir,
    process: bool,
}

impl Stage {
    /// The Rust sample, as cargo built it beside this test.
    fn rust(process: bool) -> Self {
        let stage = Self { folder: TempDir::new().unwrap(), process };
        let built = std::env::current_exe().unwrap().with_file_name("liblariat_conformance_sample.so");
        std::fs::copy(&built, stage.library()).unwrap();
        stage
    }

    /// The one in C.
    fn c(process: bool) -> Self {
        let stage = Self { folder: TempDir::new().unwrap(), process };
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let made = Command::new("cc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
            .arg(here.join("../../sdk/c/include"))
            .arg(here.join("raw.c"))
            .arg("-o")
            .arg(stage.library())
            .output()
            .expect("install a C compiler");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        stage
    }

    fn library(&self) -> std::path::PathBuf {
        self.folder.path().join("played.so")
    }

    fn load(&self, deadline: Option<Duration>) -> Loaded {
        let kv: Arc<MemoryKv> = Arc::default();
        let mut options = NativeOptions::new(self.folder.path(), kv);
        // Each of them keeps its copies for itself.
        options.copies_dir = self.folder.path().join(if deadline.is_some() { "hasty" } else { "patient" });
        options.deadlines.grace = Duration::from_millis(200);
        let limits = Limits { deadline, ..Limits::default() };
        options.limits = LimitTable([(String::from("played"), limits)].into());
        options.restarts = Restarts { most: u32::MAX, longest_pause: Duration::ZERO };
        let runner = env!("CARGO_BIN_EXE_conformance-runner").into();
        options.runner = Some(Runner { program: runner, arguments: Vec::new() });
        let setting = PluginSetting { path: "played.so".into(), sha256: None, process: self.process };
        options.settings = [(String::from("played"), setting)].into();
        let host = Arc::new(NativeHost::new(options));
        let plugin = host.load().remove(0).1.unwrap();
        assert_eq!(plugin.deaths().is_some(), self.process);
        Loaded { host, plugin, library: self.library() }
    }

    /// The sample, and the same in a hurry.
    fn sample<T: ?Sized + 'static>(
        &self,
        cannot: &'static [&'static str],
        offered: fn(&Arc<Plugin>) -> Arc<T>,
    ) -> Sample<T> {
        let hasty = self.load(Some(Duration::from_millis(300)));
        Sample { patient: self.load(None).subject(offered), hasty: hasty.subject(offered), cannot }
    }
}

struct Loaded {
    host: Arc<NativeHost>,
    plugin: Arc<Plugin>,
    library: std::path::PathBuf,
}

impl Loaded {
    fn subject<T: ?Sized + 'static>(self, offered: fn(&Arc<Plugin>) -> Arc<T>) -> Subject<T> {
        let Self { host, plugin, library } = self;
        let mut subject = Subject::new(offered(&plugin), Map::new());
        let id = plugin.id().to_owned();
        subject.host = Arc::new(Counted(plugin));
        subject.next = Some(Box::new(move || {
            // What follows an ELF file's end is nobody's: the same code, and another content.
            let mut other = std::fs::read(&library).unwrap();
            other.write_all(b"\n").unwrap();
            let made = library.with_extension("next");
            std::fs::write(&made, other).unwrap();
            std::fs::rename(&made, &library).unwrap();
            host.reload(&id).map(|plugin| offered(&plugin)).map_err(|error| error.to_string())
        }));
        subject
    }
}

struct Counted(Arc<Plugin>);

impl Host for Counted {
    fn faults(&self) -> Faults {
        let Self(plugin) = self;
        Faults {
            deaths: plugin.crashes(),
            abandoned: plugin.abandoned(),
            dropped: plugin.dropped(),
            inside: plugin.stuck(),
        }
    }
}

fn pool(plugin: &Arc<Plugin>) -> Arc<dyn PoolType> {
    plugin.pool_types().remove(0)
}

fn routine(plugin: &Arc<Plugin>) -> Arc<dyn Routine> {
    plugin.routines().remove(0)
}

fn hook(plugin: &Arc<Plugin>) -> Arc<dyn Hook> {
    plugin.hooks().remove(0)
}

fn provider(plugin: &Arc<Plugin>) -> Arc<OpenProvider> {
    let provider = plugin.providers().remove(0);
    Arc::new(
        move |ids: &[InstanceId],
              config: &Map<String, Value>|
              -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
            provider.of(ids.iter().copied(), config)
        },
    )
}

/// What no plugin can play that the Rust SDK made; a crash is one only in its own process.
const HERE: &[&str] = &["nonsense", "twice", "crashes"];
const CHILD: &[&str] = &["nonsense", "twice"];

fn cannot(process: bool) -> &'static [&'static str] {
    if process { CHILD } else { HERE }
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_in_rust() {
    for process in [false, true] {
        let stage = Stage::rust(process);
        well(&lariat_conformance::pool(&stage.load(None).subject(pool)).await, &["lookup"]);
        well(&play::pool(&stage.sample(cannot(process), pool)).await, cannot(process));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn routines_in_rust() {
    for process in [false, true] {
        let stage = Stage::rust(process);
        well(&lariat_conformance::routine(&stage.load(None).subject(routine)).await, &[]);
        let cannot = if process { &["nonsense"][..] } else { &["nonsense", "crashes"] };
        well(&play::routine(&stage.sample(cannot, routine)).await, cannot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_in_rust() {
    for process in [false, true] {
        let stage = Stage::rust(process);
        well(&lariat_conformance::hook(&stage.load(None).subject(hook)).await, &[]);
        let cannot = if process { &["nonsense"][..] } else { &["nonsense", "crashes"] };
        well(&play::hook(&stage.sample(cannot, hook)).await, cannot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_in_rust() {
    for process in [false, true] {
        let stage = Stage::rust(process);
        well(&lariat_conformance::provider(&stage.load(None).subject(provider)).await, &[]);
        let cannot = if process { &["nonsense"][..] } else { &["nonsense", "crashes"] };
        well(&play::provider(&stage.sample(cannot, provider)).await, cannot);
    }
}

/// What only a library without the SDK's care can do.
#[tokio::test(flavor = "multi_thread")]
async fn pools_in_c() {
    const MORE: &[&str] = &[
        "claims", "settles", "empty", "many", "unicode", "large", "slow", "hangs", "deaf", "panics",
        "repeats", "bad_ids",
    ];
    const HERE: &[&str] = &[
        "claims", "settles", "empty", "many", "unicode", "large", "slow", "hangs", "deaf", "panics",
        "repeats", "bad_ids", "crashes",
    ];
    for process in [false, true] {
        let stage = Stage::c(process);
        well(&lariat_conformance::pool(&stage.load(None).subject(pool)).await, &["lookup"]);
        let cannot = if process { MORE } else { HERE };
        let sample = stage.sample(cannot, pool);
        let host = sample.patient.host.clone();
        well(&play::pool(&sample).await, cannot);
        // The second answer was counted, whenever it came.
        while host.faults().dropped == 0 {
            tokio::task::yield_now().await;
        }
    }
}
