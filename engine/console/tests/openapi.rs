//! The OpenAPI document against what is really answered: every route, every answer that
//! means success.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use common::Answer;
use common::files::{LOOK, RIGHT, World};
use lariat_core::records::Records as _;

const GOLD: &str = "name: Gold\ntype: list\nconfig: {ids: [a, b, c]}\n";
const FARM: &str = "name: Farm\nroutine: Done\ninstances: [1, 2]\nbot_count: 1\naccount_pool: Gold\nlaunch: {stagger_delay: 0}\n";
const STAY: &str = "name: Stay\nroutine: Stays\ninstances: [1]\n";

/// The document, and which of its operations were asked.
struct Asked {
    world: World,
    document: Value,
    asked: BTreeSet<String>,
}

impl Asked {
    async fn new() -> Self {
        let world = World::new(&[
            ("pools/gold.yaml", GOLD),
            ("groups/farm.yaml", FARM),
            ("groups/stay.yaml", STAY),
            ("groups/broken.yaml", "name: [\n"),
        ]);
        world.records.import_accounts(vec![account("a")]).await.unwrap();
        let document = world.ask("GET", "openapi.json", "").await.json();
        Self { world, document, asked: BTreeSet::new() }
    }

    /// What is declared for a status of a route.
    fn declared(&self, method: &str, route: &str, status: &str, kind: &str) -> Value {
        let operation = &self.document["paths"][route][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {route} isn't in the document");
        let answers = &operation["responses"];
        let answer = if answers[status].is_object() { &answers[status] } else { &answers["default"] };
        let content = answer["content"].as_object().unwrap();
        // One kind, or that which was given.
        let found = content.iter().find(|(told, _)| content.len() == 1 || *told == kind);
        json!(found.unwrap_or_else(|| panic!("{method} {route} {status} doesn't answer with {kind}")))
    }

    /// Asks a route, and checks that the answer is as the document says; gives it.
    async fn ask(&mut self, method: &str, route: &str, names: &str, status: u16, body: Value) -> Answer {
        let path = match names.strip_prefix('?') {
            Some(_) => format!("{route}{names}"),
            None => route.replace("{name}", names).replace("{id}", names),
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.world.ask(method, path.trim_start_matches('/'), body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text);
        let kind = answer.header("content-type").to_owned();
        let declared = self.declared(method, route, &status.to_string(), &kind);
        assert_eq!(kind, declared[0], "{method} {path}");
        if kind.ends_with("json") {
            let problems = self.problems(&declared[1]["schema"], &answer.json());
            assert!(problems.is_empty(), "{method} {path}: {problems:#?}\n{}", answer.text);
        }
        self.asked.insert(format!("{} {route}", method.to_lowercase()));
        answer
    }

    /// What a schema finds wrong.
    fn problems(&self, schema: &Value, told: &Value) -> Vec<String> {
        let schema = json!({"allOf": [schema], "components": self.document["components"]});
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        validator.iter_errors(told).map(|error| format!("{} at {}", error, error.instance_path())).collect()
    }
}

fn account(id: &str) -> lariat_core::records::ImportAccount {
    lariat_core::records::ImportAccount {
        id: lariat_core::ids::AccountId::new(id).unwrap(),
        fields: json!({"status": "failed", "password": "canary"}).as_object().unwrap().clone(),
    }
}

#[tokio::test]
async fn every_route_answers_what_the_document_says() {
    let mut asked = Asked::new().await;
    let none = Value::Null;
    for (route, names) in [
        ("/engine", ""),
        ("/identity", ""),
        ("/status", ""),
        ("/openapi.json", ""),
        ("/events/recent", "?limit=5"),
        ("/pools", ""),
        ("/pools/{name}", "Gold"),
        ("/pools/{name}/yaml", "Gold"),
        ("/pools/{name}/stats", "Gold"),
        ("/pools/{name}/accounts", "Gold"),
        ("/plugins", ""),
        ("/plugins/{name}", "csv"),
        ("/extensions", ""),
        ("/routines", ""),
        ("/pool-types", ""),
        ("/hooks", "?group=Farm"),
        ("/providers", ""),
        ("/provider-types", ""),
        ("/schemas/{name}", "pool"),
        ("/folders", "?at=pools"),
        ("/logs", "?level=warn&limit=1"),
        ("/groups", ""),
        ("/groups/{name}", "Farm"),
        ("/accounts", "?limit=5"),
        ("/accounts:counts", ""),
        ("/accounts/{id}", "a"),
        ("/accounts/{id}/pools", "a"),
        ("/attempts", "?limit=5"),
    ] {
        asked.ask("GET", route, names, 200, none.clone()).await;
    }
    let draft = json!({"definition": {"name": "New", "type": "list", "config": {"ids": ["x"]}}});
    let more = json!([{"definition": {"name": "More", "type": "list"}}]);
    let group = json!({"name": "Mill", "routine": "Done", "instances": [5]});
    for (method, route, names, status, body) in [
        ("POST", "/reload", "", 200, none.clone()),
        ("POST", "/links", "", 200, none.clone()),
        ("POST", "/pools", "", 201, draft.clone()),
        ("POST", "/pools:import", "", 200, more),
        ("POST", "/pools:preview", "", 200, draft.clone()),
        ("PUT", "/pools/{name}", "New", 200, draft.clone()),
        ("POST", "/pools/{name}/test", "Gold", 200, none.clone()),
        ("POST", "/pools/{name}/refresh", "Gold", 200, none.clone()),
        ("POST", "/pools/{name}/reset", "Gold", 200, json!({"accounts": ["a"]})),
        ("DELETE", "/pools/{name}", "New", 200, none.clone()),
        ("POST", "/plugins/{name}/reload", "csv", 200, none.clone()),
        ("POST", "/plugins/{name}/quarantine", "csv", 200, json!({"reason": "it loops"})),
        ("POST", "/plugins/{name}/lift", "csv", 200, none.clone()),
        ("POST", "/groups", "", 201, group.clone()),
        ("PUT", "/groups/{name}", "Mill", 200, group),
        ("PUT", "/groups/{name}/pool", "Mill", 200, json!({"pool": "Gold"})),
        ("POST", "/groups/{name}/plan", "Farm", 200, none.clone()),
        ("DELETE", "/groups/{name}", "Mill", 200, none.clone()),
        ("POST", "/accounts:import", "", 200, json!({"paths": ["more.csv"]})),
        ("POST", "/accounts:export", "?format=json", 200, none.clone()),
        ("POST", "/accounts:export", "?format=csv&status=failed", 200, none.clone()),
        ("POST", "/scripts/check", "", 200, json!({"kind": "routine", "names": ["R"]})),
        ("POST", "/backup", "", 200, json!({"keep": 3})),
        ("POST", "/doctor", "", 200, none.clone()),
        ("POST", "/accounts:reset", "", 200, json!({"ids": ["a"]})),
        // A launch that ends, one that is only begun, and one that asks.
        ("POST", "/groups/{name}/launch", "Farm", 200, json!({"wait": true})),
        ("POST", "/groups/{name}/launch", "Stay", 202, none.clone()),
        ("GET", "/groups/{name}/launch", "Stay", 200, none.clone()),
        ("POST", "/groups/{name}/pause", "Stay", 200, none.clone()),
        ("POST", "/groups/{name}/resume", "Stay", 200, none.clone()),
    ] {
        asked.ask(method, route, names, status, body).await;
    }
    until_running(&asked.world).await;
    asked.ask("POST", "/groups/{name}/scale", "Stay", 200, json!({"bots": 1})).await;
    asked.ask("GET", "/groups", "", 200, none.clone()).await;
    // Of a pool that is open now.
    asked.ask("GET", "/pools/{name}/accounts", "Gold", 200, none.clone()).await;
    asked.ask("GET", "/accounts/{id}/pools", "a", 200, none.clone()).await;
    asked.ask("GET", "/status", "", 200, none.clone()).await;
    let order = json!({"ask": true, "settings": {"on_conflict": "ask"}, "bot_count": 2});
    asked.ask("POST", "/groups/{name}/launch", "Farm", 202, order).await;
    let question = loop {
        let told = asked.ask("GET", "/groups/{name}/launch", "Farm", 200, none.clone()).await.json();
        if let Some(question) = told["questions"].as_array().unwrap().first() {
            break question["id"].clone();
        }
        tokio::task::yield_now().await;
    };
    let answer = json!({"question": question, "answer": "skip"});
    asked.ask("POST", "/groups/{name}/answer", "Farm", 200, answer).await;
    asked.ask("POST", "/groups/{name}/stop", "Stay", 200, json!({"force": true})).await;

    asked.world.records.note(run());
    asked.ask("GET", "/attempts/{id}", "1", 200, none.clone()).await;
    asked.ask("GET", "/accounts/{id}", "a", 200, none.clone()).await;
    asked.ask("POST", "/attempts/retry", "", 200, json!({"ids": [1]})).await;
    asked.ask("GET", "/events", "", 200, none.clone()).await;
    asked.ask("POST", "/shutdown", "", 200, none.clone()).await;

    // Refusals are all problems.
    asked.ask("GET", "/pools/{name}", "Nope", 404, none.clone()).await;
    asked.ask("GET", "/attempts/{id}", "x", 400, none.clone()).await;
    asked.ask("GET", "/schemas/{name}", "Nope", 404, none.clone()).await;
    asked.ask("GET", "/folders", "?at=..", 409, none.clone()).await;
    asked.ask("GET", "/logs", "?cursor=x", 400, none.clone()).await;
    asked.ask("POST", "/backup", "", 422, json!({"keep": 0})).await;
    asked.ask("POST", "/groups/{name}/scale", "Farm", 422, json!({"bots": -1})).await;

    let routes = asked.document["paths"].as_object().unwrap().iter();
    let all: BTreeSet<String> = routes
        .flat_map(|(route, methods)| {
            methods.as_object().unwrap().keys().map(move |it| format!("{it} {route}"))
        })
        .collect();
    assert_eq!(asked.asked, all, "every route is asked here");
}

/// Waits until group Stay's bot holds its instance and runs.
async fn until_running(world: &World) {
    loop {
        let told = world.ask("GET", "groups/Stay/launch", "").await.json();
        if told["bots"][0]["status"] == "running" {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn run() -> lariat_core::records::AttemptRecord {
    use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
    lariat_core::records::AttemptRecord {
        id: 0,
        holder: lariat_core::ledger::Holder {
            launch: LaunchId::random(),
            group: GroupName::new("Farm").unwrap(),
            instance: InstanceId(1),
            routine: "Done".into(),
            generation: 1,
        },
        account: AccountId::new("a").ok(),
        pool: PoolName::new("Gold").ok(),
        started: jiff::Timestamp::UNIX_EPOCH,
        ended: jiff::Timestamp::UNIX_EPOCH,
        outcome: lariat_core::outcome::Disposition::Failed,
        error: Some("no".into()),
        result: Default::default(),
    }
}

#[tokio::test]
async fn every_answer_is_described_and_every_name_in_a_path_has_a_type() {
    let asked = Asked::new().await;
    for (route, methods) in asked.document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {route}");
            for (status, answer) in answers {
                for (kind, content) in answer["content"].as_object().unwrap() {
                    let schema = &content["schema"];
                    let says = schema["$ref"].is_string() || schema["type"].is_string();
                    assert!(says, "{method} {route}: nothing is said of {status} as {kind}: {schema}");
                }
            }
            let named = operation["parameters"].as_array().unwrap();
            let in_path = named.iter().filter(|parameter| parameter["in"] == "path");
            assert_eq!(in_path.clone().count(), route.matches('{').count(), "{method} {route}");
            for parameter in in_path {
                let schema = &parameter["schema"];
                let typed = schema["maxLength"].is_u64() || schema["format"] == "int64";
                assert!(typed, "{method} {route}: {parameter}");
            }
        }
    }
    let number = &asked.document["paths"]["/attempts/{id}"]["get"]["parameters"][0]["schema"];
    assert_eq!(number["type"], "integer");
}

#[tokio::test]
async fn a_schema_finds_what_is_wrong() {
    let asked = Asked::new().await;
    let schema = json!({"$ref": "#/components/schemas/PoolListing"});
    let mut pool = asked.world.ask("GET", "pools", "").await.json()[0].clone();
    assert_eq!(asked.problems(&schema, &pool), [] as [&str; 0]);
    pool["state"] = json!("lost");
    assert_eq!(asked.problems(&schema, &pool).len(), 1);
    pool.as_object_mut().unwrap().remove("total");
    assert_eq!(asked.problems(&schema, &pool).len(), 2);
}

#[tokio::test]
async fn who_may_only_look_keeps_no_question_standing() {
    let asked = Asked::new().await;
    let world = &asked.world;
    world.ask("POST", "groups/Stay/launch", "").await;
    until_running(world).await;
    let order = json!({"ask": true, "settings": {"on_conflict": "ask"}, "bot_count": 2});
    world.ask("POST", "groups/Farm/launch", &order).await;
    let questions = async |who| {
        let told = world.ask_with("GET", "groups/Farm/launch", &[who], "").await.json();
        told["questions"].as_array().map_or(0, Vec::len)
    };
    while questions(RIGHT).await == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(questions(LOOK).await, 0);
    let refused =
        world.ask_with("POST", "groups/Farm/answer", &[LOOK], json!({"question": 1, "answer": "skip"}));
    assert_eq!(refused.await.status.as_u16(), 403);
    let wrong = world.ask("POST", "groups/Farm/answer", json!({"question": 1, "answer": "refresh"})).await;
    assert_eq!(wrong.status.as_u16(), 422, "{}", wrong.text);
    let done = world.ask("POST", "groups/Farm/answer", json!({"question": 1, "answer": "abort"})).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text);
    while world.ask("GET", "groups/Farm/launch", "").await.status.as_u16() == 200 {
        tokio::task::yield_now().await;
    }
}
