//! The example, called without an engine.

use lariat_sdk::{Account, Claim, Error, Outcome, Verdict, json, testing};
use lariat_tour::{Plugin, crowd::Crowd, greet::Greet, rota::Rota};

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_tour.so",
    )
}

#[test]
fn the_pool_serves_what_is_not_done_and_not_taken() {
    let pool = testing::pool::<Rota>(json!({"count": 3, "taken": ["rota-1"]})).unwrap();
    let ids = || pool.fetch().unwrap().into_iter().map(|account| account.id).collect::<Vec<_>>();
    assert_eq!(ids(), ["rota-0", "rota-1", "rota-2"]);
    assert_eq!(pool.claim(&Account::new("rota-0")).unwrap(), Claim::Granted);
    assert_eq!(pool.claim(&Account::new("rota-1")).unwrap(), Claim::Refused("somebody else has it".into()));
    pool.settle("rota-0", &Outcome::completed(json!({}))).unwrap();
    pool.settle("rota-2", &Outcome::failed("no luck")).unwrap();
    assert_eq!(ids(), ["rota-1", "rota-2"]);
}

#[test]
fn a_parameter_that_does_not_fit_is_told() {
    let told = testing::pool::<Rota>(json!({"count": "many"})).err().unwrap();
    assert!(told.message().contains("count") || told.message().contains("u32"), "{told}");
    assert_eq!(told.status(), 5);
}

#[test]
fn the_routine_greets_and_remembers() {
    let greet = testing::routine::<Greet>().unwrap();
    let account = Account::new("a1");
    for _ in 0..2 {
        let outcome = greet.run(json!({"times": 3}), Some(&account)).unwrap();
        assert_eq!(outcome, Outcome::completed(json!({"greetings": 3})));
    }
    assert_eq!(greet.stored().get("a1"), Some(&json!(6)));
    assert_eq!(greet.progress().len(), 6);
    assert_eq!(greet.slept().as_millis(), 60);
    let logs = greet.logs();
    assert_eq!(
        (logs.len(), logs[0].message.as_str(), &logs[0].fields["account"]),
        (6, "hello", &json!("a1"))
    );
    assert_eq!(greet.run(json!({}), None).unwrap(), Outcome::skipped("nobody to greet"));
}

#[test]
fn a_run_that_is_told_to_end_gives_its_account_back() {
    let greet = testing::routine::<Greet>().unwrap();
    greet.stop_at_sleep(2);
    let told = greet.run(json!({"times": 3}), Some(&Account::new("a1"))).unwrap_err();
    assert_eq!(told, Error::cancelled());
    assert_eq!(greet.progress().len(), 2);
}

#[test]
fn the_hook_trims_what_is_too_large() {
    let crowd = testing::hook::<Crowd>().unwrap();
    let judge = |bots: u32| crowd.judge("before:validate", json!({"bot_count": bots}), json!({})).unwrap();
    assert_eq!(judge(10), Verdict::Continue);
    assert_eq!(judge(11), Verdict::patch(json!({"bot_count": 10})));
}
