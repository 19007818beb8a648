//! Scripts.

use std::sync::Arc;
use std::time::Duration;

use lariat_conformance::play::{self, Sample};
use lariat_conformance::{OpenProvider, Subject};
use lariat_core::clock::SystemClock;
use lariat_core::definition::Problem;
use lariat_core::hook::Hook;
use lariat_core::ids::InstanceId;
use lariat_core::instance::InstanceProvider;
use lariat_core::kv::MemoryKv;
use lariat_core::limits::{LimitTable, Limits};
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;
use lariat_lua::{Budgets, LuaHost, LuaOptions};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::well;

/// A workspace with the sample of one kind.
struct Stage {
    folder: TempDir,
    /// The script, from `scripts/` on.
    file: String,
}

impl Stage {
    fn new(kind: &str) -> Self {
        let stage = Self { folder: TempDir::new().unwrap(), file: format!("scripts/{kind}s/played.lua") };
        let sample = format!("{}/scripts/{kind}.lua", env!("CARGO_MANIFEST_DIR"));
        let script = stage.folder.path().join(&stage.file);
        std::fs::create_dir_all(script.parent().unwrap()).unwrap();
        std::fs::copy(sample, script).unwrap();
        stage
    }

    fn load<T: ?Sized + 'static>(
        &self,
        deadline: Option<Duration>,
        load: fn(&LuaHost, &std::path::Path) -> Arc<T>,
    ) -> Subject<T> {
        let limits = |name: &str| (name.to_owned(), Limits { deadline, ..Limits::default() });
        let names = ["played_pool", "Played", "played_hook", "played_boxes"];
        let options = LuaOptions {
            scripts_dir: self.folder.path().join("scripts"),
            // A result of 1 MB, which is more than the usual.
            budgets: Budgets { result: 4 << 20, ..Budgets::default() },
            limits: LimitTable(names.into_iter().map(limits).collect()),
            kv: Arc::<MemoryKv>::default(),
            clock: Arc::new(SystemClock),
            http: Default::default(),
            vm_threads: 2,
        };
        let host = LuaHost::new(options).unwrap();
        let file = self.folder.path().join(&self.file);
        let mut subject = Subject::new(load(&host, &file), Map::new());
        subject.next = Some(Box::new(move || {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, format!("{text}-- edited\n")).unwrap();
            Ok(load(&host, &file))
        }));
        subject
    }

    fn sample<T: ?Sized + 'static>(
        &self,
        cannot: &'static [&'static str],
        load: fn(&LuaHost, &std::path::Path) -> Arc<T>,
    ) -> Sample<T> {
        let hasty = self.load(Some(Duration::from_millis(300)), load);
        Sample { patient: self.load(None, load), hasty, cannot }
    }
}

fn pool(host: &LuaHost, file: &std::path::Path) -> Arc<dyn PoolType> {
    host.load_pool_file(file).unwrap()
}

fn routine(host: &LuaHost, file: &std::path::Path) -> Arc<dyn Routine> {
    host.load_file(file).unwrap()
}

fn hook(host: &LuaHost, file: &std::path::Path) -> Arc<dyn Hook> {
    host.load_hook_file(file).unwrap()
}

fn provider(host: &LuaHost, file: &std::path::Path) -> Arc<OpenProvider> {
    let provider = host.load_provider_file(file).unwrap();
    Arc::new(
        move |ids: &[InstanceId],
              config: &Map<String, Value>|
              -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
            provider.of(ids.iter().copied(), config)
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn pools() {
    let stage = Stage::new("pool");
    well(&lariat_conformance::pool(&stage.load(None, pool)).await, &["lookup"]);
    // An account of a script has at most 64 KB.
    let cannot = &["large", "twice", "crashes"];
    well(&play::pool(&stage.sample(cannot, pool)).await, cannot);
}

#[tokio::test(flavor = "multi_thread")]
async fn routines() {
    let stage = Stage::new("routine");
    well(&lariat_conformance::routine(&stage.load(None, routine)).await, &[]);
    let cannot = &["crashes"];
    well(&play::routine(&stage.sample(cannot, routine)).await, cannot);
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks() {
    let stage = Stage::new("hook");
    well(&lariat_conformance::hook(&stage.load(None, hook)).await, &[]);
    let cannot = &["crashes"];
    well(&play::hook(&stage.sample(cannot, hook)).await, cannot);
}

#[tokio::test(flavor = "multi_thread")]
async fn providers() {
    let stage = Stage::new("provider");
    well(&lariat_conformance::provider(&stage.load(None, provider)).await, &[]);
    let cannot = &["crashes"];
    well(&play::provider(&stage.sample(cannot, provider)).await, cannot);
}
