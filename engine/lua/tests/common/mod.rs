//! A workspace in a temporary folder, with a host over it.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use lariat_core::account::Account;
use lariat_core::clock::SystemClock;
use lariat_core::definition::{LaunchOptions, PoolDefinition};
use lariat_core::hook::{Hook, HookCall, HookError, HookPoint, Moment, Verdict};
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::kv::MemoryKv;
use lariat_core::launch::{DraftPlan, Phase};
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, Routine, RoutineError, RoutineRun};
use lariat_core::source::{AccountSource, PoolType, Selection};
use lariat_lua::{Budgets, Finding, HttpPolicy, LuaHost, LuaOptions, LuaPoolType, ScriptError};
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
    let options = LuaOptions {
        scripts_dir,
        budgets,
        limits: Default::default(),
        kv: kv.clone(),
        clock: Arc::new(SystemClock),
        http,
        vm_threads,
    };
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

/// A definition of a pool of this type.
pub fn definition(name: &str, pool_type: &str, config: Value) -> PoolDefinition {
    let mut definition = PoolDefinition::new(PoolName::new(name).unwrap(), pool_type);
    definition.config = config.as_object().unwrap().clone();
    definition
}

/// A pool type called `t` with these functions.
pub fn pool(functions: &str) -> String {
    format!("local P = lariat.pool {{ name = \"t\" }}\n{functions}\nreturn P\n")
}

/// A hook called `t` whose `run` has this body.
pub fn hook(body: &str) -> String {
    format!(
        "local H = lariat.hook {{ name = \"t\", on = {{ \"before:validate\" }} }}\nfunction H.run(ctx)\n{body}\nend\nreturn H\n"
    )
}

impl World {
    pub fn pool_type(&self, text: &str) -> Result<Arc<LuaPoolType>, ScriptError> {
        let path = self.write("pools/t.lua", text);
        self.host.load_pool_file(&path)
    }

    /// An open pool `P` of these functions.
    pub async fn source(&self, functions: &str) -> Arc<dyn AccountSource> {
        self.source_of("P", functions).await
    }

    pub async fn source_of(&self, name: &str, functions: &str) -> Arc<dyn AccountSource> {
        let kind = self.pool_type(&pool(functions)).unwrap();
        kind.open(&definition(name, "t", json!({}))).await.unwrap()
    }

    /// The accounts that a `fetch` of this body gives, as JSON.
    pub async fn fetched(&self, body: &str) -> Value {
        let source = self.source(&format!("function P.fetch(ctx)\n{body}\nend")).await;
        accounts(source.fetch().await.unwrap())
    }

    /// What a `fetch` of this body says when it breaks.
    pub async fn unfetched(&self, body: &str) -> String {
        let source = self.source(&format!("function P.fetch(ctx)\n{body}\nend")).await;
        source.fetch().await.unwrap_err().to_string()
    }

    pub fn hook(&self, text: &str) -> Result<Arc<dyn Hook>, ScriptError> {
        let path = self.write("hooks/t.lua", text);
        self.host.load_hook_file(&path)
    }

    /// The verdict of a hook of this body.
    pub async fn verdict(&self, body: &str) -> Result<Verdict, HookError> {
        self.hook(&hook(body)).unwrap().run(call()).await
    }
}

pub fn accounts(selection: Selection) -> Value {
    selection.accounts.iter().map(|row| Value::Object(row.unpack().unwrap().reveal())).collect()
}

pub fn account(fields: Value) -> Account {
    let mut fields = fields.as_object().unwrap().clone();
    let id = fields.remove("id").unwrap();
    Account::new(AccountId::new(id.as_str().unwrap()).unwrap(), fields)
}

/// A call of a hook before `validate`.
pub fn call() -> HookCall {
    let group = GroupName::new("g").unwrap();
    HookCall {
        point: HookPoint::new(Moment::Before, Phase::Validate),
        launch_id: LaunchId::random(),
        group: group.clone(),
        plan: Arc::new(DraftPlan {
            group,
            routine: "OpenPacks".into(),
            instances: vec![InstanceId(0), InstanceId(1)],
            bot_count: 2,
            account_pool: Some(PoolName::new("Premium").unwrap()),
            config: Map::new(),
            options: LaunchOptions::default(),
            reload: Default::default(),
        }),
        params: Arc::default(),
        instances: Vec::new(),
        completed: vec![Phase::ResolvePool],
        failure: None,
        retries: 0,
        dry_run: false,
        launch: None,
    }
}
