//! The pages as a browser without script sees them.
#![allow(clippy::unwrap_used)]

mod common;

use axum::Router;
use axum::http::StatusCode;
use lariat_console::server::{Shared, router};
use lariat_core::definition::GroupDefinition;
use lariat_core::ids::{GroupName, InstanceId};

use common::files::World;
use common::{Answer, ask, shared};

const EVIL: &str = "<script>alert(1)</script>";
const FULL: (&str, &str) = ("authorization", "Bearer right");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn with_group(name: &str) -> (Shared, Router) {
    let shared = shared();
    let mut group = GroupDefinition::new(GroupName::new(name).unwrap(), EVIL, vec![InstanceId(1)]);
    group.description = Some(format!("\"{EVIL}\" onload=x"));
    group.config.insert(EVIL.into(), EVIL.into());
    shared.service.orchestrator().create_group(group).unwrap();
    let router = router(shared.clone());
    (shared, router)
}

async fn get(router: &Router, path: &str) -> Answer {
    ask(router, "GET", path, &[FULL], "").await
}

async fn post(router: &Router, path: &str, body: &str) -> Answer {
    ask(router, "POST", path, &[FULL, FORM], body).await
}

/// `%3Cscript…` of a name.
fn segment(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn every_page_escapes_and_holds_no_script_or_style_of_its_own() {
    let (_, router) = with_group(EVIL);
    let group = segment(EVIL);
    let paths = ["/", "/groups", "/groups?q=script", "/groups:new", "/attempts", "/help", "/nothing"]
        .map(str::to_owned);
    let evil = ["", "/edit", "/delete", "/launch"].map(|verb| format!("/groups/{group}{verb}"));
    let asked = [
        format!("/groups?q={group}"),
        format!("/attempts?account={group}&outcome={group}"),
        format!("/{group}"),
    ];
    for path in paths.into_iter().chain(evil).chain(asked) {
        let page = get(&router, &path).await;
        let told = [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY];
        assert!(told.contains(&page.status), "{path}: {}", page.status);
        assert!(page.text.starts_with("<!DOCTYPE html>"), "{path}");
        assert!(!page.text.contains(EVIL), "{path}");
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"), "{path}");
        assert!(
            !page.text.contains("\" onload=") && !page.text.contains(" onclick="),
            "{path}: out of an attribute"
        );
        assert_eq!(page.text.matches("<script").count(), 1, "{path}: the one that is a file");
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{path}: another host");
        assert!(page.text.len() < 200_000, "{path}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_good_under_a_name_of_their_content() {
    let (_, router) = with_group("G");
    let page = get(&router, "/").await.text;
    let mut found = 0;
    for url in page.split('"').filter(|url| url.starts_with("/assets/")) {
        let asset = get(&router, url).await;
        assert_eq!(asset.status, StatusCode::OK, "{url}");
        assert!(asset.header("cache-control").contains("immutable"), "{url}");
        found += 1;
    }
    assert_eq!(found, 3);
    let unknown = get(&router, "/assets/console.000000000000.css").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(!unknown.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn a_group_is_made_changed_and_deleted_by_forms() {
    let world = World::new(&[]);
    let (shared, router) = (&world.shared, &world.router);
    let made =
        post(router, "/groups:new", "name=New+One&routine=R&instances=0-2,+7&bot_count=2&on_conflict=ask")
            .await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/groups/New%20One"));
    let group = shared.service.orchestrator().group("New One").unwrap();
    assert_eq!(group.definition.instances, [0, 1, 2, 7].map(InstanceId));
    // The next page says so, once.
    let said = ask(router, "GET", "/groups/New%20One", &[FULL, ("cookie", &made.cookie())], "").await;
    assert!(said.text.contains("New One was created."), "{}", said.text);
    assert!(said.header("set-cookie").contains("Max-Age=0"));

    let seen = async || {
        let page = get(router, "/groups/New%20One/edit").await.text;
        page.split_once("name=\"seen\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    };
    let before = seen().await;
    let file = "groups/new_one.yaml";
    let commented = format!("# by hand\n{}", world.text(file).replace("bot_count: 2", "bot_count: 3"));
    std::fs::write(world.path(file), &commented).unwrap();
    let body = |seen: &str| format!("seen={seen}&routine=R&instances=5&description=changed");
    let late = post(router, "/groups/New%20One/edit", &body(&before)).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    assert!(late.text.contains("value=\"changed\"") && world.text(file) == commented, "{}", late.text);
    world.shared.service.orchestrator().pool_manager().discover().unwrap();
    let saved = post(router, "/groups/New%20One/edit", &body(&seen().await)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(world.text(file).starts_with("# by hand\n"), "{}", world.text(file));
    let group = shared.service.orchestrator().group("New One").unwrap();
    assert_eq!(group.definition.instances, [InstanceId(5)]);

    let late = post(router, "/groups/New%20One/delete", &format!("seen={before}")).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    let deleted = post(router, "/groups/New%20One/delete", &format!("seen={}", seen().await)).await;
    assert_eq!((deleted.status, deleted.header("location")), (StatusCode::SEE_OTHER, "/groups"));
    assert!(shared.service.orchestrator().group("New One").is_err() && world.files("groups").is_empty());
}

#[tokio::test]
async fn a_broken_group_shows_its_fault_and_where_to_mend_it_and_no_empty_facts() {
    let world = World::new(&[("groups/bad.yaml", "name: Bad\nroutine: [\n"), ("groups/odd.yaml", "[")]);
    let cards = get(&world.router, "/groups").await.text;
    assert!(cards.contains("groups/bad.yaml:") && !cards.contains("<dt>Routine</dt>"), "{cards}");
    for file in ["groups%2Fbad%2Eyaml", "groups%2Fodd%2Eyaml"] {
        assert!(cards.contains(&format!("/files?file={file}")), "{cards}");
    }
    let page = get(&world.router, "/groups/Bad").await.text;
    assert!(page.contains("Mend its file") && !page.contains("/groups/Bad/edit"), "{page}");
    let mended = "file=groups/bad.yaml&text=name: Bad%0Aroutine: Done%0Ainstances: [1]%0A";
    let mend = get(&world.router, "/files?file=groups%2Fbad%2Eyaml").await.text;
    let seen = mend.split_once("name=\"seen\" value=\"").unwrap().1.split('"').next().unwrap();
    let saved = post(&world.router, "/files", &format!("{mended}&seen={seen}")).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (StatusCode::SEE_OTHER, "/groups"),
        "{}",
        saved.text
    );
    assert!(world.shared.service.group("Bad").is_ok());
}

#[tokio::test]
async fn what_is_wrong_is_told_in_place_with_what_was_entered() {
    let (_, router) = with_group("G");
    let wrong = post(&router, "/groups:new", "name=X&routine=R&instances=zero&description=kept+words").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("is no id") && wrong.text.contains("role=\"alert\""), "{}", wrong.text);
    for (path, body, status) in [
        ("/groups/G/stop", "", StatusCode::CONFLICT),
        ("/groups/G/pause", "", StatusCode::CONFLICT),
        ("/groups/G/scale", "bots=many", StatusCode::UNPROCESSABLE_ENTITY),
        ("/groups/Nope/stop", "", StatusCode::NOT_FOUND),
        ("/groups/Nope/launch", "", StatusCode::NOT_FOUND),
    ] {
        let told = post(&router, path, body).await;
        assert_eq!(told.status, status, "{path}");
        assert!(told.text.contains("role=\"alert\""), "{path}");
    }
}

#[tokio::test]
async fn who_may_only_look_finds_no_button_that_works() {
    let (_, router) = with_group("G");
    let look = ("authorization", "Bearer look");
    let page = ask(&router, "GET", "/groups/G/delete", &[look], "").await;
    assert!(page.text.contains("disabled"), "{}", page.text);
    let refused = ask(&router, "POST", "/groups/G/delete", &[look, FORM], "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let theme = ask(&router, "GET", "/theme?to=dark&back=/groups", &[look], "").await;
    assert_eq!((theme.status, theme.header("location")), (StatusCode::SEE_OTHER, "/groups"));
    let dark = ask(&router, "GET", "/groups", &[look, ("cookie", &theme.cookie())], "").await;
    assert!(dark.text.contains("data-theme=\"dark\""));
    let elsewhere = ask(&router, "GET", "/theme?to=dark&back=//evil.example", &[look], "").await;
    assert_eq!(elsewhere.header("location"), "/");
}

#[tokio::test]
async fn programs_are_answered_in_their_own_way_where_nothing_is() {
    let (_, router) = with_group("G");
    let told = get(&router, "/api/v1/nothing").await;
    assert_eq!((told.status, told.json()["exit"].as_i64()), (StatusCode::NOT_FOUND, Some(4)));
}
