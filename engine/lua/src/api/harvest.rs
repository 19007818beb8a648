//! The accounts that a pool's `fetch` gives.

use std::sync::atomic::Ordering;

use mlua::{Lua, Result, Table, Value};

use crate::run::current;
use crate::work::Work;

/// So many new accounts show that a script gets somewhere.
const SIGN_OF_LIFE: usize = 256;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("account", lua.create_function(|_, account: Value| Ok(take(&account)))?)
}

/// Takes one account; says what is wrong with it.
fn take(account: &Value) -> Option<String> {
    let run = current()?;
    let Work::Pool(work) = &run.service.as_ref()?.work else { return None };
    let mut harvest = work.harvest.borrow_mut();
    let taken = harvest.take(account, run.budgets());
    work.given.store(harvest.len(), Ordering::Relaxed);
    match taken {
        Ok(true) if harvest.len().is_multiple_of(SIGN_OF_LIFE) => run.gave(),
        // One that came before is no sign of life: an endless iterator gives such.
        Ok(_) => {}
        Err(problem) => return Some(problem),
    }
    None
}
