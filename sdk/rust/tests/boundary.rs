//! What crosses the boundary, and what doesn't: panics, payloads that aren't what a method
//! takes, memory. Through the symbol's own table, as a host would.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers outside of #[test]

use std::ffi::c_void;
use std::ptr;

use lariat_abi::*;
use lariat_sdk::{
    Account, Context, Error, NoParams, Opening, Outcome, Pool, Result, Routine, Run, json, testing,
};

struct Fickle;

impl Pool for Fickle {
    const NAME: &'static str = "fickle";
    type Params = NoParams;

    fn open(_: NoParams, opening: &Opening) -> Result<Self> {
        if opening.pool == "panics" { panic!("while opening") } else { Ok(Self) }
    }

    async fn fetch(&self, _: &Context) -> Result<Vec<Account>> {
        panic!("while {}", "fetching")
    }

    async fn settle(&self, _: &Context, account: &str, _: &Outcome) -> Result<()> {
        if account == "unreachable" {
            return Err(Error::unavailable("the server is down"));
        }
        // Any error will do.
        let _: u32 = account.parse()?;
        Ok(())
    }
}

#[derive(Default)]
struct Asks;

impl Routine for Asks {
    const NAME: &'static str = "Asks";
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: Run<NoParams>) -> Result<Outcome> {
        ctx.ask("ctx.teleport", &json!({})).await.map(Outcome::completed)
    }
}

lariat_sdk::export! { id: "boundary", pools: [Fickle], routines: [Asks] }

#[test]
fn a_panic_becomes_an_error_and_breaks_its_handle_only() {
    let pool = testing::pool::<Fickle>(json!({})).unwrap();
    let told = pool.fetch().unwrap_err();
    assert_eq!((told.status(), told.message()), (LARIAT_BROKEN, "panicked: while fetching"));
    let told = pool.settle("1", &Outcome::completed(json!({}))).unwrap_err();
    assert_eq!((told.status(), told.message()), (LARIAT_BROKEN, "a panic broke it before"));
    let other = testing::pool::<Fickle>(json!({})).unwrap();
    other.settle("1", &Outcome::completed(json!({}))).unwrap();
}

#[test]
fn errors_say_whether_trying_again_may_help() {
    let pool = testing::pool::<Fickle>(json!({})).unwrap();
    let done = Outcome::completed(json!({}));
    let told = pool.settle("unreachable", &done).unwrap_err();
    assert_eq!((told.status(), told.message()), (LARIAT_UNAVAILABLE, "the server is down"));
    let told = pool.settle("x", &done).unwrap_err();
    assert_eq!((told.status(), told.message()), (LARIAT_FAILED, "invalid digit found in string"));
}

#[test]
fn what_is_not_there_is_unsupported_and_what_does_not_fit_is_invalid() {
    let pool = testing::pool::<Fickle>(json!({})).unwrap();
    assert_eq!(pool.call("fetsch", &json!({})).unwrap_err().status(), LARIAT_UNSUPPORTED);
    let told = pool.call("claim", &json!({"account": {"name": "no id"}})).unwrap_err();
    assert_eq!(told.status(), LARIAT_INVALID);
    assert!(told.message().contains("claim") && told.message().contains("id"), "{told}");
    let asks = testing::routine::<Asks>().unwrap();
    assert_eq!(asks.run(json!({}), None).unwrap_err().status(), LARIAT_UNSUPPORTED);
}

unsafe extern "C" {
    fn lariat_plugin() -> *const LariatDescriptor;
}

fn table() -> (LariatDescriptor, LariatPlugin) {
    // SAFETY: this binary's own entry, written by `export!`.
    unsafe {
        let descriptor = LariatDescriptor::read(lariat_plugin());
        (descriptor, LariatPlugin::read(descriptor.plugin))
    }
}

/// Takes bytes as a host does: copies them and gives them back.
fn taken(table: &LariatPlugin, bytes: LariatBytes) -> serde_json::Value {
    // SAFETY: bytes that the plugin gave, freed once.
    unsafe {
        let value = serde_json::from_slice(bytes.as_slice()).unwrap();
        table.free.unwrap()(bytes);
        value
    }
}

#[test]
fn the_entry_describes_what_is_exported() {
    let (descriptor, table) = table();
    assert_eq!((descriptor.magic, descriptor.abi_major), (LARIAT_MAGIC, LARIAT_ABI_MAJOR));
    assert_eq!(descriptor.kinds, LARIAT_KIND_POOL | LARIAT_KIND_ROUTINE);
    let mut out = LariatBytes::empty();
    // SAFETY: the plugin's own function.
    assert_eq!(unsafe { table.describe.unwrap()(&mut out) }, LARIAT_OK);
    let described = taken(&table, out);
    assert_eq!(described["id"], "boundary");
    assert_eq!(described["extensions"][0]["methods"], json!(["fetch", "claim", "settle"]));
    assert_eq!(described["extensions"][1]["name"], "Asks");
}

#[test]
fn opening_what_is_not_there_or_panics_gives_a_message() {
    unsafe extern "C" fn complete(_: *const LariatHost, _: u64, _: LariatStatus, _: LariatBytes) {}
    static HOST: LariatHost = LariatHost {
        size: size_of::<LariatHost>(),
        data: ptr::null_mut(),
        complete: Some(complete),
        call: None,
        call_wait: None,
        cancelled: None,
    };
    let (_, table) = table();
    let open = |request: &str| {
        let (mut handle, mut error): (*mut c_void, _) = (ptr::null_mut(), LariatBytes::empty());
        // SAFETY: a host's table that lives on, and places for the answers.
        let status = unsafe {
            table.open.unwrap()(&HOST, LariatBytes::of(request.as_bytes()), &mut handle, &mut error)
        };
        assert!(handle.is_null());
        (status, taken(&table, error)["message"].as_str().unwrap().to_owned())
    };
    let (status, told) = open(r#"{"kind": "pool", "name": "fickel"}"#);
    assert_eq!((status, told.contains("fickel")), (LARIAT_UNSUPPORTED, true));
    let (status, told) = open(r#"{"kind": "pool", "name": "fickle", "pool": "panics"}"#);
    assert_eq!((status, told.as_str()), (LARIAT_BROKEN, "panicked: while opening"));
    assert_eq!(open("not JSON").0, LARIAT_INVALID);
}
