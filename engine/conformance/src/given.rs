//! What extensions are asked with.

use std::sync::Arc;

use lariat_core::account::Account;
use lariat_core::definition::{LaunchOptions, PoolDefinition};
use lariat_core::hook::{HookCall, HookPoint};
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, NameError, PoolName};
use lariat_core::launch::DraftPlan;
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamSpecs;
use lariat_core::routine::{Progress, RoutineRun};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::case::Stop;

/// A text of several scripts, with what breaks those who count bytes, quotes or line ends.
pub(crate) const UNICODE: &str =
    "naïve ü 帳號 👩🏽‍🚀 \u{202e}rtl\u{202c} \"quoted\" \\back\\ tab\there \u{1}\u{7f} \u{2028} עברית";

/// So many bytes are a large field.
pub(crate) const LARGE: usize = 1 << 20;

/// A large text.
pub(crate) fn large() -> String {
    "0123456789abcdef".repeat(LARGE / 16)
}

/// The parameters that were given for it, as an extension gets them.
pub(crate) fn params(
    specs: &ParamSpecs,
    config: &Map<String, Value>,
) -> Result<Arc<Map<String, Value>>, Stop> {
    specs.check("config", config).map(Arc::new).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("its parameters aren't accepted: {}", told.join("; ")).into()
    })
}

/// A definition of a pool of that type.
pub(crate) fn definition(kind: &str, config: &Map<String, Value>) -> Result<PoolDefinition, NameError> {
    let mut definition = PoolDefinition::new(PoolName::new("conformance")?, kind);
    definition.config = config.clone();
    Ok(definition)
}

/// The same account with one more field.
pub(crate) fn with(account: &Account, field: &str, value: impl Into<Value>) -> Account {
    let mut fields = account.reveal();
    fields.remove("id");
    fields.insert(field.into(), value.into());
    Account::new(account.id.clone(), fields)
}

/// An account that nobody knows, with these fields: an object.
pub(crate) fn stranger(fields: Value) -> Result<Account, NameError> {
    let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
    Ok(Account::new(AccountId::new("conformance-stranger")?, fields))
}

/// One of each outcome, in these words.
pub(crate) fn outcomes(words: &str) -> [Outcome; 4] {
    let reason = || words.to_owned();
    let mut result = Map::new();
    result.insert("packs_opened".into(), json!(3));
    result.insert("note".into(), json!(words));
    [
        Outcome::Completed(result),
        Outcome::Failed { reason: reason() },
        Outcome::Skipped { reason: reason() },
        Outcome::Returned { reason: reason() },
    ]
}

/// The word for an outcome.
pub(crate) const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Completed(_) => "completed",
        Outcome::Failed { .. } => "failed",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Returned { .. } => "returned",
    }
}

/// One run, with these parameters.
pub(crate) fn run(
    account: Option<Account>,
    params: &Arc<Map<String, Value>>,
) -> Result<RoutineRun, NameError> {
    Ok(RoutineRun {
        account: account.map(Arc::new),
        params: params.clone(),
        launch: LaunchId::random(),
        group: GroupName::new("conformance")?,
        instance: InstanceId(0),
        generation: 1,
        stopping: CancellationToken::new(),
        progress: Progress::new(|_, _| {}),
    })
}

/// One call at a point, with these parameters and this group's config.
pub(crate) fn call(
    point: HookPoint,
    params: &Arc<Map<String, Value>>,
    config: Map<String, Value>,
) -> Result<HookCall, NameError> {
    let group = GroupName::new("conformance")?;
    let plan = DraftPlan {
        group: group.clone(),
        routine: "Conformance".into(),
        instances: vec![InstanceId(0), InstanceId(1)],
        bot_count: 2,
        account_pool: Some(PoolName::new("conformance")?),
        config,
        options: LaunchOptions::default(),
        reload: Default::default(),
    };
    Ok(HookCall {
        point,
        launch_id: LaunchId::random(),
        group,
        plan: Arc::new(plan),
        params: params.clone(),
        instances: vec![InstanceId(0), InstanceId(1)],
        completed: Vec::new(),
        failure: None,
        retries: 0,
        dry_run: false,
        launch: None,
    })
}
