//! An extension that a test has open.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lariat_abi::{LARIAT_FAILED, LARIAT_OK, LariatBytes, LariatPlugin};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Running;
use super::given::checked;
use super::host::{LogLine, TestHost};
use crate::entry;
use crate::{Account, Claim, Error, Extension, Kind, Opening, Outcome, Result, State, Verdict};

/// An open extension, closed when it is dropped and no question is under way any more.
pub struct Opened {
    host: TestHost,
    inner: Arc<Inner>,
    extension: Extension,
    workspace: PathBuf,
}

/// What is open, for as long as somebody asks it.
pub(super) struct Inner {
    host: TestHost,
    table: LariatPlugin,
    handle: *mut c_void,
}

// SAFETY: a handle may be called from several threads at once: the SDK's can.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl Inner {
    /// Puts a question as an operation that has begun, and waits for its answer.
    fn call(&self, op: u64, method: &str, payload: &Value) -> Result<Value> {
        let payload = payload.to_string();
        let Some(call) = self.table.call else { return Err(Error::unsupported("no `call`")) };
        let (method, payload) = (LariatBytes::of(method.as_bytes()), LariatBytes::of(payload.as_bytes()));
        // SAFETY: a handle that is open, and bytes that outlive the call.
        let status = unsafe { call(self.handle, op, method, payload) };
        if status != LARIAT_OK {
            return Err(Error { status, message: "not begun".into() });
        }
        let (status, answer) = self.host.answer(op);
        let value = if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? };
        if status == LARIAT_OK {
            return Ok(value);
        }
        let message = value.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(Error { status, message })
    }

    /// Tells an operation to end, as a host does it.
    pub(super) fn tell(&self, op: u64, reason: u32) {
        self.host.tell(op, reason);
        if let Some(cancel) = self.table.cancel {
            // SAFETY: a handle that is open.
            unsafe { cancel(self.handle, op, reason) };
        }
    }
}

impl Opened {
    pub(super) fn new(extension: Extension, params: Value, opening: &Opening) -> Result<Self> {
        let host = TestHost::new();
        let params = match extension.kind() {
            Kind::Pool | Kind::Provider => checked(&extension, params, &opening.workspace)?,
            // They get theirs with each run.
            Kind::Routine | Kind::Hook => params,
        };
        let handle = entry::open_for_test(host.0, &extension, params, opening)?;
        let inner = Arc::new(Inner { host, table: entry::rest(), handle });
        Ok(Self { host, inner, extension, workspace: opening.workspace.clone() })
    }

    /// Asks by the method's name, as the engine does.
    ///
    /// # Errors
    /// As the extension says; a panic is an error too.
    pub fn call(&self, method: &str, payload: &Value) -> Result<Value> {
        self.inner.call(self.host.begin(), method, payload)
    }

    /// The same without waiting: what is under way can be stopped and cancelled.
    pub fn begin(&self, method: &str, payload: Value) -> Running {
        let (inner, op, method) = (self.inner.clone(), self.host.begin(), method.to_owned());
        let thread = std::thread::spawn(move || inner.call(op, &method, &payload));
        Running { inner: self.inner.clone(), op, thread }
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, payload: &Value) -> Result<T> {
        let answer = self.call(method, payload)?;
        serde_json::from_value(answer)
            .map_err(|error| Error { status: LARIAT_FAILED, message: format!("{method} answered {error}") })
    }

    /// A pool's accounts.
    ///
    /// # Errors
    /// As the pool says.
    pub fn fetch(&self) -> Result<Vec<Account>> {
        let mut answer: Map<String, Value> = self.ask("fetch", &json!({}))?;
        Ok(serde_json::from_value(answer.remove("accounts").unwrap_or_default())?)
    }

    /// A pool's accounts, and what it warned of meanwhile.
    ///
    /// # Errors
    /// As the pool says.
    pub fn fetch_and_warnings(&self) -> Result<(Vec<Account>, Vec<String>)> {
        let mut answer: Map<String, Value> = self.ask("fetch", &json!({}))?;
        let accounts = serde_json::from_value(answer.remove("accounts").unwrap_or_default())?;
        let warnings = answer.remove("warnings").map(serde_json::from_value).transpose()?;
        Ok((accounts, warnings.unwrap_or_default()))
    }

    /// The accounts of these ids, as a pool knows them.
    ///
    /// # Errors
    /// As the pool says.
    pub fn lookup(&self, ids: &[&str]) -> Result<Vec<Account>> {
        let mut answer: Map<String, Value> = self.ask("lookup", &json!({"ids": ids}))?;
        Ok(serde_json::from_value(answer.remove("accounts").unwrap_or_default())?)
    }

    /// A pool's word on an account.
    ///
    /// # Errors
    /// As the pool says.
    pub fn claim(&self, account: &Account) -> Result<Claim> {
        let answer = self.call("claim", &json!({"account": account}))?;
        if answer.get("granted").and_then(Value::as_bool) == Some(true) {
            return Ok(Claim::Granted);
        }
        let reason = answer.get("reason").and_then(Value::as_str).unwrap_or_default();
        Ok(Claim::Refused(reason.to_owned()))
    }

    /// Tells a pool how a run ended.
    ///
    /// # Errors
    /// As the pool says.
    pub fn settle(&self, account: &str, outcome: &Outcome) -> Result<()> {
        let mut payload = serde_json::to_value(outcome)?;
        if let Some(fields) = payload.as_object_mut() {
            fields.insert("account".into(), account.into());
        }
        self.call("settle", &payload).map(drop)
    }

    /// One run of a routine. Its parameters are checked and completed as the engine does it.
    ///
    /// # Errors
    /// When a parameter isn't accepted, and as the routine says.
    pub fn run(&self, params: Value, account: Option<&Account>) -> Result<Outcome> {
        let launch = "00000000-0000-7000-8000-000000000000";
        let params = checked(&self.extension, params, &self.workspace)?;
        let payload = json!({
            "account": account, "params": params, "launch_id": launch, "group": "test", "instance": 0,
        });
        self.ask("run", &payload)
    }

    /// A hook's verdict at a point, about a plan. Its parameters are checked and completed as
    /// the engine does it.
    ///
    /// # Errors
    /// When a parameter isn't accepted, and as the hook says.
    pub fn judge(&self, point: &str, plan: Value, params: Value) -> Result<Verdict> {
        let launch = "00000000-0000-7000-8000-000000000000";
        let params = checked(&self.extension, params, &self.workspace)?;
        let payload = json!({
            "point": point, "launch_id": launch, "group": "test", "plan": plan, "params": params,
        });
        self.ask("run", &payload)
    }

    /// Has a provider start an instance.
    ///
    /// # Errors
    /// As the provider says.
    pub fn start(&self, instance: u32) -> Result<()> {
        self.call("start", &json!({"instance": instance})).map(drop)
    }

    /// How an instance is.
    ///
    /// # Errors
    /// As the provider says.
    pub fn probe(&self, instance: u32) -> Result<State> {
        let answer = self.call("probe", &json!({"instance": instance}))?;
        Ok(serde_json::from_value(answer.get("state").cloned().unwrap_or_default())?)
    }

    /// Has a provider stop an instance.
    ///
    /// # Errors
    /// As the provider says.
    pub fn stop(&self, instance: u32) -> Result<()> {
        self.call("stop", &json!({"instance": instance})).map(drop)
    }

    /// Tells operations to end from their n-th sleep on, counted from 1.
    pub fn stop_at_sleep(&self, nth: u32) {
        self.host.with(|state| state.stop_at_sleep = Some(nth));
    }

    /// What `ctx.report` tells from now on; without, there is no launch, as while a plan is tried.
    pub fn launch_report(&self, report: Value) {
        self.host.with(|state| state.report = Some(report));
    }

    /// The numbers of bots that the launch was given by `ctx.scale`.
    pub fn scaled(&self) -> Vec<u32> {
        self.host.with(|state| state.scaled.clone())
    }

    /// What was logged so far.
    pub fn logs(&self) -> Vec<LogLine> {
        self.host.with(|state| state.logs.clone())
    }

    /// The reports of progress so far.
    pub fn progress(&self) -> Vec<(f64, f64)> {
        self.host.with(|state| state.progress.clone())
    }

    /// How long was slept, by the host's clock; in truth not at all.
    pub fn slept(&self) -> Duration {
        Duration::from_millis(self.host.with(|state| state.slept_ms))
    }

    /// What is kept in the store.
    pub fn stored(&self) -> BTreeMap<String, Value> {
        self.host.with(|state| state.store.clone())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(close) = self.table.close {
            // SAFETY: opened once, closed once; nobody calls any more.
            unsafe { close(self.handle) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lariat_abi::{LARIAT_CANCEL, LARIAT_CANCELLED, LARIAT_STOP};

    use super::*;
    use crate::{Context, NoParams, Routine, Run, testing};

    /// Works until it is told to stop, or for ever, and counts.
    #[derive(Default)]
    struct Patient;

    impl Routine for Patient {
        const NAME: &'static str = "Patient";
        type Params = NoParams;

        async fn run(&self, ctx: &Context, run: Run<NoParams>) -> Result<Outcome> {
            ctx.progress(0.0, 1.0);
            if run.group == "for ever" {
                std::future::pending::<()>().await;
            }
            while !ctx.stopping() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(Outcome::returned("told to stop"))
        }
    }

    fn payload(group: &str) -> Value {
        json!({"params": {}, "launch_id": "l", "group": group, "instance": 0})
    }

    #[test]
    fn what_is_under_way_is_stopped_in_its_own_good_time_or_cancelled_at_its_next_await() {
        let routine = testing::routine::<Patient>().unwrap();
        let (one, other) = (routine.begin("run", payload("G")), routine.begin("run", payload("for ever")));
        while routine.progress().len() < 2 {
            std::thread::yield_now();
        }
        one.stop();
        assert_eq!(one.answer().unwrap()["outcome"], "returned");
        other.stop();
        other.cancel();
        assert_eq!(other.answer().unwrap_err().status(), LARIAT_CANCELLED);
    }

    #[test]
    fn what_was_told_to_end_before_its_call_came_in_knows_it() {
        let routine = testing::routine::<Patient>().unwrap();
        for (group, reason) in [("G", LARIAT_STOP), ("for ever", LARIAT_CANCEL)] {
            let op = routine.host.begin();
            routine.inner.tell(op, reason);
            let answer = routine.inner.call(op, "run", &payload(group));
            match reason {
                LARIAT_STOP => assert_eq!(answer.unwrap()["outcome"], "returned"),
                _ => assert_eq!(answer.unwrap_err().status(), LARIAT_CANCELLED),
            }
        }
    }
}
