//! Pools and groups through the API: shown, tried, saved over what was seen, deleted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use axum::http::StatusCode;
use serde_json::{Value, json};

use common::files::{LOOK, RIGHT, World, problem};

const GOLD: &str = "# The good ones.\nname: Gold\ntype: list\nconfig:\n  ids: [a, b, c] # by hand\n";
const FARM: &str = "# Day and night.\nname: Farm\nroutine: Done\ninstances: [1]\nbot_count: 1 # one is enough\naccount_pool: Gold\n";

fn world() -> World {
    World::new(&[
        ("pools/gold.yaml", GOLD),
        ("pools/spare.yaml", "name: Spare\ntype: list\n"),
        ("pools/broken.yaml", "name: Broken\ntype: [\n"),
        ("groups/farm.yaml", FARM),
    ])
}

/// Two definitions of a kind: where it is, its file, what it becomes, and what is seen of
/// that in the file.
fn kinds() -> [(&'static str, &'static str, [Value; 2], &'static str); 2] {
    let pool = |text: &str| {
        json!({"definition": {
            "name": "Gold", "description": text, "type": "list", "config": {"ids": ["a", "b", "c"]},
        }})
    };
    let group = |text: &str| {
        json!({
            "name": "Farm", "description": text, "routine": "Done", "instances": [1], "bot_count": 1,
            "account_pool": "Gold",
        })
    };
    [
        ("pools/Gold", "pools/gold.yaml", [pool("first"), pool("second")], "# by hand"),
        ("groups/Farm", "groups/farm.yaml", [group("first"), group("second")], "# one is enough"),
    ]
}

#[tokio::test]
async fn what_there_is_is_listed_and_shown() {
    let world = world();
    let listed = world.ask("GET", "pools", "").await.json();
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|it| (&it["name"], &it["type"])).collect();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{states:?}");
    let broken = listed.as_array().unwrap().iter().find(|it| it["error"].is_string()).unwrap();
    assert!(broken["error"].as_str().unwrap().contains("pools/broken.yaml:"), "{broken}");

    let pool = world.ask("GET", "pools/Gold", "").await;
    let told = pool.json();
    assert_eq!(pool.header("etag"), format!("\"{}\"", told["content_hash"].as_str().unwrap()));
    assert_eq!(
        (&told["file"], &told["generation"], &told["used_by"], &told["stale"], &told["config"]["ids"]),
        (&json!("pools/gold.yaml"), &json!(1), &json!(["Farm"]), &Value::Null, &json!(["a", "b", "c"]))
    );
    let text = world.ask("GET", "pools/Gold/yaml", "").await;
    assert_eq!(text.header("content-type"), "application/yaml");
    assert!(text.text.contains("name: Gold"), "{}", text.text);

    let groups = world.ask("GET", "groups", "").await.json();
    assert_eq!((&groups[0]["name"], &groups[0]["account_pool"]), (&json!("Farm"), &json!("Gold")));
    let group = world.ask("GET", "groups/Farm", "").await;
    assert_eq!(group.header("etag"), format!("\"{}\"", group.json()["content_hash"].as_str().unwrap()));
    assert_eq!(group.json()["file"], "groups/farm.yaml");
}

#[tokio::test]
async fn new_ones_are_created_once_and_all_or_none() {
    let world = world();
    let new = json!({"definition": {"name": "New", "type": "list", "config": {"ids": ["x"]}}});
    let created = world.ask("POST", "pools", &new).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert!(world.path(created.json()["file"].as_str().unwrap()).exists());
    assert!(problem(&world.ask("POST", "pools", &new).await, 409, 3).contains("already a pool \"New\""));
    assert_eq!(world.ask("POST", "pools/New/test", "").await.json()["accounts_found"], 1);

    // As a text, whose comments stay.
    let text = "# mine\nname: Text\ntype: list\n";
    let draft = json!({"text": {"name": "text.yaml", "text": text}});
    let created = world.ask("POST", "pools", draft).await.json();
    assert_eq!(world.text(created["file"].as_str().unwrap()), text);

    let before = world.files("pools");
    let good = json!({"definition": {"name": "Good", "type": "list"}});
    let forbidden = json!({"definition": {"name": "Bad", "type": "list", "config": {"forbidden": true}}});
    let untyped = json!({"text": {"name": "x.yaml", "text": "name: Bad\n"}});
    for (path, body, status, exit) in [
        ("pools", forbidden.clone(), 409, 3),
        ("pools", untyped.clone(), 422, 2),
        ("pools:import", json!([good.clone(), forbidden]), 409, 3),
        ("pools:import", json!([good.clone(), untyped]), 422, 2),
        ("pools", json!({"nothing": 1}), 422, 2),
    ] {
        problem(&world.ask("POST", path, &body).await, status, exit);
        assert_eq!(world.files("pools"), before, "{path} {body}");
    }
    let two = json!([good, {"definition": {"name": "Too", "type": "list"}}]);
    let imported = world.ask("POST", "pools:import", two).await.json();
    assert_eq!((&imported[0]["name"], &imported[1]["name"]), (&json!("Good"), &json!("Too")));

    let group = json!({"name": "Second", "routine": "Done", "instances": [2], "bot_count": 1});
    assert_eq!(world.ask("POST", "groups", &group).await.status, StatusCode::CREATED);
    problem(&world.ask("POST", "groups", &group).await, 409, 3);
    problem(&world.ask("POST", "groups", json!({"name": "Third"})).await, 422, 2);
}

#[tokio::test]
async fn a_definition_is_saved_over_what_was_seen_and_nothing_else() {
    for (path, file, [first, second], comment) in kinds() {
        let world = world();
        let save = |tag: Option<String>, body: Value| {
            let world = &world;
            async move {
                let mut headers = vec![RIGHT];
                headers.extend(tag.as_deref().map(|tag| ("if-match", tag)));
                world.ask_with("PUT", path, &headers, body).await
            }
        };
        let seen = world.ask("GET", path, "").await.header("etag").to_owned();
        let saved = save(Some(seen.clone()), first.clone()).await;
        assert_eq!(saved.status, StatusCode::OK, "{path}: {}", saved.text);
        assert!(world.text(file).contains("first") && world.text(file).contains(comment), "{path}");
        let now = world.ask("GET", path, "").await;
        assert_eq!((now.json()["generation"].as_u64(), now.header("etag") == seen), (Some(2), false));
        assert_eq!(saved.header("etag"), now.header("etag"), "{path}: for who goes on");

        // What was seen before isn't there any more.
        let refused = problem(&save(Some(seen.clone()), second.clone()).await, 412, 3);
        assert!(refused.contains(file), "{path}: {refused}");
        assert!(refused.contains("\n-description: first"), "{path}: the difference: {refused}");
        assert!(refused.contains("\n+description: second"), "{path}: the difference: {refused}");
        assert!(world.text(file).contains("first"), "{path}");
        let wrong = problem(&save(Some("\"nonsense\"".into()), second.clone()).await, 422, 2);
        assert!(wrong.contains("If-Match"), "{path}: {wrong}");

        // Whatever there is.
        for tag in [Some("*".to_owned()), None] {
            assert_eq!(save(tag.clone(), second.clone()).await.status, StatusCode::OK, "{path} {tag:?}");
            assert!(world.text(file).contains("second"), "{path} {tag:?}");
            assert_eq!(save(None, first.clone()).await.status, StatusCode::OK, "{path}");
        }

        // Somebody edits the file, and the engine hasn't read it yet.
        let seen = world.ask("GET", path, "").await.header("etag").to_owned();
        let edited = world.text(file).replace("first", "by hand");
        std::fs::write(world.path(file), &edited).unwrap();
        let refused = problem(&save(Some(seen), second.clone()).await, 412, 3);
        assert!(refused.contains("\n-description: by hand"), "{path}: {refused}");
        problem(&save(None, second.clone()).await, 409, 3);
        problem(&save(Some("*".into()), second.clone()).await, 409, 3);
        assert_eq!(world.text(file), edited, "{path}");
    }
}

#[tokio::test]
async fn a_definition_is_deleted_if_it_is_what_was_seen() {
    for (path, file, [first, second], _) in kinds() {
        let world = world();
        let old = world.ask("GET", path, "").await.header("etag").to_owned();
        world.ask("PUT", path, first).await;
        problem(&world.ask_with("DELETE", path, &[RIGHT, ("if-match", &old)], "").await, 412, 3);
        problem(&world.ask_with("DELETE", path, &[LOOK], "").await, 403, 3);
        assert!(world.path(file).exists(), "{path}");
        let now = world.ask("GET", path, "").await.header("etag").to_owned();
        let deleted = world.ask_with("DELETE", path, &[RIGHT, ("if-match", &now)], "").await;
        assert_eq!((deleted.status, &deleted.json()["file"]), (StatusCode::OK, &json!(file)));
        assert!(!world.path(file).exists(), "{path}");
        for (method, body) in [("GET", Value::Null), ("DELETE", Value::Null), ("PUT", second)] {
            problem(&world.ask(method, path, body).await, 404, 4);
        }
    }
    let world = world();
    let deleted = world.ask_with("DELETE", "pools/Gold", &[RIGHT, ("if-match", "*")], "").await.json();
    assert_eq!(deleted, json!({"name": "Gold", "file": "pools/gold.yaml", "used_by": ["Farm"]}));
    assert_eq!(world.ask("DELETE", "groups/Farm", "").await.json()["name"], "Farm");
}

#[tokio::test]
async fn a_pool_is_tried_before_it_is_saved() {
    let world = world();
    let before = world.files("pools");
    let ids: Vec<String> = (0..25).map(|number| format!("a{number}")).collect();
    let draft = json!({"definition": {"name": "Draft", "type": "list", "config": {"ids": ids}}});
    let text =
        json!({"text": {"name": "draft.yaml", "text": "name: Draft\ntype: list\nconfig: {ids: [x]}\n"}});
    for (draft, found, sample) in [(draft, 25, 10), (text, 1, 1)] {
        let answer = world.ask("POST", "pools:preview", draft).await;
        let told = answer.json();
        assert_eq!((&told["success"], &told["accounts_found"]), (&json!(true), &json!(found)), "{told}");
        assert_eq!(told["sample"].as_array().unwrap().len(), sample, "{told}");
        assert!(answer.text.contains("***") && !answer.text.contains("canary"), "{told}");
    }
    let bad = json!({"text": {"name": "draft.yaml", "text": "name: Draft\ntype: list\nlimt: 3\n"}});
    let told = world.ask("POST", "pools:preview", bad).await.json();
    assert_eq!(told["success"], false);
    assert!(told["error"].as_str().unwrap().contains("draft.yaml:3:1"), "{told}");
    let forbidden = json!({"definition": {"name": "Draft", "type": "list", "config": {"forbidden": 1}}});
    assert_eq!(
        world.ask("POST", "pools:preview", forbidden).await.json()["error"],
        "a list may only be read"
    );
    let broken = world.ask("POST", "pools/Broken/test", "").await.json();
    assert_eq!(broken["success"], false, "{broken}");
    assert_eq!(world.files("pools"), before, "nothing is saved by that");
}

#[tokio::test(start_paused = true)]
async fn a_pool_is_refreshed_used_up_and_reset() {
    let world = world();
    let refreshed = world.ask("POST", "pools/Gold/refresh", "").await.json();
    assert_eq!((&refreshed["added"], &refreshed["total"]), (&json!(3), &json!(3)), "{refreshed}");
    let report = world.ask("POST", "groups/Farm/launch", json!({"wait": true})).await.json();
    assert_eq!(report["accounts"]["completed"], 3, "{report}");
    let count = async |state: &str| world.ask("GET", "pools/Gold/stats", "").await.json()[state].clone();
    assert_eq!((count("completed").await, count("available").await), (json!(3), json!(0)));

    let one = world.ask("POST", "pools/Gold/reset", json!({"accounts": ["b"]})).await.json();
    assert_eq!(one["forgotten"], 1, "{one}");
    assert_eq!((count("completed").await, count("available").await), (json!(2), json!(1)));
    assert_eq!(world.ask("POST", "pools/Gold/reset", "").await.json()["forgotten"], 2);
    assert_eq!((count("completed").await, count("available").await), (json!(0), json!(3)));
    problem(&world.ask("POST", "pools/Gold/reset", json!({"acounts": []})).await, 422, 2);
}

#[tokio::test]
async fn a_group_gets_another_pool_and_its_launch_is_planned() {
    let world = world();
    let plan = world.ask("POST", "groups/Farm/plan", "").await.json();
    assert_eq!((&plan["valid"], &plan["accounts_found"]), (&json!(true), &json!(3)), "{plan}");
    let changed = world.ask("PUT", "groups/Farm/pool", json!({"pool": "Spare"})).await.json();
    assert_eq!(changed, json!({"group": "Farm", "account_pool": "Spare"}));
    assert!(world.text("groups/farm.yaml").contains("account_pool: Spare"));
    assert!(world.text("groups/farm.yaml").contains("# one is enough"));
    let plan = world.ask("POST", "groups/Farm/plan", json!({"bot_count": 1})).await.json();
    assert_eq!(plan["accounts_found"], 0, "{plan}");
    let missing = problem(&world.ask("PUT", "groups/Farm/pool", json!({"pool": "Golt"})).await, 404, 4);
    assert!(missing.contains("Gold"), "what is near is named: {missing}");
    problem(&world.ask("PUT", "groups/Farm/pool", "").await, 422, 2);
    problem(&world.ask("POST", "groups/Farm/plan", json!({"bots": 1})).await, 422, 2);
    assert_eq!(world.ask("GET", "groups/Farm", "").await.json()["account_pool"], "Spare");
}

#[tokio::test]
async fn what_isnt_there_is_told_by_its_name() {
    let world = world();
    let [(_, _, [pool, _], _), (_, _, [group, _], _)] = kinds();
    for (method, path, body) in [
        ("GET", "pools/Nope", Value::Null),
        ("PUT", "pools/Nope", pool),
        ("DELETE", "pools/Nope", Value::Null),
        ("GET", "pools/Nope/yaml", Value::Null),
        ("POST", "pools/Nope/test", Value::Null),
        ("GET", "pools/Nope/stats", Value::Null),
        ("POST", "pools/Nope/refresh", Value::Null),
        ("GET", "groups/Nope", Value::Null),
        ("PUT", "groups/Nope", group),
        ("DELETE", "groups/Nope", Value::Null),
        ("PUT", "groups/Nope/pool", json!({"pool": "Gold"})),
        ("POST", "groups/Nope/plan", json!({})),
    ] {
        let told = problem(&world.ask(method, path, body).await, 404, 4);
        assert!(told.contains("\"Nope\""), "{method} {path}: {told}");
    }
    let told = problem(&world.ask("GET", "pools/Broken", "").await, 422, 2);
    assert!(told.contains("pools/broken.yaml:"), "{told}");
}

#[tokio::test]
async fn who_may_only_look_sees_no_secret_of_a_definition() {
    let secret = "config: {ids: [a], api_token: CANARY, login: {password: CANARY}}\n";
    let world = World::new(&[
        ("pools/gold.yaml", &format!("name: Gold\ntype: list\n{secret}")),
        ("groups/farm.yaml", &format!("name: Farm\nroutine: Done\ninstances: [1]\n{secret}")),
    ]);
    for path in ["pools/Gold", "pools/Gold/yaml", "groups/Farm"] {
        let looked = world.ask_with("GET", path, &[LOOK], "").await;
        assert_eq!(looked.status, StatusCode::OK);
        assert!(looked.text.contains("***") && !looked.text.contains("CANARY"), "{path}: {}", looked.text);
        // Whoever saves it must see what they save.
        let all = world.ask("GET", path, "").await;
        assert_eq!(all.text.matches("CANARY").count(), 2, "{path}: {}", all.text);
    }
}
