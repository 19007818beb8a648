//! What the API tells of extensions, logs and folders, and takes away: for whom, and how much.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use axum::http::StatusCode;
use lariat_console::PluginOrder;
use lariat_console::server::access::Access;
use lariat_core::ids::AccountId;
use lariat_core::records::{ImportAccount, Records as _};
use serde_json::{Value, json};

use common::files::{LOOK, RIGHT, World, problem};

const GOLD: &str = "name: Gold\ntype: list\nconfig: {ids: [a, b, c]}\n";

#[tokio::test]
async fn accounts_are_taken_away_masked_unless_asked_for_and_by_nobody_who_may_only_look() {
    let world = World::new(&[]);
    let row = |n: usize| ImportAccount {
        id: AccountId::new(format!("a{n:04}")).unwrap(),
        fields: json!({"password": "canary", "status": "failed"}).as_object().unwrap().clone(),
    };
    // More than one page of them.
    world.records.import_accounts((0..1_200).map(row).collect()).await.unwrap();
    let masked = world.ask("POST", "accounts:export", "").await;
    assert_eq!(masked.header("content-type"), "application/json");
    assert_eq!(masked.json().as_array().unwrap().len(), 1_200);
    assert!(masked.text.contains("***") && !masked.text.contains("canary"));
    assert_eq!(*world.revealed.lock(), []);
    let some = world.ask("POST", "accounts:export?format=jsonl&search=a000&reveal=true", "").await;
    assert_eq!(some.header("content-type"), "application/jsonl");
    assert_eq!(some.text.lines().count(), 10);
    assert!(some.text.contains("canary"), "{}", some.text);
    for query in ["", "?reveal=true"] {
        let refused = world.ask_with("POST", &format!("accounts:export{query}"), &[LOOK], "").await;
        problem(&refused, 403, 3);
    }
    problem(&world.ask("POST", "accounts:export?format=odt", "").await, 400, 2);
}

#[tokio::test]
async fn how_accounts_stand_in_a_pool_is_told_page_by_page() {
    let world = World::new(&[("pools/gold.yaml", GOLD)]);
    let at = async |path: &str| world.ask("GET", path, "").await.json();
    let closed = at("pools/Gold/accounts").await;
    assert_eq!(closed, json!({"open": false, "items": [], "next": null}));
    world.ask("POST", "pools/Gold/refresh", "").await;
    let first = at("pools/Gold/accounts?limit=2").await;
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&first), &first["open"]), (vec!["a".into(), "b".into()], &json!(true)), "{first}");
    let last = at(&format!("pools/Gold/accounts?limit=2&cursor={}", first["next"])).await;
    assert_eq!((ids(&last), &last["next"]), (vec!["c".to_owned()], &Value::Null), "{last}");
    assert_eq!(ids(&at("pools/Gold/accounts?state=completed").await), [] as [String; 0]);
    let of = at("accounts/b/pools").await;
    assert_eq!(
        (&of[0]["pool"], &of[0]["place"], &of[0]["selected"]),
        (&json!("Gold"), &json!("ready"), &json!(true))
    );
    assert_eq!(at("accounts/x/pools").await, json!([]));
    problem(&world.ask("GET", "pools/Nope/accounts", "").await, 404, 4);
    problem(&world.ask("GET", "pools/Gold/accounts?state=lost", "").await, 400, 2);
}

#[tokio::test]
async fn the_log_goes_on_where_a_page_ended() {
    let world = World::new(&[]);
    std::fs::create_dir(world.path("logs")).unwrap();
    let line = |n: u32| {
        let level = if n.is_multiple_of(2) { "WARN" } else { "INFO" };
        format!("{{\"level\":\"{level}\",\"message\":\"line {n}\"}}\n")
    };
    std::fs::write(world.path("logs/lariat.jsonl"), (0..5).map(line).collect::<String>()).unwrap();
    let (mut told, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.ask("GET", &format!("logs?level=warn&limit=2{cursor}"), "").await.json();
        let items = page["items"].as_array().unwrap().clone();
        told.extend(items.iter().map(|line| line["message"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(told, ["line 4", "line 2", "line 0"]);
    let found = world.ask_with("GET", "logs?search=line+3", &[LOOK], "").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
}

#[tokio::test]
async fn plugins_are_reloaded_and_lifted_on_the_page_by_who_may_change_things() {
    let world = World::new(&[]);
    let code = world.shared.keys.new_link(Access::Full);
    let session = common::ask(&world.router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let own = [("cookie", session.as_str()), ("origin", "http://localhost:7420")];
    let post =
        async |path: &str, who: &[(&str, &str)]| common::ask(&world.router, "POST", path, who, "").await;
    let page = common::ask(&world.router, "GET", "/extensions", &[RIGHT], "").await.text;
    for form in ["/extensions/plugins/csv/reload", "/extensions/plugins/looper/lift"] {
        assert!(page.contains(&format!("action=\"{form}\"")), "{form} in {page}");
    }
    assert!(page.contains("it loops"), "{page}");
    let looked = common::ask(&world.router, "GET", "/extensions", &[LOOK], "").await.text;
    assert_eq!(looked.matches("type=\"submit\" disabled").count(), 2, "{looked}");

    assert_eq!(post("/extensions/plugins/looper/lift", &[LOOK]).await.status, StatusCode::FORBIDDEN);
    assert!(world.ordered.lock().is_empty());
    for path in ["/extensions/plugins/looper/lift", "/extensions/plugins/csv/reload"] {
        let done = post(path, &own).await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/extensions"), "{path}");
    }
    let ordered = [("looper", PluginOrder::Lift), ("csv", PluginOrder::Reload)];
    assert_eq!(*world.ordered.lock(), ordered.map(|(id, order)| (id.to_owned(), order)));
    let unknown = post("/extensions/plugins/nope/lift", &own).await;
    assert!(
        unknown.text.contains("unknown plugin") && unknown.status == StatusCode::NOT_FOUND,
        "{}",
        unknown.text
    );
}
