//! What a host makes of each thing that a pool type may do.

use std::sync::Arc;

use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use lariat_core::source::{AccountSource, Claim, PoolType, Selection, SourceError};
use serde_json::{Map, Value, json};

use super::{Sample, Stage, again, told};
use crate::case::{Case, Done, Stop, must};
use crate::{Subject, given};

/// How many accounts a large pool has.
const MANY: usize = 100_000;

/// Plays a sample of a pool type: `a`, `b` and `c`, of which `b` is refused.
pub async fn pool(sample: &Sample<dyn PoolType>) -> Vec<Case> {
    let mut stage = Stage::new(sample);
    let (it, hasty) = (&sample.patient, &sample.hasty);
    stage.play("good", "accounts come in order, with their fields", good(it)).await;
    stage.play("claims", "a claim that is refused is told with its reason", claims(it)).await;
    stage.play("settles", "each outcome reaches the source with its words", settles(it)).await;
    stage.play("empty", "no account is a selection too", empty(it)).await;
    stage.play("many", "100,000 accounts come in order", many(it)).await;
    stage.play("unicode", "text of all scripts arrives as it was", echo(it, given::UNICODE)).await;
    stage.play("large", "a field of 1 MB arrives as it was", echo(it, &given::large())).await;
    stage.play("slow", "what takes its time is waited for", same(it, "slow")).await;
    stage.play("hangs", "what waits for ever ends at its deadline", late(hasty, "hangs")).await;
    stage.play("deaf", "what doesn't hear of its end is given up", late(hasty, "deaf")).await;
    stage.play("panics", "a panic is an error of that call", panics(it)).await;
    stage.play("repeats", "an id that comes again keeps its first place, and is told", repeats(it)).await;
    stage.play("bad_ids", "an id that can't be one is told, and never served", bad_ids(it)).await;
    stage.play("nonsense", "an answer that is none is an error of that call", nonsense(it)).await;
    stage.play("twice", "the first of two answers counts", same(it, "twice")).await;
    stage.play("crashes", "a crash is passing, and the next question is answered", crashes(it)).await;
    stage.end()
}

async fn open(it: &Subject<dyn PoolType>, play: &str, text: &str) -> Result<Arc<dyn AccountSource>, Stop> {
    let config = told(&it.config, play, text);
    let definition =
        given::definition(it.extension.name(), &config).map_err(|error| Stop::Failed(error.to_string()))?;
    it.extension.open(&definition).await.map_err(|error| format!("open: {error}").into())
}

async fn fetched(source: &dyn AccountSource) -> Result<Selection, Stop> {
    source.fetch().await.map_err(|error| format!("fetch: {error}").into())
}

fn account(id: &str, fields: Value) -> Result<Account, Stop> {
    let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
    let id = AccountId::new(id).map_err(|error| Stop::Failed(error.to_string()))?;
    Ok(Account::new(id, fields))
}

/// The ids, each with one field.
fn shown(selection: &Selection, field: &str) -> Result<Vec<(String, Value)>, Stop> {
    let one = |row: &lariat_core::account::AccountRow| {
        let account = row.unpack().map_err(|error| Stop::Failed(error.to_string()))?;
        Ok((row.id().to_owned(), account.get(field).cloned().unwrap_or_default()))
    };
    selection.accounts.iter().map(one).collect()
}

fn is(found: &[(String, Value)], expected: &[(&str, Value)]) -> Done {
    let expected: Vec<(String, Value)> =
        expected.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
    must(found == expected, || format!("{found:?} isn't {expected:?}"))
}

fn three() -> [(&'static str, Value); 3] {
    [("a", json!(1)), ("b", json!(2)), ("c", json!(3))]
}

async fn good(it: &Subject<dyn PoolType>) -> Done {
    same(it, "good").await
}

async fn same(it: &Subject<dyn PoolType>, play: &str) -> Done {
    let source = open(it, play, "").await?;
    is(&shown(&fetched(&*source).await?, "pack_count")?, &three())
}

async fn claims(it: &Subject<dyn PoolType>) -> Done {
    let source = open(it, "good", "").await?;
    let claim =
        async |id| source.claim(&account(id, json!({}))?).await.map_err(|e| Stop::Failed(e.to_string()));
    must(claim("a").await? == Claim::Granted, || "a wasn't granted".into())?;
    let refused = claim("b").await?;
    must(refused == Claim::Refused("taken".into()), || format!("b: {refused:?}"))
}

/// What was settled comes as accounts: `a/completed`, with the words.
async fn settles(it: &Subject<dyn PoolType>) -> Done {
    let source = open(it, "settles", "").await?;
    for outcome in given::outcomes(given::UNICODE) {
        let id = AccountId::new("a").map_err(|error| Stop::Failed(error.to_string()))?;
        source.settle(&id, &outcome).await.map_err(|error| Stop::Failed(format!("settle: {error}")))?;
    }
    let words = || json!(given::UNICODE);
    let expected =
        [("a/completed", words()), ("a/failed", words()), ("a/skipped", words()), ("a/returned", words())];
    is(&shown(&fetched(&*source).await?, "note")?, &expected)
}

async fn empty(it: &Subject<dyn PoolType>) -> Done {
    let selection = fetched(&*open(it, "empty", "").await?).await?;
    must(selection.accounts.is_empty() && selection.warnings.is_empty(), || format!("{selection:?}"))
}

async fn many(it: &Subject<dyn PoolType>) -> Done {
    let selection = fetched(&*open(it, "many", "").await?).await?;
    must(selection.accounts.len() == MANY, || format!("{} accounts came", selection.accounts.len()))?;
    let other = selection.accounts.iter().enumerate().find(|(n, row)| row.id() != format!("n{n}"));
    must(other.is_none(), || format!("place and id are {other:?}"))
}

async fn echo(it: &Subject<dyn PoolType>, text: &str) -> Done {
    let source = open(it, "echo", text).await?;
    let selection = fetched(&*source).await?;
    let [row] = selection.accounts.as_slice() else {
        return Err(format!("{} accounts came", selection.accounts.len()).into());
    };
    let account = row.unpack().map_err(|error| Stop::Failed(error.to_string()))?;
    must(account.get("note") == Some(&json!(text)), || "the field isn't what it was".into())?;
    let claim = source.claim(&account).await.map_err(|error| Stop::Failed(error.to_string()))?;
    must(claim == Claim::Refused(text.into()), || "the claim's reason isn't the field".into())
}

/// Its fetch ends at the deadline in words that say so, and the next question is answered.
async fn late(it: &Subject<dyn PoolType>, play: &str) -> Done {
    let source = open(it, play, "").await?;
    match source.fetch().await {
        Err(error) => must(says_late(&error), || format!("it isn't told as late: {error}"))?,
        Ok(_) => return Err("it ended by itself".into()),
    }
    answers(&*source).await
}

fn says_late(error: &SourceError) -> bool {
    let told = error.to_string();
    ["longer", "budget", "time", "given up"].iter().any(|word| told.contains(word))
}

async fn answers(source: &dyn AccountSource) -> Done {
    let account = account("a", json!({}))?;
    let passes = |claim: &Result<Claim, SourceError>| matches!(claim, Err(SourceError::Unavailable(_)));
    let claim = again(async || source.claim(&account).await, passes).await;
    must(claim == Ok(Claim::Granted), || format!("the next question: {claim:?}"))
}

async fn panics(it: &Subject<dyn PoolType>) -> Done {
    let source = open(it, "panics", "").await?;
    match source.fetch().await {
        Err(SourceError::Extension { message, .. }) => {
            must(message.contains("on purpose"), || format!("its words are lost: {message}"))?;
        }
        other => return Err(format!("it isn't the extension's error: {other:?}").into()),
    }
    answers(&*source).await
}

/// `a` comes again, with another field.
async fn repeats(it: &Subject<dyn PoolType>) -> Done {
    let selection = fetched(&*open(it, "repeats", "").await?).await?;
    is(&shown(&selection, "pack_count")?, &three())?;
    must(selection.warnings.len() == 1, || format!("warnings: {:?}", selection.warnings))
}

/// The second one's id is empty. A host passes it over, or the fetch is an error.
async fn bad_ids(it: &Subject<dyn PoolType>) -> Done {
    match open(it, "bad_ids", "").await?.fetch().await {
        Ok(selection) => {
            is(&shown(&selection, "pack_count")?, &[("a", json!(1)), ("c", json!(3))])?;
            must(selection.warnings.len() == 1, || format!("warnings: {:?}", selection.warnings))
        }
        Err(SourceError::Extension { .. }) => Ok(()),
        Err(other) => Err(format!("it isn't the extension's error: {other:?}").into()),
    }
}

async fn nonsense(it: &Subject<dyn PoolType>) -> Done {
    let source = open(it, "nonsense", "").await?;
    match source.fetch().await {
        Err(SourceError::Extension { .. }) => answers(&*source).await,
        other => Err(format!("it isn't the extension's error: {other:?}").into()),
    }
}

async fn crashes(it: &Subject<dyn PoolType>) -> Done {
    let source = open(it, "crashes", "").await?;
    match source.fetch().await {
        Err(SourceError::Unavailable(_)) => answers(&*source).await,
        other => Err(format!("it isn't told as passing: {other:?}").into()),
    }
}
