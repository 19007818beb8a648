//! The engine's own: the pool types `file` and `sql`, `static` instances, and a double in Rust that plays
//! what a trait alone can.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lariat_accounts::FilePoolType;
use lariat_conformance::play::{self, Sample};
use lariat_conformance::{OpenProvider, Subject};
use lariat_core::account::{Account, AccountRow};
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::ids::{AccountId, InstanceId};
use lariat_core::instance::{InstanceProvider, StaticProvider};
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamSpecs;
use lariat_core::source::{AccountSource, Claim, PoolType, Selection, SourceError};
use lariat_store::accounts::ImportAccount;
use lariat_store::sql::{DatabaseRef, MAIN, SqlPoolType};
use lariat_store::{Store, StoreOptions};
use serde_json::{Map, Value, json};

use crate::well;

#[tokio::test(flavor = "multi_thread")]
async fn files() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["a", "b", "c", "d"] {
        let text = format!("<account>{id}</account><password>secret</password>");
        std::fs::write(folder.path().join(format!("{id}.xml")), text).unwrap();
    }
    let stands = |definition: &mut PoolDefinition| definition.directory = Some(".".into());
    let files = Beside { pool_type: FilePoolType::new(folder.path()), stands };
    let subject = Subject::new(Arc::new(files) as Arc<dyn PoolType>, Map::new());
    well(&lariat_conformance::pool(&subject).await, &["replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sql() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(StoreOptions::new(folder.path().join("state.db"))).await.unwrap();
    let accounts = ["a", "b", "c", "d"].into_iter().zip(1..).map(|(id, packs)| ImportAccount {
        id: AccountId::new(id).unwrap(),
        fields: Map::from_iter([
            ("pack_count".to_owned(), json!(packs)),
            ("name".to_owned(), json!("Zoë 🎴")),
        ]),
    });
    store.import(accounts.collect()).await.unwrap();
    let databases = BTreeMap::from([(MAIN.to_owned(), DatabaseRef::from(folder.path().join("state.db")))]);
    let stands = |definition: &mut PoolDefinition| {
        let query = json!({"sort": [{"field": "pack_count", "direction": "desc"}]});
        definition.query = Some(serde_json::from_value(query).unwrap());
    };
    let sql = Beside { pool_type: SqlPoolType::new(databases), stands };
    let subject = Subject::new(Arc::new(sql) as Arc<dyn PoolType>, Map::new());
    well(&lariat_conformance::pool(&subject).await, &["replaced"]);
    store.close().await;
}

/// Of a pool type that has its parameters beside `config`: what stands there.
struct Beside<T> {
    pool_type: T,
    stands: fn(&mut PoolDefinition),
}

impl<T> Beside<T> {
    fn with(&self, definition: &PoolDefinition) -> PoolDefinition {
        let mut definition = definition.clone();
        (self.stands)(&mut definition);
        definition
    }
}

#[async_trait]
impl<T: PoolType> PoolType for Beside<T> {
    fn name(&self) -> &str {
        self.pool_type.name()
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        let definition = self.with(definition);
        let mut found = definition.problems();
        found.extend(self.pool_type.problems(&definition));
        found
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        self.pool_type.open(&self.with(definition)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn static_instances() {
    let open: Arc<OpenProvider> = Arc::new(
        |ids: &[InstanceId],
         config: &Map<String, Value>|
         -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
            ParamSpecs::default().check("config", config)?;
            Ok(Arc::new(StaticProvider::of(ids.iter().copied())))
        },
    );
    well(&lariat_conformance::provider(&Subject::new(open, Map::new())).await, &["replaced"]);
}

/// What a source in the engine's own code can play: nobody stands between it and the pool.
#[tokio::test(flavor = "multi_thread")]
async fn a_double() {
    const CANNOT: &[&str] =
        &["hangs", "deaf", "panics", "repeats", "bad_ids", "nonsense", "twice", "crashes"];
    let double = || Subject::new(Arc::new(Played) as Arc<dyn PoolType>, Map::new());
    well(&lariat_conformance::pool(&double()).await, &["replaced"]);
    let sample = Sample { patient: double(), hasty: double(), cannot: CANNOT };
    well(&play::pool(&sample).await, CANNOT);
}

struct Played;

fn specs() -> ParamSpecs {
    let specs =
        json!({"play": {"type": "string", "default": "good"}, "text": {"type": "string", "default": ""}});
    serde_json::from_value(specs).unwrap()
}

#[async_trait]
impl PoolType for Played {
    fn name(&self) -> &str {
        "played_pool"
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        specs().check("config", &definition.config).err().unwrap_or_default()
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let told = specs().check("config", &definition.config).map_err(SourceError::Invalid)?;
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Ok(Arc::new(Open { play: text("play"), text: text("text"), settled: Mutex::default() }))
    }
}

struct Open {
    play: String,
    text: String,
    settled: Mutex<Vec<AccountRow>>,
}

fn row(id: &str, field: &str, value: impl Into<Value>) -> AccountRow {
    AccountRow::new(AccountId::new(id).unwrap(), [(field.to_owned(), value.into())].into_iter().collect())
}

#[async_trait]
impl AccountSource for Open {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        if self.play == "slow" {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let accounts = match self.play.as_str() {
            "empty" => Vec::new(),
            "many" => (0..100_000).map(|n| row(&format!("n{n}"), "pack_count", n)).collect(),
            "echo" => vec![row("echo", "note", self.text.as_str())],
            "settles" => self.settled.lock().unwrap().clone(),
            _ => ["a", "b", "c"].into_iter().zip(1..).map(|(id, n)| row(id, "pack_count", n)).collect(),
        };
        Ok(Selection { accounts, warnings: Vec::new() })
    }

    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        let all = self.fetch().await?.accounts;
        Ok(all.into_iter().filter(|row| ids.contains(&row.account_id())).collect())
    }

    async fn claim(&self, account: &Account) -> Result<Claim, SourceError> {
        if self.play == "echo" {
            return Ok(Claim::Refused(
                account.get("note").and_then(Value::as_str).unwrap_or_default().into(),
            ));
        }
        let taken = account.id.as_str() == "b";
        Ok(if taken { Claim::Refused("taken".into()) } else { Claim::Granted })
    }

    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        let (word, note) = match outcome {
            Outcome::Completed(result) => ("completed", result["note"].clone()),
            Outcome::Failed { reason } => ("failed", json!(reason)),
            Outcome::Skipped { reason } => ("skipped", json!(reason)),
            Outcome::Returned { reason } => ("returned", json!(reason)),
        };
        self.settled.lock().unwrap().push(row(&format!("{account}/{word}"), "note", note));
        Ok(())
    }
}
