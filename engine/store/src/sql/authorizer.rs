//! SQLite's raw handle behind a safe face: the authorizer, the limits, and one
//! statement that is stepped row by row. The only module of the engine with
//! `unsafe`; it knows nothing of pools.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;

use libsqlite3_sys as ffi;
use sqlx::sqlite::LockedSqliteHandle;

use crate::sql::bind::Bound;
use crate::sql::failure::Failure;
use crate::sql::limits::GuardLimits;
use crate::sql::place::Place;
use crate::sql::rules::Rules;
use crate::sql::watch::Watch;

/// How many of SQLite's instructions run between two looks at the watch: a few rows'
/// worth, since a single instruction may work on a text of the largest length.
const INSTRUCTIONS: i32 = 100;

/// How many looks there are between two moments at which whoever else is ready gets the
/// processor: some tens of microseconds. A bot's work takes less than its turn would last.
const LOOKS_A_TURN: u32 = 16;

/// A connection that does nothing but what its rules allow, as long as this lives.
pub(super) struct Guarded<'c> {
    handle: LockedSqliteHandle<'c>,
    db: NonNull<ffi::sqlite3>,
    state: Rc<State>,
    watch: Arc<Watch>,
}

/// What the authorizer's callback sees.
struct State {
    rules: Rules,
    refusal: RefCell<Option<String>>,
}

impl<'c> Guarded<'c> {
    /// Puts a connection under guard.
    pub(super) fn new(
        mut handle: LockedSqliteHandle<'c>,
        rules: Rules,
        limits: &GuardLimits,
        watch: &Arc<Watch>,
    ) -> Self {
        let db = handle.as_raw_handle();
        let state = Rc::new(State { rules, refusal: RefCell::new(None) });
        let seen = Arc::clone(watch);
        let mut looks = 0_u32;
        handle.set_progress_handler(INSTRUCTIONS, move || {
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS_A_TURN) {
                std::thread::yield_now();
            }
            seen.go_on()
        });
        // SAFETY: `db` is open, and `handle` keeps sqlx's worker off it while `self`
        // lives. The callback's data is `state`, which `self` owns; `drop` takes the
        // callback away before `state` is freed, and SQLite calls it on this thread
        // only (`Rc` keeps `self` from leaving it). DEFENSIVE takes an int and a
        // pointer that may be null.
        unsafe {
            for (category, value) in limits.of_sqlite() {
                ffi::sqlite3_limit(db.as_ptr(), category, value);
            }
            ffi::sqlite3_db_config(
                db.as_ptr(),
                ffi::SQLITE_DBCONFIG_DEFENSIVE,
                1 as c_int,
                ptr::null_mut::<c_int>(),
            );
            ffi::sqlite3_set_authorizer(
                db.as_ptr(),
                Some(authorize),
                Rc::as_ptr(&state).cast_mut().cast::<c_void>(),
            );
        }
        Self { handle, db, state, watch: Arc::clone(watch) }
    }

    /// Forgets why a query was refused that isn't asked after all.
    pub(super) fn forget_refusal(&self) {
        self.state.refusal.take();
    }

    /// Compiles exactly one query.
    pub(super) fn prepare(&self, sql: &str) -> Result<Statement<'_, 'c>, Failure> {
        let (first, mut rest) = self.compile(sql)?;
        let first = first.ok_or_else(|| Failure::Query("holds no statement".to_owned()))?;
        // SQLite stops after the first statement: comments and `;` may follow, no other.
        while !rest.is_empty() {
            match self.compile(rest) {
                Ok((None, after)) if after.len() < rest.len() => rest = after,
                Ok((None, _)) => break,
                Ok((Some(_), _)) | Err(_) => {
                    return Err(Failure::Refused("a second statement isn't allowed".to_owned()));
                }
            }
        }
        // SAFETY: `first.raw` is a statement that is alive.
        let reads_only = unsafe {
            ffi::sqlite3_stmt_readonly(first.raw.as_ptr()) != 0
                && ffi::sqlite3_stmt_isexplain(first.raw.as_ptr()) == 0
                && ffi::sqlite3_column_count(first.raw.as_ptr()) > 0
        };
        if !reads_only {
            return Err(Failure::Refused("the statement isn't a SELECT that only reads".to_owned()));
        }
        Ok(first)
    }

    fn compile<'s>(&self, sql: &'s str) -> Result<(Option<Statement<'_, 'c>>, &'s str), Failure> {
        let length = c_int::try_from(sql.len())
            .map_err(|_| Failure::Refused("the SQL is longer than SQLite accepts".to_owned()))?;
        let mut raw = ptr::null_mut();
        let mut tail = ptr::null();
        // SAFETY: `db` is open and ours (see `new`). SQLite reads at most `length`
        // bytes of `sql`, and writes the two pointers, of which `tail` points into `sql`.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(self.db.as_ptr(), sql.as_ptr().cast(), length, &mut raw, &mut tail)
        };
        if code != ffi::SQLITE_OK {
            return Err(self.failure(code, Some(sql)));
        }
        let done = tail.addr().saturating_sub(sql.as_ptr().addr());
        let statement = NonNull::new(raw).map(|raw| Statement { guarded: self, raw });
        Ok((statement, sql.get(done..).unwrap_or_default()))
    }

    /// What the last call on this connection failed with.
    fn failure(&self, code: c_int, sql: Option<&str>) -> Failure {
        if let Some(rule) = self.state.refusal.take() {
            return Failure::Refused(rule);
        }
        // SAFETY: `db` is open and ours; the message is text that lives until the next
        // call on `db`, and is copied before.
        let (message, offset) = unsafe {
            let message = ffi::sqlite3_errmsg(self.db.as_ptr());
            let message = if message.is_null() {
                "unknown error".to_owned()
            } else {
                CStr::from_ptr(message).to_string_lossy().into_owned()
            };
            (message, ffi::sqlite3_error_offset(self.db.as_ptr()))
        };
        let place = sql.zip(usize::try_from(offset).ok()).map(|(sql, offset)| Place::of(sql, offset));
        match code & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Failure::Busy,
            ffi::SQLITE_INTERRUPT => self.watch.reason(),
            ffi::SQLITE_AUTH | ffi::SQLITE_READONLY | ffi::SQLITE_PERM => Failure::Refused(message),
            ffi::SQLITE_TOOBIG => {
                Failure::Refused(format!("a text, a blob, a row or the SQL is too long ({message})"))
            }
            ffi::SQLITE_ERROR | ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE | ffi::SQLITE_CONSTRAINT => {
                Failure::Query(place.map_or(message.clone(), |place| format!("{place}: {message}")))
            }
            _ => Failure::Unavailable(format!("can't be read: {message}")),
        }
    }
}

impl Drop for Guarded<'_> {
    fn drop(&mut self) {
        self.handle.remove_progress_handler();
        // SAFETY: `db` is open and ours; no statement is left, since each borrows `self`.
        unsafe {
            ffi::sqlite3_set_authorizer(self.db.as_ptr(), None, ptr::null_mut());
        }
    }
}

/// SQLite asks this for each thing that a statement would do, while compiling it.
unsafe extern "C" fn authorize(
    data: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    database: *const c_char,
    _within: *const c_char,
) -> c_int {
    // SAFETY: SQLite passes the data that was registered, a `State` that outlives the
    // registration and is only ever shared; the texts are null, or end with a NUL and
    // live as long as this call.
    let (state, first, second, database) = unsafe {
        let text = |text: *const c_char| (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy());
        (&*data.cast_const().cast::<State>(), text(first), text(second), text(database))
    };
    // A panic must not cross into C.
    let answer = catch_unwind(AssertUnwindSafe(|| {
        state.rules.check(action, first.as_deref(), second.as_deref(), database.as_deref())
    }));
    let Err(rule) = answer.unwrap_or_else(|_| Err("the guard failed".to_owned())) else {
        return ffi::SQLITE_OK;
    };
    if let Ok(mut refusal) = state.refusal.try_borrow_mut() {
        refusal.get_or_insert(rule);
    }
    ffi::SQLITE_DENY
}

/// A compiled query. It can't outlive its guard, and a value that it shows can't
/// outlive the row.
pub(super) struct Statement<'g, 'c> {
    guarded: &'g Guarded<'c>,
    raw: NonNull<ffi::sqlite3_stmt>,
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'r> {
    Null,
    Int(i64),
    Real(f64),
    /// As stored: SQLite doesn't check that it is UTF-8.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl Statement<'_, '_> {
    /// How many values the query takes.
    pub(super) fn parameters(&self) -> usize {
        // SAFETY: `raw` is a statement that is alive, here and below.
        usize::try_from(unsafe { ffi::sqlite3_bind_parameter_count(self.raw.as_ptr()) }).unwrap_or(0)
    }

    /// Makes it ready to run again, and binds its values.
    pub(super) fn bind(&mut self, values: &[Bound]) -> Result<(), Failure> {
        // SAFETY: as above. The result repeats the last step's, which was told then.
        unsafe { ffi::sqlite3_reset(self.raw.as_ptr()) };
        for (index, value) in (1..).zip(values) {
            let raw = self.raw.as_ptr();
            // SAFETY: as above; SQLITE_TRANSIENT makes SQLite copy the text, of which
            // it reads the given number of bytes.
            let code = unsafe {
                match value {
                    Bound::Null => ffi::sqlite3_bind_null(raw, index),
                    Bound::Int(value) => ffi::sqlite3_bind_int64(raw, index, *value),
                    Bound::Real(value) => ffi::sqlite3_bind_double(raw, index, *value),
                    Bound::Text(text) => match c_int::try_from(text.len()) {
                        Ok(length) => {
                            let text = text.as_ptr().cast();
                            ffi::sqlite3_bind_text(raw, index, text, length, ffi::SQLITE_TRANSIENT())
                        }
                        Err(_) => ffi::SQLITE_TOOBIG,
                    },
                }
            };
            if code != ffi::SQLITE_OK {
                return Err(self.guarded.failure(code, None));
            }
        }
        Ok(())
    }

    /// The names of the result's columns.
    pub(super) fn columns(&self) -> Vec<String> {
        // SAFETY: as above; a name ends with a NUL, lives as long as the statement isn't
        // compiled anew, and is copied at once.
        unsafe {
            (0..ffi::sqlite3_column_count(self.raw.as_ptr()))
                .map(|column| ffi::sqlite3_column_name(self.raw.as_ptr(), column))
                .map(|name| {
                    if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into() }
                })
                .collect()
        }
    }

    /// Goes to the next row; `false` after the last.
    pub(super) fn step(&mut self) -> Result<bool, Failure> {
        // SAFETY: as above; no `Cell` of the row before is alive, as each borrows `self`.
        match unsafe { ffi::sqlite3_step(self.raw.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => Err(self.guarded.failure(code, None)),
        }
    }

    /// A value of the row that `step` went to; NULL for a column that isn't there.
    pub(super) fn cell(&self, column: usize) -> Cell<'_> {
        let (raw, Ok(column)) = (self.raw.as_ptr(), c_int::try_from(column)) else { return Cell::Null };
        // SAFETY: as above; SQLite gives NULL for a column out of range. Text and blob
        // are fetched before their length is asked, without a conversion in between, and
        // live until the next step, reset or finalize, all of which need `&mut self`.
        unsafe {
            let bytes = |start: *const u8| match usize::try_from(ffi::sqlite3_column_bytes(raw, column)) {
                Ok(length) if !start.is_null() => std::slice::from_raw_parts(start, length),
                _ => &[],
            };
            match ffi::sqlite3_column_type(raw, column) {
                ffi::SQLITE_INTEGER => Cell::Int(ffi::sqlite3_column_int64(raw, column)),
                ffi::SQLITE_FLOAT => Cell::Real(ffi::sqlite3_column_double(raw, column)),
                ffi::SQLITE_TEXT => Cell::Text(bytes(ffi::sqlite3_column_text(raw, column))),
                ffi::SQLITE_BLOB => Cell::Blob(bytes(ffi::sqlite3_column_blob(raw, column).cast())),
                _ => Cell::Null,
            }
        }
    }
}

impl Drop for Statement<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: `raw` is a statement that is alive, and nothing uses it afterwards.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}
