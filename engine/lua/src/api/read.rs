//! `ctx:read_file`, `ctx:read_lines`, `ctx.pools`: what a pool's script may read.

use lariat_core::account::AccountRow;
use mlua::{Lua, Result, Table, Value};

use super::{Answer, Caller, caller, failure, misuse, show, value};
use crate::files::{self, Lines};
use crate::json::from_json;
use crate::pool::within;
use crate::work::{PoolWork, Stream, Work};

const GONE: &str = "the engine is shutting down";
/// Accounts of another pool that are handed over at a time.
const PART: usize = 200;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("read_file", lua.create_async_function(file)?)?;
    host.raw_set(
        "read_lines",
        lua.create_async_function(|_, path: Value| async move { Ok(lines(path).await) })?,
    )?;
    host.raw_set(
        "pool_accounts",
        lua.create_async_function(|_, pool: Value| async move { Ok(accounts(pool).await) })?,
    )?;
    host.raw_set("more", lua.create_async_function(more)?)
}

/// The pool's side of the run that calls.
fn work(caller: &Caller) -> std::result::Result<&PoolWork, &'static str> {
    match caller.service().map(|service| &service.work) {
        Some(Work::Pool(work)) => Ok(work),
        _ => Err("only pools can read these"),
    }
}

/// Whoever calls, with the text it gave.
fn who(what: &str, text: &Value) -> std::result::Result<(Caller, String), String> {
    let caller = caller()?;
    work(&caller)?;
    match text.as_string().and_then(|text| text.to_str().ok().map(|text| text.to_owned())) {
        Some(text) => Ok((caller, text)),
        None => Err(format!("{what} takes a text; got {}", show(text))),
    }
}

/// Does something that blocks, away from all that mustn't be held up.
async fn blocking<T: Send + 'static>(
    caller: &Caller,
    read: impl FnOnce() -> std::result::Result<T, String> + Send + 'static,
) -> std::result::Result<T, String> {
    let Some(service) = caller.service() else { return Err(GONE.into()) };
    let reading = async move { tokio::task::spawn_blocking(read).await.map_err(|error| error.to_string())? };
    let done = service.on_engine(reading).await;
    caller.0.waited();
    done.unwrap_or_else(|| Err(GONE.into()))
}

async fn file(lua: Lua, path: Value) -> Result<Answer> {
    let (caller, path) = match who("ctx:read_file(path)", &path) {
        Ok(both) => both,
        Err(problem) => return Ok(misuse(problem)),
    };
    let Ok(workspace) = work(&caller).map(|work| work.workspace.clone()) else { return Ok(failure(GONE)) };
    match blocking(&caller, move || files::read(&workspace, &path)).await {
        Ok(text) => Ok(value(Value::String(lua.create_string(text)?))),
        Err(why) => Ok(failure(why)),
    }
}

async fn lines(path: Value) -> Answer {
    let (caller, path) = match who("ctx:read_lines(path)", &path) {
        Ok(both) => both,
        Err(problem) => return misuse(problem),
    };
    let Ok(workspace) = work(&caller).map(|work| work.workspace.clone()) else { return failure(GONE) };
    let opened = blocking(&caller, move || Lines::open(&workspace, &path)).await;
    open(&caller, opened.map(Stream::Lines))
}

async fn accounts(pool: Value) -> Answer {
    let (caller, pool) = match who("ctx.pools:accounts(name)", &pool) {
        Ok(both) => both,
        Err(problem) => return misuse(problem),
    };
    let (lookup, readers) = match work(&caller) {
        Ok(work) => {
            let readers: Vec<_> = work.readers.iter().chain([&work.pool]).cloned().collect();
            (work.pools.clone(), readers)
        }
        Err(problem) => return misuse(problem),
    };
    let Some(lookup) = lookup else { return failure("other pools can't be read here") };
    if let Some(at) = readers.iter().position(|reader| reader.as_str() == pool) {
        let circle: Vec<String> = readers
            .iter()
            .skip(at)
            .map(|name| format!("\"{name}\""))
            .chain([format!("\"{pool}\"")])
            .collect();
        return failure(format!("pools can't read one another in a circle: {}", circle.join(" reads ")));
    }
    let Some(service) = caller.service() else { return failure(GONE) };
    let found = service.on_engine(within(readers, async move { lookup.accounts(&pool).await })).await;
    caller.0.waited();
    open(&caller, found.unwrap_or_else(|| Err(GONE.into())).map(|rows| Stream::Accounts(rows.into_iter())))
}

#[allow(clippy::cast_precision_loss)]
fn open(caller: &Caller, stream: std::result::Result<Stream, String>) -> Answer {
    let opened = stream.and_then(|stream| match work(caller) {
        Ok(work) => work.streams.borrow_mut().open(stream),
        Err(problem) => Err(problem.to_owned()),
    });
    match opened {
        Ok(number) => value(Value::Number(number as f64)),
        Err(why) => failure(why),
    }
}

/// The next part of what is being read, as a list; nothing at its end.
async fn more(lua: Lua, number: usize) -> Result<Answer> {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return Ok(misuse(problem)),
    };
    let Ok(work) = work(&caller) else { return Ok(failure(GONE)) };
    let stream = work.streams.borrow_mut().take(number);
    match stream {
        None => Ok(value(Value::Nil)),
        Some(Stream::Lines(mut lines)) => {
            let read = blocking(&caller, move || lines.part().map(|part| (part, lines))).await;
            match read {
                Err(why) => Ok(failure(why)),
                Ok((part, _)) if part.is_empty() => Ok(value(Value::Nil)),
                Ok((part, lines)) => {
                    work.streams.borrow_mut().put_back(number, Stream::Lines(lines));
                    let list = lua.create_table_with_capacity(part.len(), 0)?;
                    for (index, line) in part.into_iter().enumerate() {
                        list.raw_set(index + 1, lua.create_string(line)?)?;
                    }
                    Ok(value(Value::Table(list)))
                }
            }
        }
        Some(Stream::Accounts(mut rows)) => {
            let part: Vec<AccountRow> = rows.by_ref().take(PART).collect();
            if part.is_empty() {
                return Ok(value(Value::Nil));
            }
            work.streams.borrow_mut().put_back(number, Stream::Accounts(rows));
            caller.0.gave();
            let list = lua.create_table_with_capacity(part.len(), 0)?;
            for (index, row) in part.iter().enumerate() {
                let account = match row.unpack() {
                    Ok(account) => account.reveal(),
                    Err(error) => {
                        return Ok(failure(format!("the account {} can't be read: {error}", row.id())));
                    }
                };
                list.raw_set(index + 1, from_json(&lua, &serde_json::Value::Object(account))?)?;
            }
            Ok(value(Value::Table(list)))
        }
    }
}
