//! Accounts and runs through the API: page by page, with secrets masked.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use axum::http::StatusCode;
use jiff::Timestamp;
use lariat_console::server::access::Access;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::Holder;
use lariat_core::outcome::Disposition;
use lariat_core::records::{AttemptRecord, ImportAccount, Records as _};
use serde_json::{Map, Value, json};

use common::files::{LOOK, RIGHT, World, problem};

fn account(id: &str) -> AccountId {
    AccountId::new(id).unwrap()
}

/// Five accounts, of which two failed.
async fn world() -> World {
    let world = World::new(&[]);
    let row = |id: &str, status: &str| {
        let fields = json!({"status": status, "pack_count": 3, "password": format!("canary-{id}")});
        ImportAccount { id: account(id), fields: fields.as_object().unwrap().clone() }
    };
    let rows =
        [("a1", "available"), ("a2", "failed"), ("b1", "available"), ("b2", "completed"), ("c1", "failed")];
    let rows = rows.iter().map(|(id, status)| row(id, status)).collect();
    world.records.import_accounts(rows).await.unwrap();
    world
}

fn note(world: &World, group: &str, id: Option<&str>, launch: LaunchId, outcome: Disposition) -> i64 {
    let holder = Holder {
        launch,
        group: GroupName::new(group).unwrap(),
        instance: InstanceId(1),
        routine: "Done".into(),
        generation: 2,
    };
    world.records.note(AttemptRecord {
        id: 0,
        holder,
        account: id.map(account),
        pool: id.map(|_| PoolName::new("Gold").unwrap()),
        started: Timestamp::UNIX_EPOCH,
        ended: Timestamp::from_second(5).unwrap(),
        outcome,
        error: (outcome == Disposition::Failed).then(|| "no way".to_owned()),
        result: Map::from_iter([("opened".to_owned(), json!(7))]),
    })
}

/// A member of each item of all pages, and how many pages those were.
async fn pages(world: &World, path: &str, member: &str) -> (Vec<Value>, usize) {
    let (mut all, mut cursor, mut count) = (Vec::new(), None, 0);
    loop {
        let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let answer = world.ask("GET", &format!("{path}{from}"), "").await;
        assert_eq!(answer.status, StatusCode::OK, "{path}{from}: {}", answer.text);
        let page = answer.json();
        all.extend(page["items"].as_array().unwrap().iter().map(|item| item[member].clone()));
        count += 1;
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return (all, count),
        }
    }
}

#[tokio::test]
async fn accounts_come_page_by_page_and_filtered() {
    let world = world().await;
    for (query, found, count) in [
        ("limit=2", vec!["a1", "a2", "b1", "b2", "c1"], 3),
        ("limit=50", vec!["a1", "a2", "b1", "b2", "c1"], 1),
        ("limit=0", vec!["a1", "a2", "b1", "b2", "c1"], 5),
        ("limit=1&status=failed", vec!["a2", "c1"], 2),
        ("search=B", vec!["b1", "b2"], 1),
        ("search=b&status=completed", vec!["b2"], 1),
        ("search=", vec!["a1", "a2", "b1", "b2", "c1"], 1),
        ("search=nothing", vec![], 1),
    ] {
        let found: Vec<Value> = found.into_iter().map(Value::from).collect();
        assert_eq!(pages(&world, &format!("accounts?{query}"), "id").await, (found, count), "{query}");
    }
    let counts = world.ask("GET", "accounts:counts", "").await.json();
    assert_eq!(
        (&counts["total"], &counts["failed"], &counts["available"]),
        (&json!(5), &json!(2), &json!(2)),
        "{counts}"
    );
    for wrong in ["status=lost", "limit=many", "serach=a", "limit=-1"] {
        problem(&world.ask("GET", &format!("accounts?{wrong}"), "").await, 400, 2);
    }
}

#[tokio::test]
async fn an_account_is_shown_with_its_runs() {
    let world = world().await;
    let launch = LaunchId::random();
    for _ in 0..12 {
        note(&world, "Farm", Some("a1"), launch, Disposition::Completed);
    }
    note(&world, "Farm", Some("a2"), launch, Disposition::Completed);
    note(&world, "Farm", Some("gone"), launch, Disposition::Completed);
    let shown = world.ask("GET", "accounts/a1", "").await.json();
    assert_eq!((&shown["pack_count"], &shown["password"]), (&json!(3), &json!("***")), "{shown}");
    let runs: Vec<_> = shown["attempts"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect();
    assert_eq!(runs, (3..=12).rev().map(Value::from).collect::<Vec<_>>(), "the last ten, newest first");
    // The table may not have it any more: its runs are still told.
    let gone = world.ask("GET", "accounts/gone", "").await.json();
    assert_eq!((&gone["id"], gone["attempts"].as_array().unwrap().len()), (&json!("gone"), 1), "{gone}");
    let told = problem(&world.ask("GET", "accounts/nope", "").await, 404, 4);
    assert!(told.contains("\"nope\""), "{told}");
}

#[tokio::test]
async fn secrets_are_shown_to_who_may_see_them_and_that_is_noted() {
    let world = world().await;
    for path in ["accounts", "accounts/a1", "accounts?reveal=false", "accounts/a1?reveal=false"] {
        let masked = world.ask("GET", path, "").await;
        assert!(masked.text.contains("***") && !masked.text.contains("canary"), "{path}");
    }
    for path in ["accounts?reveal=true", "accounts/a1?reveal=true"] {
        let refused = world.ask_with("GET", path, &[LOOK], "").await;
        problem(&refused, 403, 3);
        assert!(!refused.text.contains("canary"), "{path}");
    }
    problem(&world.ask("GET", "accounts/nope?reveal=true", "").await, 404, 4);
    assert_eq!(*world.revealed.lock(), [], "nobody saw one");

    assert_eq!(world.ask("GET", "accounts/a1?reveal=true", "").await.json()["password"], "canary-a1");
    let code = world.shared.keys.new_link(Access::Full);
    let session = common::ask(&world.router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let own = [("cookie", session.as_str()), ("sec-fetch-site", "same-origin")];
    let listed = world.ask_with("GET", "accounts?limit=2&reveal=true", &own, "").await;
    assert!(listed.text.contains("canary-a1") && listed.text.contains("canary-a2"), "{}", listed.text);
    let noted = [("token", "a1"), ("console 1", "a1"), ("console 1", "a2")];
    assert_eq!(*world.revealed.lock(), noted.map(|(who, id)| (who.to_owned(), id.to_owned())));
}

#[tokio::test]
async fn accounts_are_taken_in_and_made_available_again() {
    let world = world().await;
    let failed = async || world.ask("GET", "accounts:counts", "").await.json()["failed"].clone();
    problem(&world.ask("POST", "accounts:reset", json!({"ids": ["a2", "nope"]})).await, 404, 4);
    assert_eq!(failed().await, 2, "all or none");
    for wrong in ["", "{}", "{\"ids\": [], \"all\": true}", "{\"some\": 1}"] {
        problem(&world.ask("POST", "accounts:reset", wrong).await, 422, 2);
    }
    assert_eq!(world.ask("POST", "accounts:reset", json!({"all": false})).await.json(), json!({"reset": 0}));
    assert_eq!(world.ask("POST", "accounts:reset", json!({"ids": ["a2"]})).await.json(), json!({"reset": 1}));
    assert_eq!(failed().await, 1);
    assert_eq!(world.ask("POST", "accounts:reset", json!({"all": true})).await.json(), json!({"reset": 5}));
    assert_eq!(failed().await, 0);
    let imported = world.ask("POST", "accounts:import", json!({"paths": ["more.csv"]})).await.json();
    assert_eq!(imported["problems"], json!(["more.csv"]), "the program around it was told what to take in");
    problem(&world.ask("POST", "accounts:import", "").await, 422, 2);
}

#[tokio::test]
async fn runs_come_page_by_page_newest_first_and_filtered() {
    let world = world().await;
    let (first, second) = (LaunchId::random(), LaunchId::random());
    note(&world, "Farm", Some("a1"), first, Disposition::Completed);
    note(&world, "Farm", Some("a2"), first, Disposition::Failed);
    note(&world, "Mill", None, second, Disposition::Completed);
    note(&world, "Mill", Some("a1"), second, Disposition::Failed);
    let of_first = format!("launch={first}");
    for (query, found, count) in [
        ("", vec![4, 3, 2, 1], 1),
        ("limit=3", vec![4, 3, 2, 1], 2),
        ("group=Mill", vec![4, 3], 1),
        ("pool=Gold&limit=1", vec![4, 2, 1], 3),
        ("account=a1", vec![4, 1], 1),
        (&of_first, vec![2, 1], 1),
        ("outcome=failed", vec![4, 2], 1),
        ("outcome=failed&group=Farm", vec![2], 1),
        ("group=Nobody", vec![], 1),
    ] {
        let found: Vec<Value> = found.into_iter().map(Value::from).collect();
        assert_eq!(pages(&world, &format!("attempts?{query}"), "id").await, (found, count), "{query}");
    }
    let run = world.ask("GET", "attempts/2", "").await.json();
    let wanted = json!({
        "id": 2, "launch_id": first, "group": "Farm", "pool": "Gold", "account": "a2", "instance": 1,
        "routine": "Done", "generation": 2, "outcome": "failed", "error": "no way", "result": {"opened": 7},
        "started": "1970-01-01T00:00:00Z", "ended": "1970-01-01T00:00:05Z",
        "log": {"lines": [], "cut": false},
    });
    assert_eq!(run, wanted);
    assert!(problem(&world.ask("GET", "attempts/99", "").await, 404, 4).contains("99"));
    for wrong in ["attempts/first", "attempts?outcome=lost", "attempts?cursor=x", "attempts?launch=1"] {
        problem(&world.ask("GET", wrong, "").await, 400, 2);
    }
}

const GOLD: &str = "name: Gold\ntype: list\nconfig: {ids: [a1, a2, b1]}\n";

/// Three accounts that pool Gold has settled, and their runs; one more is held by a bot.
async fn settled() -> World {
    let farm = "name: Farm\nroutine: Done\ninstances: [1]\naccount_pool: Gold\nlaunch: {stagger_delay: 0}\n";
    let world = World::new(&[("pools/gold.yaml", GOLD), ("groups/farm.yaml", farm)]);
    let ended = world.ask("POST", "groups/Farm/launch", json!({"wait": true})).await.json();
    assert_eq!(ended["accounts"]["completed"], 3, "{ended}");
    let row = |id: &str, status: &str| {
        let fields = json!({"status": status});
        ImportAccount { id: account(id), fields: fields.as_object().unwrap().clone() }
    };
    let rows = vec![row("a1", "completed"), row("a2", "failed"), row("c1", "in_use")];
    world.records.import_accounts(rows).await.unwrap();
    let launch = LaunchId::random();
    for (id, outcome) in [
        ("a1", Disposition::Failed),
        ("a1", Disposition::Completed),
        ("a2", Disposition::Completed),
        ("a2", Disposition::Failed),
        ("b1", Disposition::Failed),
        ("c1", Disposition::Failed),
    ] {
        note(&world, "Farm", Some(id), launch, outcome);
    }
    note(&world, "Farm", None, launch, Disposition::Failed);
    world
}

async fn available(world: &World) -> Value {
    world.ask("GET", "pools/Gold/stats", "").await.json()["available"].clone()
}

#[tokio::test]
async fn runs_are_tried_again_unless_a_bot_holds_the_account_or_it_ended_otherwise_since() {
    let world = settled().await;
    assert_eq!(available(&world).await, 0);
    let failed = json!({"filter": {"outcome": "failed", "group": "Farm"}});
    let would = json!({"accounts": 2, "in_use": 1, "superseded": 1, "problems": []});
    let mut asked = failed.clone();
    asked["dry_run"] = json!(true);
    assert_eq!(world.ask("POST", "attempts/retry", &asked).await.json(), would);
    assert_eq!(available(&world).await, 0, "only asked");
    assert_eq!(world.ask("POST", "attempts/retry", &failed).await.json(), would);
    assert_eq!(available(&world).await, 2);
    let rows = world.ask("GET", "accounts", "").await.json();
    let rows: Vec<_> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].clone(), row["status"].clone()))
        .collect();
    let wanted = [("a1", "completed"), ("a2", "available"), ("c1", "in_use")];
    assert_eq!(rows, wanted.map(|(id, status)| (json!(id), json!(status))));
    let again = world.ask("POST", "groups/Farm/launch", json!({"wait": true})).await.json();
    assert_eq!(again["accounts"]["completed"], 2, "{again}");

    // Who names a run means it, whatever became of its account since.
    let one = world.ask("POST", "attempts/retry", json!({"ids": [1]})).await.json();
    assert_eq!(one, json!({"accounts": 1, "in_use": 0, "superseded": 0, "problems": []}));
    assert_eq!(available(&world).await, 1);
    // Without its pool an account is only available again in the table.
    assert_eq!(world.ask("DELETE", "pools/Gold", "").await.status, StatusCode::OK);
    let one = world.ask("POST", "attempts/retry", json!({"ids": [4]})).await.json();
    assert_eq!((&one["accounts"], one["problems"].as_array().unwrap().len()), (&json!(1), 1), "{one}");
}

#[tokio::test]
async fn it_must_be_said_which_runs_are_tried_again() {
    let world = settled().await;
    for wrong in [
        json!({}),
        json!({"filter": {}}),
        json!({"ids": [1], "filter": {"outcome": "failed"}}),
        json!({"filter": {"outcome": "lost"}}),
        json!({"filter": {"cursor": 1}}),
    ] {
        problem(&world.ask("POST", "attempts/retry", &wrong).await, 422, 2);
    }
    problem(&world.ask("POST", "attempts/retry", json!({"ids": [1, 99]})).await, 404, 4);
    let look = world.ask_with("POST", "attempts/retry", &[LOOK], json!({"ids": [1]})).await;
    problem(&look, 403, 3);
    assert_eq!(available(&world).await, 0);
}

#[tokio::test]
async fn the_page_of_attempts_shows_the_record_and_tries_what_it_shows_again() {
    let world = settled().await;
    let page = async |path: &str| common::ask(&world.router, "GET", path, &[RIGHT], "").await;
    let rows = |page: &common::Answer| page.text.matches("data-key=\"run-").count();
    assert_eq!(rows(&page("/attempts").await), 7);
    let failed = page("/attempts?outcome=failed&pool=Gold").await;
    assert_eq!(rows(&failed), 4, "{}", failed.text);
    assert_eq!(rows(&page("/fragments/attempts?account=a1").await), 2);
    assert_eq!(rows(&page("/attempts?before=3").await), 2);
    let launch = LaunchId::random();
    for _ in 0..150 {
        note(&world, "Many", Some("b1"), launch, Disposition::Completed);
    }
    let first = page("/attempts?group=Many").await;
    let older = first.text.split("href=\"/attempts?group=Many&amp;before=").nth(1).unwrap();
    let older = page(&format!("/attempts?group=Many&before={}", older.split('"').next().unwrap())).await;
    assert_eq!((rows(&first), rows(&older)), (100, 50));
    let wrong = page("/attempts?outcome=lost").await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("No run is like that"));

    let one = page("/attempts/4").await;
    for told in ["no way", "opened", "/accounts/a2", "/pools/Gold", "Nothing was logged"] {
        assert!(one.text.contains(told), "{told}: {}", one.text);
    }
    assert_eq!(page("/attempts/999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(page("/attempts/first").await.status, StatusCode::NOT_FOUND);

    let asks = page("/attempts/retry?outcome=failed&account=a2").await;
    assert!(asks.text.contains("Try 1 again"), "{}", asks.text);
    assert_eq!(page("/attempts/retry").await.status, StatusCode::UNPROCESSABLE_ENTITY, "all of them");
    let form = [RIGHT, ("content-type", "application/x-www-form-urlencoded")];
    let body = "outcome=failed&account=a2";
    let done = common::ask(&world.router, "POST", "/attempts/retry", &form, body).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/attempts?account=a2&outcome=failed")
    );
    assert_eq!(available(&world).await, 1);
    let done = common::ask(&world.router, "POST", "/attempts/1/retry", &form, "").await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/attempts/1"));
    assert_eq!(available(&world).await, 2);
}

#[tokio::test]
async fn an_engine_without_an_account_table_says_so() {
    let router = lariat_console::server::router(common::shared());
    for path in ["accounts", "accounts:counts", "accounts/a1", "attempts", "attempts/1"] {
        let path = format!("/api/v1/{path}");
        let answer = common::ask(&router, "GET", &path, &[("authorization", "Bearer right")], "").await;
        assert!(problem(&answer, 409, 3).contains("no account table"), "{path}");
    }
}
