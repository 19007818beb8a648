//! A host that hands a plugin of the Rust SDK whatever it likes, as far as the ABI lets it: requests
//! and payloads that are no JSON, answers that are none, null where null may be, an end at any
//! moment, answers that come when nobody waits any more.
//!
//! An input is lines: `open REQUEST`, `call METHOD PAYLOAD`, `cancel OPERATION REASON`, `close`, `describe`;
//! `say STATUS ANSWER` to what is asked from then on; `host SIZE` of the next that opens; `how HOW`
//! it answers: `now`, from another `thread`, or not before the operation was told to `end`.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "plays a host, through C functions")]

use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lariat_abi::*;
use lariat_sdk::{
    Account, Claim, Context, Hook, HookCall, NoParams, Opening, Outcome, Pool, Provider, Result, Routine,
    Run, State, Verdict, json,
};

use crate::sign::Sign;

/// Asks the host everything that there is.
struct Busy;

impl Busy {
    async fn asks(ctx: &Context) -> Result<()> {
        ctx.log(lariat_sdk::Level::Info, "working");
        ctx.progress(1.0, 2.0);
        let before: Option<u64> = ctx.load("n").await?;
        ctx.sleep(std::time::Duration::from_millis(5)).await?;
        ctx.store("n", &(before.unwrap_or(0).wrapping_add(1))).await?;
        ctx.warn("nothing more to do");
        ctx.ask("ctx.later", &json!([1])).await.map(drop)
    }
}

impl Pool for Busy {
    const NAME: &'static str = "busy";
    const METHODS: &'static [&'static str] = &["fetch", "lookup", "claim", "settle"];
    type Params = NoParams;

    fn open(_: NoParams, opening: &Opening) -> Result<Self> {
        if opening.pool == "panics" { panic!("as it was told") } else { Ok(Self) }
    }
    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        Self::asks(ctx).await?;
        Ok(vec![Account::new("a").with("n", 1)])
    }
    async fn claim(&self, _: &Context, account: &Account) -> Result<Claim> {
        if account.id == "panics" { panic!("as it was told") } else { Ok(Claim::Granted) }
    }
}

#[derive(Default)]
struct Works;

impl Routine for Works {
    const NAME: &'static str = "Works";
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: Run<NoParams>) -> Result<Outcome> {
        Busy::asks(ctx).await?;
        Ok(Outcome::completed(json!({"n": 1})))
    }
}

#[derive(Default)]
struct Looks;

impl Hook for Looks {
    const NAME: &'static str = "looks";
    const ON: &'static [&'static str] = &["before:validate"];
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: HookCall<NoParams>) -> Result<Verdict> {
        Busy::asks(ctx).await?;
        Ok(Verdict::Continue)
    }
}

struct Boxes;

impl Provider for Boxes {
    const NAME: &'static str = "boxes";
    type Params = NoParams;

    fn open(_: NoParams, _: &Opening) -> Result<Self> {
        Ok(Self)
    }
    async fn start(&self, ctx: &Context, _: u32) -> Result<()> {
        Busy::asks(ctx).await
    }
    async fn probe(&self, _: &Context, _: u32) -> Result<State> {
        Ok(State::Ready)
    }
    async fn stop(&self, _: &Context, _: u32) -> Result<()> {
        Ok(())
    }
}

lariat_sdk::export! { id: "busy", pools: [Busy], routines: [Works], hooks: [Looks], providers: [Boxes] }

const TABLE: LariatPlugin = lariat_sdk::__private::table::<Plugin>();

/// How the host answers.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum How {
    #[default]
    Now,
    Thread,
    End,
}

#[derive(Default)]
struct Desk {
    /// What came, by operation.
    completed: Vec<(u64, LariatStatus, Vec<u8>)>,
    say: (LariatStatus, Vec<u8>),
    how: How,
    handle: usize,
    /// Answers that are still to be given.
    owed: Vec<(LariatSink, usize)>,
}

static DESK: Mutex<Desk> = Mutex::new(Desk {
    completed: Vec::new(),
    say: (0, Vec::new()),
    how: How::Now,
    handle: 0,
    owed: Vec::new(),
});

fn desk() -> MutexGuard<'static, Desk> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bytes(bytes: &[u8]) -> LariatBytes {
    // Null is as good as empty.
    if bytes.is_empty() { LariatBytes::empty() } else { LariatBytes::of(bytes) }
}

unsafe extern "C" fn complete(_: *const LariatHost, op: u64, status: LariatStatus, payload: LariatBytes) {
    let payload = unsafe { payload.as_slice() }.to_vec();
    desk().completed.push((op, status, payload));
}

unsafe extern "C" fn call(
    _: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) {
    let (method, payload) = unsafe { (method.as_slice(), payload.as_slice()) };
    assert!(method.starts_with(b"ctx."), "{method:?}");
    assert!(serde_json::from_slice::<serde_json::Value>(payload).is_ok(), "{payload:?}");
    let Some(answer) = sink else { return };
    let user = user as usize;
    let (how, (status, said), handle) = {
        let desk = desk();
        (desk.how, desk.say.clone(), desk.handle)
    };
    let give = move || unsafe { answer(user as *mut c_void, status, bytes(&said)) };
    match how {
        How::Now => give(),
        How::Thread => drop(std::thread::spawn(give)),
        How::End => {
            desk().owed.push((sink, user));
            unsafe { TABLE.cancel.unwrap()(handle as *mut c_void, op, LARIAT_CANCEL) };
        }
    }
}

unsafe extern "C" fn call_wait(
    _: *const LariatHost,
    _: u64,
    _: LariatBytes,
    _: LariatBytes,
    _: LariatSink,
    _: *mut c_void,
) -> LariatStatus {
    LARIAT_UNSUPPORTED
}

unsafe extern "C" fn cancelled(_: *const LariatHost, _: u64) -> u32 {
    0
}

/// One line, and what is open meanwhile.
struct Session {
    handle: *mut c_void,
    operations: u64,
    size: usize,
    /// Whether the host that opened it can be told that an operation is complete.
    hears: bool,
}

impl Session {
    fn open(&mut self, request: &[u8]) -> String {
        self.close();
        // Stays as long as the process, as every host's.
        let host: &'static LariatHost = Box::leak(Box::new(LariatHost {
            size: self.size,
            data: ptr::null_mut(),
            complete: Some(complete),
            call: Some(call),
            call_wait: Some(call_wait),
            cancelled: Some(cancelled),
        }));
        let (mut handle, mut error): (*mut c_void, _) = (ptr::null_mut(), LariatBytes::empty());
        let status = unsafe { TABLE.open.unwrap()(host, bytes(request), &mut handle, &mut error) };
        if status == LARIAT_OK {
            assert!(!handle.is_null() && error.len == 0);
            self.handle = handle;
            self.hears = self.size >= std::mem::offset_of!(LariatHost, complete) + size_of::<usize>();
            desk().handle = handle as usize;
            return "opened".into();
        }
        assert!(handle.is_null());
        let said = unsafe { error.as_slice() }.to_vec();
        unsafe { TABLE.free.unwrap()(error) };
        // Nor does it need a place for the message, nor a host.
        let none = ptr::null_mut();
        assert_eq!(unsafe { TABLE.open.unwrap()(host, bytes(request), &mut handle, none) }, status);
        assert_eq!(
            unsafe { TABLE.open.unwrap()(ptr::null(), bytes(request), &mut handle, none) },
            LARIAT_INVALID
        );
        format!("{status} {}", message(&said))
    }

    fn call(&mut self, method: &[u8], payload: &[u8]) -> String {
        if self.handle.is_null() {
            return String::new();
        }
        self.operations += 1;
        let op = self.operations;
        let begun = unsafe { TABLE.call.unwrap()(self.handle, op, bytes(method), bytes(payload)) };
        assert_eq!(begun, LARIAT_OK, "the SDK answers everything with `complete`");
        let mut desk = desk();
        let of: Vec<_> = desk.completed.extract_if(.., |(of, ..)| *of == op).collect();
        // A host that has no `complete` isn't told.
        assert_eq!(of.len(), usize::from(self.hears), "an operation is completed once");
        let Some((_, status, said)) = of.into_iter().next() else { return "unheard".into() };
        assert!((LARIAT_OK..=LARIAT_BROKEN).contains(&status) || status == desk.say.0, "{status}");
        match status {
            LARIAT_OK if said.is_empty() => "null".into(),
            LARIAT_OK => serde_json::from_slice::<serde_json::Value>(&said).map(|_| "value".into()).unwrap(),
            _ => format!("{status} {}", message(&said)),
        }
    }

    fn close(&mut self) {
        if !self.handle.is_null() {
            unsafe { TABLE.close.unwrap()(self.handle) };
        }
        self.handle = ptr::null_mut();
        desk().handle = 0;
    }
}

/// What an answer that is an error has to hold.
fn message(said: &[u8]) -> String {
    let said: serde_json::Value = serde_json::from_slice(said).unwrap();
    said.get("message").and_then(serde_json::Value::as_str).unwrap().to_owned()
}

/// A host's whole life with a plugin.
pub fn sdk_host(input: &[u8]) -> Sign {
    // One host at a time, since a host's functions find their desk by themselves.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    quiet();
    *desk() = Desk::default();
    let mut session =
        Session { handle: ptr::null_mut(), operations: 0, size: size_of::<LariatHost>(), hears: true };
    let mut seen = Vec::new();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        let (word, rest) = split(line);
        match word {
            b"open" => seen.push(session.open(rest)),
            b"call" => {
                let (method, payload) = split(rest);
                seen.push(session.call(method, payload));
            }
            b"cancel" if !session.handle.is_null() => {
                let (op, reason) = split(rest);
                let reason = u32::try_from(number(reason)).unwrap_or(u32::MAX);
                unsafe { TABLE.cancel.unwrap()(session.handle, number(op), reason) };
            }
            b"close" => session.close(),
            b"describe" => {
                let mut out = LariatBytes::empty();
                assert_eq!(unsafe { TABLE.describe.unwrap()(&mut out) }, LARIAT_OK);
                unsafe { TABLE.free.unwrap()(out) };
                assert_eq!(unsafe { TABLE.describe.unwrap()(ptr::null_mut()) }, LARIAT_OK);
            }
            b"say" => {
                let (status, answer) = split(rest);
                let status = i32::try_from(number(status)).unwrap_or(-1);
                desk().say = (status, answer.to_vec());
            }
            // As much as the field itself, which every host has; or more than this one knows.
            b"host" => {
                session.size = usize::try_from(number(rest)).unwrap_or(0).max(size_of::<usize>());
            }
            b"how" => {
                desk().how = match rest {
                    b"thread" => How::Thread,
                    b"end" => How::End,
                    _ => How::Now,
                };
            }
            _ => {}
        }
    }
    session.close();
    // Nobody waits any more; an answer is an answer all the same.
    let owed = std::mem::take(&mut desk().owed);
    for (sink, user) in owed {
        unsafe { sink.unwrap()(user as *mut c_void, LARIAT_OK, bytes(b"7")) };
    }
    Sign::of_all(seen)
}

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default())
}

fn number(text: &[u8]) -> u64 {
    std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Panics of the plugin are a part of it, and would fill the output.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref::<&str>() != Some(&"as it was told") {
                tell(panic);
            }
        }));
    });
}
