//! Each row of the contract's table "the routine", from the script's side.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use lariat_lua::HttpPolicy;
use serde_json::json;

#[tokio::test]
async fn a_table_is_the_result() {
    let world = world();
    assert_eq!(
        world
            .run("return { packs_opened = 3, rate = 0.5, names = { 'a', 'b' }, deep = { ok = true } }")
            .await,
        completed(json!({"packs_opened": 3, "rate": 0.5, "names": ["a", "b"], "deep": {"ok": true}}))
    );
    assert_eq!(world.run("").await, completed(json!({})));
    assert_eq!(world.run("return nil").await, completed(json!({})));
    assert_eq!(world.run("return {}").await, completed(json!({})));
    assert_eq!(world.run("return lariat.done { n = 1 }").await, completed(json!({"n": 1})));
    assert_eq!(world.run("return lariat.done()").await, completed(json!({})));
}

#[tokio::test]
async fn fail_skip_and_give_back_carry_their_reason() {
    let world = world();
    let reason = || "why".to_owned();
    assert_eq!(world.run("return lariat.fail('why')").await, Ok(Outcome::Failed { reason: reason() }));
    assert_eq!(world.run("return lariat.skip('why')").await, Ok(Outcome::Skipped { reason: reason() }));
    assert_eq!(world.run("return lariat.give_back('why')").await, Ok(Outcome::Returned { reason: reason() }));
    // Without `return` nothing happens.
    assert_eq!(world.run("lariat.fail('why')").await, completed(json!({})));
    let told = world.raises("return lariat.fail()").await;
    assert!(told.contains("t.lua:3: lariat.fail(reason) takes a text that says why; got nil"), "{told}");
    let told = world.raises("return lariat.done(3)").await;
    assert!(told.contains("lariat.done(result) takes a table or nothing; got number"), "{told}");
}

#[tokio::test]
async fn any_other_value_is_an_error_that_says_what_may_be_returned() {
    let world = world();
    for (body, word) in [("return 5", "number"), ("return 'x'", "string"), ("return true", "boolean")] {
        let told = world.raises(body).await;
        assert!(told.contains(&format!("run(ctx) returned a {word}; it returns a table")), "{told}");
    }
    for (body, made) in [
        ("return lariat.patch { n = 1 }", "patch"),
        ("return lariat.retry('1s', 'x')", "retry"),
        ("return lariat.skip_instance(1, 'x')", "skip_instance"),
        ("return lariat.deny('x')", "deny"),
        ("return lariat.hook { name = 'h' }", "hook"),
    ] {
        let told = world.raises(body).await;
        assert!(told.contains(&format!("run(ctx) returned what lariat.{made} made; it returns")), "{told}");
    }
    assert_eq!(world.run("return setmetatable({ n = 1 }, {})").await, completed(json!({"n": 1})));
    for (body, problem) in [
        ("return { f = print }", ".f is a function, which JSON can't hold"),
        ("return { 1, 2 }", "returned a list; a result has names"),
        ("return { a = { 1, x = 2 } }", ".a is a list of 1 that has the key \"x\" too"),
        ("return { [1.5] = 1 }", "has the key 1.5"),
        ("return { n = 0/0 }", ".n is NaN"),
        ("return { n = math.huge }", ".n is inf"),
        ("local t = {} t.t = t return t", ".t is a table that contains itself"),
        ("return { big = ('x'):rep(70000) }", "is larger than 65536 bytes of JSON"),
        ("return { b = '\\xff' }", ".b is not UTF-8"),
    ] {
        let told = world.raises(body).await;
        assert!(told.contains(problem), "{body}: {told}");
    }
}

#[tokio::test]
async fn an_error_says_where_and_which_calls_led_there() {
    let world = world();
    let script = "local R = lariat.routine { name = 't' }
local function inner(x)
  local t = nil
  return t.field
end
function R.run(ctx)
  return inner(1)
end
return R";
    let outcome = world.load(script).unwrap().run(given()).await;
    let Err(RoutineError::Raised { message, traceback }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(message, "scripts/routines/t.lua:4: attempt to index nil with 'field'");
    assert_eq!(traceback.unwrap(), "scripts/routines/t.lua:4 in inner\nscripts/routines/t.lua:7 in run");
}

#[tokio::test]
async fn whatever_is_raised_is_shown() {
    let world = world();
    let file = "scripts/routines/t.lua:3: ";
    assert_eq!(world.raises("error('oops')").await, format!("{file}oops"));
    assert_eq!(world.raises("error('oops', 0)").await, "oops");
    assert_eq!(world.raises("error({ code = 7 })").await, format!("{file}{{\"code\":7}}"));
    assert_eq!(world.raises("error()").await, format!("{file}error(nil): nothing was said"));
    assert_eq!(world.raises("error(42)").await, format!("{file}42"));
    assert_eq!(
        world.raises("ctx:sleep('soon')").await,
        format!(
            "{file}ctx:sleep(duration) takes a duration such as \"50ms\" or a number of seconds; got \"soon\""
        )
    );
    assert_eq!(world.raises("ctx:sleep('1ms') error('late')").await, format!("{file}late"));
    assert_eq!(
        world.raises("local co = coroutine.wrap(function() error('in co') end) co()").await,
        format!("{file}in co")
    );
}

#[tokio::test]
async fn an_error_does_not_show_the_accounts_secrets() {
    let world = world();
    let routine = world.body("error('login with ' .. ctx.account.password .. ' failed')");
    let outcome = routine.run(with_account(json!({"password": "hunter2"}))).await;
    assert!(outcome.unwrap_err().to_string().contains("login with *** failed"));
    let routine = world.body("return lariat.fail('pw ' .. ctx.account.password)");
    let outcome = routine.run(with_account(json!({"password": "hunter2"}))).await;
    assert_eq!(outcome, Ok(Outcome::Failed { reason: "pw ***".into() }));
}

#[tokio::test]
async fn over_budget_is_its_own_error() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let why = over_budget(&world.run("while true do end").await);
    assert!(why.contains("scripts/routines/t.lua:3 computed for 150ms without waiting"), "{why}");
    let why = over_budget(&world.run("while true do for i = 1, 3e5 do end ctx:sleep(0) end").await);
    assert!(why.contains("computed for more than 600ms altogether"), "{why}");
}
