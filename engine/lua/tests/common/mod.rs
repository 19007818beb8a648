//! A workspace in a temporary folder, with a host over it.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use lariat_core::account::Account;
use lariat_core::clock::SystemClock;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
use lariat_core::kv::MemoryKv;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, Routine, RoutineError, RoutineRun};
use lariat_lua::{Budgets, Finding, HttpPolicy, LuaHost, LuaOptions, ScriptError};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

pub struct World {
    pub folder: tempfile::TempDir,
    pub host: LuaHost,
    pub kv: Arc<MemoryKv>,
}

pub fn world() -> World {
    world_with(Budgets::default(), HttpPolicy::default(), 2)
}

pub fn world_with(budgets: Budgets, http: HttpPolicy, vm_threads: usize) -> World {
    let folder = tempfile::tempdir().unwrap();
    let scripts_dir = folder.path().join("scripts");
    std::fs::create_dir_all(scripts_dir.join("routines")).unwrap();
    let kv = Arc::new(MemoryKv::default());
    let options =
        LuaOptions { scripts_dir, budgets, kv: kv.clone(), clock: Arc::new(SystemClock), http, vm_threads };
    World { host: LuaHost::new(options).unwrap(), folder, kv }
}

/// A routine called `t` whose `run` has this body.
pub fn routine(body: &str) -> String {
    format!("local R = lariat.routine {{ name = \"t\" }}\nfunction R.run(ctx)\n{body}\nend\nreturn R\n")
}

impl World {
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("scripts").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn load(&self, text: &str) -> Result<Arc<dyn Routine>, ScriptError> {
        let path = self.write("routines/t.lua", text);
        self.host.load_file(&path)
    }

    /// The routine whose `run` has this body.
    pub fn body(&self, body: &str) -> Arc<dyn Routine> {
        self.load(&routine(body)).unwrap()
    }

    pub fn check(&self, text: &str) -> Vec<Finding> {
        let path = self.write("routines/t.lua", text);
        self.host.check_file(&path)
    }

    /// Runs a body and gives its outcome.
    pub async fn run(&self, body: &str) -> Result<Outcome, RoutineError> {
        self.body(body).run(given()).await
    }

    /// Runs a body that must return a table, and gives it.
    pub async fn value(&self, body: &str) -> Value {
        match self.run(body).await {
            Ok(Outcome::Completed(result)) => Value::Object(result),
            other => panic!("{other:?}"),
        }
    }

    /// Runs a body that must raise, and gives the message.
    pub async fn raises(&self, body: &str) -> String {
        match self.run(body).await {
            Err(RoutineError::Raised { message, .. }) => message,
            other => panic!("{other:?}"),
        }
    }
}

pub fn given() -> RoutineRun {
    RoutineRun {
        account: None,
        params: Arc::default(),
        launch: LaunchId::random(),
        group: GroupName::new("g").unwrap(),
        instance: InstanceId(3),
        generation: 1,
        stopping: CancellationToken::new(),
        progress: Progress::new(|_, _| {}),
    }
}

pub fn of_group(group: &str) -> RoutineRun {
    RoutineRun { group: GroupName::new(group).unwrap(), ..given() }
}

pub fn with_account(fields: Value) -> RoutineRun {
    let fields = fields.as_object().unwrap().clone();
    let account = Account::new(AccountId::new("a1").unwrap(), fields);
    RoutineRun { account: Some(Arc::new(account)), ..given() }
}

pub fn with_params(params: Value) -> RoutineRun {
    RoutineRun { params: Arc::new(params.as_object().unwrap().clone()), ..given() }
}

pub fn completed(fields: Value) -> Result<Outcome, RoutineError> {
    let fields: Map<String, Value> = fields.as_object().unwrap().clone();
    Ok(Outcome::Completed(fields))
}

pub fn over_budget(outcome: &Result<Outcome, RoutineError>) -> String {
    match outcome {
        Err(RoutineError::OverBudget(why)) => why.clone(),
        other => panic!("{other:?}"),
    }
}

type Reports = Arc<Mutex<Vec<(f64, f64)>>>;

/// Progress that remembers what was reported.
pub fn remembered() -> (Progress, Reports) {
    let seen = Reports::default();
    let reports = seen.clone();
    (Progress::new(move |i, n| reports.lock().unwrap().push((i, n))), seen)
}

/// Short budgets, so that tests of runaways take no time.
pub fn tight() -> Budgets {
    Budgets {
        stretch: Duration::from_millis(150),
        cpu: Duration::from_millis(600),
        load: Duration::from_millis(150),
        memory: 16 << 20,
        ..Budgets::default()
    }
}

pub fn empty() -> Value {
    json!({})
}
