//! The pages of pools and accounts, over definitions in files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::http::StatusCode;
use lariat_console::server::access::Keys;
use lariat_console::server::{Shared, router};
use lariat_console::{Keeper, Service};
use lariat_core::account::AccountRow;
use lariat_core::clock::SystemClock;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::event::EventBus;
use lariat_core::hook::Hooks;
use lariat_core::ids::AccountId;
use lariat_core::instance::{Instances, StaticProvider};
use lariat_core::ledger::MemoryLedger;
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::params::ParamSpecs;
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::records::{ImportAccount, MemoryRecords, Records};
use lariat_core::registry::Registry;
use lariat_core::source::{AccountSource, GeneratedSql, PoolType, Selection, SourceError};
use lariat_workspace::Definitions;
use serde_json::json;
use tempfile::TempDir;

use common::{Answer, Quiet, ask};

const EVIL: &str = "<script>alert(1)</script>";
const FULL: (&str, &str) = ("authorization", "Bearer right");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

const FILE: &str = "# Mine, by hand.\nname: Gold # the good ones\ntype: sql\nquery:\n  filters:\n    # only full ones\n    - field: pack_count\n      operator: '>='\n      value: 10\n    - {field: note, operator: '=', value: '42', display: the answer}\n  sort:\n    - {field: pack_count, direction: desc}\n  limit: 500\n";

const RAW: &str = "name: Written\ntype: sql\nquery:\n  select: |\n    SELECT id\n    FROM accounts -- all\n    WHERE pack_count > ?\n  parameters:\n    - {name: packs, value: 10, type: int} # enough\ngui_config: {of: others}\n";

/// Two accounts, whatever is asked for; a query that isn't read-only is refused.
struct Two;

#[async_trait]
impl PoolType for Two {
    fn name(&self) -> &str {
        "sql"
    }
    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let select = definition.query.as_ref().and_then(|query| query.select.clone()).unwrap_or_default();
        if select.contains("DELETE") {
            return Err(SourceError::Refused("query.select may only read".to_owned()));
        }
        Ok(Arc::new(Two))
    }
    async fn explain(&self, _: &PoolDefinition) -> Result<Option<GeneratedSql>, SourceError> {
        let sql = "SELECT \"id\" FROM \"accounts\" WHERE \"pack_count\" >= ? ORDER BY \"id\"".to_owned();
        Ok(Some(GeneratedSql { sql, values: vec![json!(10)] }))
    }
}

#[async_trait]
impl AccountSource for Two {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let row = |id: &str, packs: i64| {
            let fields = json!({"pack_count": packs, "password": "canary-secret", "note": EVIL});
            AccountRow::new(AccountId::new(id).unwrap(), fields.as_object().unwrap().clone())
        };
        Ok(Selection { accounts: vec![row("one", 12), row(EVIL, 30)], warnings: Vec::new() })
    }
}

/// What an extension's pool type declares, and the same two accounts.
struct Rota(ParamSpecs);

#[async_trait]
impl PoolType for Rota {
    fn name(&self) -> &str {
        "rota"
    }
    fn description(&self) -> &str {
        "Accounts by weekday"
    }
    fn params(&self) -> Option<&ParamSpecs> {
        Some(&self.0)
    }
    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        self.0.check("config", &definition.config).err().unwrap_or_default()
    }
    async fn open(&self, _: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        Ok(Arc::new(Two))
    }
}

fn rota() -> Rota {
    let specs = json!({
        "file": {"type": "path", "required": true, "description": "Whose turn it is"},
        "rows": {"type": "integer", "default": 5, "min": 1},
        "mode": {"type": "string", "enum": ["odd", "even"]},
        "api_token": {"type": "string"},
    });
    Rota(serde_json::from_value(specs).unwrap())
}

struct Files {
    definitions: Arc<Definitions>,
    records: Arc<MemoryRecords>,
}

impl Keeper for Files {
    fn definitions(&self) -> Option<Arc<Definitions>> {
        Some(self.definitions.clone())
    }
    fn records(&self) -> Option<Arc<dyn Records>> {
        Some(self.records.clone())
    }
}

async fn engine(root: &Path) -> Router {
    std::fs::create_dir_all(root.join("pools")).unwrap();
    std::fs::write(root.join("pools/gold.yaml"), FILE).unwrap();
    std::fs::write(root.join("pools/sql.yaml"), RAW).unwrap();
    let evil = format!("name: \"{EVIL}\"\ndescription: \"{EVIL}\"\ntype: sql\nquery: {{limit: 3}}\n");
    std::fs::write(root.join("pools/evil.yaml"), evil).unwrap();
    std::fs::write(root.join("pools/broken.yaml"), "name: Broken\ntype: [\n").unwrap();
    let definitions = Arc::new(Definitions::new(root));
    definitions.discover().unwrap();
    let clock = Arc::new(SystemClock);
    let (events, ledger) = (EventBus::new(clock.clone(), 64), Arc::new(MemoryLedger::new(clock.clone())));
    let types: Registry<dyn PoolType> = Registry::new("pool type");
    types.register("sql", "built-in", Arc::new(Two));
    types.register("file", "built-in", Arc::new(Two));
    types.register("rota", "scripts/pools/rota.lua", Arc::new(rota()));
    let pools = PoolManager::new(PoolParts {
        definitions: definitions.clone(),
        types: Arc::new(types),
        ledger: ledger.clone(),
        events: events.clone(),
        clock: clock.clone(),
    });
    let orchestrator = Orchestrator::new(OrchestratorParts {
        hooks: Hooks::default(),
        definitions: definitions.clone(),
        pools,
        routines: Arc::new(Registry::new("routine")),
        instances: Instances::new(vec![Arc::new(StaticProvider::any())]),
        ledger,
        events: events.clone(),
        clock,
        templates: Arc::new(NoTemplates),
        defaults: Default::default(),
        drain_timeout: std::time::Duration::from_secs(1),
    });
    let records = Arc::new(MemoryRecords::default());
    let fields = json!({"pack_count": 3, "password": "canary-secret", "note": EVIL});
    let accounts = (0..250).map(|at| format!("acc-{at:03}")).chain([EVIL.to_owned()]).map(|id| {
        ImportAccount { id: AccountId::new(id).unwrap(), fields: fields.as_object().unwrap().clone() }
    });
    records.import_accounts(accounts.collect()).await.unwrap();
    let script =
        json!({"kind": "routine", "name": EVIL, "file": "scripts/x.lua", "state": "failed", "error": EVIL});
    let host = Quiet { extensions: vec![script], ..Quiet::default() };
    let files = Arc::new(Files { definitions, records });
    let service = Service::new(orchestrator, events, files, Arc::new(host));
    router(Shared::new(service, Keys::new("right", "look"), "127.0.0.1:7420".parse().unwrap()))
}

async fn get(router: &Router, path: &str) -> Answer {
    ask(router, "GET", path, &[FULL], "").await
}

async fn post(router: &Router, path: &str, fields: &[(String, String)]) -> Answer {
    let body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    ask(router, "POST", path, &[FULL, FORM], &body.join("&")).await
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// The fields of the builder's form as a browser would post them.
fn fields(page: &str) -> Vec<(String, String)> {
    let form = page.split_once("<form class=\"form\"").unwrap().1.split("</form>").next().unwrap();
    let mut found = Vec::new();
    let mut chosen = String::new();
    for tag in form.split('<').skip(1) {
        let (inside, text) = tag.split_once('>').unwrap();
        let name = attribute(inside, "name").unwrap_or_default().to_owned();
        if inside.starts_with("input") && !name.is_empty() {
            let ticked = !inside.contains("type=\"checkbox\"") || inside.ends_with(" checked");
            if ticked {
                found.push((name, decoded(attribute(inside, "value").unwrap_or_default())));
            }
        } else if inside.starts_with("textarea") {
            found.push((name, decoded(text)));
        } else if inside.starts_with("select") {
            chosen = name;
        } else if inside.starts_with("option") && inside.ends_with(" selected") {
            found.push((chosen.clone(), decoded(attribute(inside, "value").unwrap_or_default())));
        }
    }
    found
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

#[tokio::test]
async fn every_page_escapes_and_shows_no_secret() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let evil = encoded(EVIL);
    let mut paths: Vec<String> = [
        "/pools",
        "/pools?q=gold&sort=-accounts",
        "/pools?sort=refreshed",
        "/pools:new",
        "/pools:import",
        "/pools/Gold",
        "/pools/Gold/test",
        "/pools/Gold/edit",
        "/pools/Gold/reset",
        "/accounts",
        "/accounts?q=script&status=available",
        "/accounts?counts=true",
        "/accounts:import",
        "/extensions",
        "/events",
        "/events?family=pool.&paused=true",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(["", "/test", "/edit", "/reset", "/delete"].map(|verb| format!("/pools/{evil}{verb}")));
    paths.extend(["", "/reset"].map(|verb| format!("/accounts/{evil}{verb}")));
    paths.extend([
        format!("/pools?q={evil}"),
        format!("/events?q={evil}&group={evil}"),
        format!("/accounts?q={evil}"),
    ]);
    for path in paths {
        let page = get(&router, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        assert!(page.text.starts_with("<!DOCTYPE html>"), "{path}");
        assert!(!page.text.contains(EVIL), "{path}");
        assert!(!page.text.contains("canary-secret"), "{path}");
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"), "{path}");
        assert_eq!(page.text.matches("<script").count(), 1, "{path}: the one that is a file");
        assert!(page.text.len() < 200_000, "{path}");
    }
    for path in
        ["/pools/Nope", "/pools/Nope/edit", "/pools/Nope/test", "/pools/Nope/delete", "/accounts/nobody"]
    {
        assert_eq!(get(&router, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_broken_file_is_listed_with_its_place() {
    let folder = TempDir::new().unwrap();
    let page = get(&engine(folder.path()).await, "/pools").await;
    assert!(page.text.contains("pools/broken.yaml:"), "{}", page.text);
}

#[tokio::test]
async fn what_the_form_holds_saves_as_what_the_file_held() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let file = folder.path().join("pools/gold.yaml");
    let mut form = fields(&get(&router, "/pools/Gold/edit").await.text);
    set(&mut form, "step", "save");
    let saved = post(&router, "/pools/Gold/edit", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), FILE, "nothing was changed");

    set(&mut form, "limit", "7");
    set(&mut form, "filter-0-value", "25");
    let saved = post(&router, "/pools/Gold/edit", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let expected = FILE.replace("value: 10", "value: 25").replace("limit: 500", "limit: 7");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        expected,
        "comments, and the text that looks like a number"
    );
}

#[tokio::test]
async fn a_written_query_saves_as_it_was_and_as_it_is_changed() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let file = folder.path().join("pools/sql.yaml");
    let mut form = fields(&get(&router, "/pools/Written/edit").await.text);
    set(&mut form, "step", "save");
    let saved = post(&router, "/pools/Written/edit", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), RAW);
    // Browsers send other ends of lines.
    set(&mut form, "select", "SELECT id\r\nFROM accounts -- all\r\nWHERE pack_count >= ?\r\n");
    let saved = post(&router, "/pools/Written/edit", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("WHERE pack_count >= ?") && text.contains("# enough") && text.contains("of: others"),
        "{text}"
    );
    assert!(!text.contains("\\r") && text.contains("select: |\n"), "{text}");
}

#[tokio::test]
async fn the_buttons_work_without_script() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let file = folder.path().join("pools/gold.yaml");
    let mut form = fields(&get(&router, "/pools/Gold/edit").await.text);
    for step in ["down-filter-0", "switch-filter-1", "add-filter", "remove-sort-0"] {
        set(&mut form, "step", step);
        let page = post(&router, "/pools/Gold/edit", &form).await;
        assert_eq!(page.status, StatusCode::OK, "{step}: {}", page.text);
        form = fields(&page.text);
    }
    let entered = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(entered("filter-0-field"), Some("note"));
    assert_eq!(entered("filter-0-value"), Some("\"42\""), "a text that looks like a number");
    assert_eq!(entered("filter-1-field"), Some("pack_count"));
    assert_eq!(entered("filter-1-off"), Some("true"));
    assert_eq!(entered("filter-2-field"), Some(""));
    assert_eq!(entered("sort-0-field"), None);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), FILE, "nothing is saved before somebody saves");

    set(&mut form, "filter-2-field", "pack_count");
    set(&mut form, "filter-2-operator", "in");
    set(&mut form, "filter-2-value", "1, 2");
    set(&mut form, "step", "save");
    let saved = post(&router, "/pools/Gold/edit", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let again = fields(&get(&router, "/pools/Gold/edit").await.text);
    let entered = |name: &str| again.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((entered("filter-1-off"), entered("filter-1-value")), (Some("true"), Some("10")));
    assert_eq!(entered("filter-2-value"), Some("1, 2"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("# Mine, by hand.") && text.contains("the answer"), "{text}");
}

#[tokio::test]
async fn who_changed_the_file_meanwhile_is_not_overwritten() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let mut form = fields(&get(&router, "/pools/Gold/edit").await.text);
    let theirs = FILE.replace("limit: 500", "limit: 9");
    std::fs::write(folder.path().join("pools/gold.yaml"), &theirs).unwrap();
    set(&mut form, "limit", "7");
    set(&mut form, "step", "save");
    let late = post(&router, "/pools/Gold/edit", &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.text.contains("was changed since it was read") && late.text.contains("-  limit: 9"),
        "{}",
        late.text
    );
    assert!(fields(&late.text).contains(&("limit".to_owned(), "7".to_owned())));
    assert_eq!(std::fs::read_to_string(folder.path().join("pools/gold.yaml")).unwrap(), theirs);
}

#[tokio::test]
async fn a_query_that_writes_is_told_and_not_saved() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let mut form = fields(&get(&router, "/pools:new").await.text);
    for (name, value) in
        [("name", "Raw"), ("mode", "raw"), ("select", "DELETE FROM accounts"), ("step", "save")]
    {
        set(&mut form, name, value);
    }
    let refused = post(&router, "/pools:new", &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(refused.text.contains("may only read") && refused.text.contains("DELETE FROM accounts"));
    let live = post(&router, "/fragments/builder", &form).await;
    assert!(live.text.contains("may only read"), "{}", live.text);
    set(&mut form, "select", "SELECT id FROM accounts");
    let made = post(&router, "/pools:new", &form).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::SEE_OTHER, "/pools/Raw"),
        "{}",
        made.text
    );
}

#[tokio::test]
async fn pools_are_refreshed_reset_and_deleted_after_a_question() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let refreshed = post(&router, "/pools/Gold/refresh", &[]).await;
    assert_eq!(refreshed.status, StatusCode::SEE_OTHER, "{}", refreshed.text);
    for verb in ["reset", "delete"] {
        let path = format!("/pools/Gold/{verb}");
        let asked = get(&router, &path).await;
        assert!(asked.text.contains(&format!("action=\"{path}\" method=\"post\"")), "{}", asked.text);
        assert!(folder.path().join("pools/gold.yaml").exists());
        let done = post(&router, &path, &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    assert!(!folder.path().join("pools/gold.yaml").exists());
}

#[tokio::test]
async fn accounts_are_paged_by_their_ids_and_secrets_shown_on_purpose() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let (mut path, mut found) = ("/accounts?q=acc-".to_owned(), 0);
    loop {
        let page = get(&router, &path).await.text;
        found += page.matches("data-key=\"account-acc-").count();
        let next = page
            .split("<a class=\"button\" href=\"")
            .skip(1)
            .filter_map(|part| part.split_once("\">More</a>"));
        match next.map(|(url, _)| decoded(url)).find(|url| !url.contains('"')) {
            Some(url) => path = url,
            None => break,
        }
    }
    assert_eq!(found, 250);
    let shown = post(&router, "/accounts/acc-001/reveal", &[]).await;
    assert!(shown.status == StatusCode::OK && shown.text.contains("canary-secret"), "{}", shown.text);
    let look = [("authorization", "Bearer look"), FORM];
    let refused = ask(&router, "POST", "/accounts/acc-001/reveal", &look, "").await;
    assert!(refused.status == StatusCode::FORBIDDEN && !refused.text.contains("canary-secret"));
    let reset = post(&router, "/accounts/acc-001/reset", &[]).await;
    assert_eq!(reset.status, StatusCode::SEE_OTHER, "{}", reset.text);
}

#[tokio::test]
async fn a_test_and_a_preview_show_the_sql_that_is_asked() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    for path in ["/pools/Gold/test", "/pools/Gold/edit"] {
        let page = decoded(&get(&router, path).await.text);
        assert!(page.contains("FROM \"accounts\"\nWHERE \"pack_count\" >= ?\nORDER BY"), "{path}: {page}");
        assert!(page.contains("aria-label=\"Values\"><li><code>10</code>"), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_a_pool_type_declares_is_a_form_and_its_secrets_are_never_shown_again() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let mut form = fields(&get(&router, "/pools:new").await.text);
    for (name, value) in [("name", "Weekdays"), ("type", "rota"), ("step", "preview")] {
        set(&mut form, name, value);
    }
    let page = post(&router, "/pools:new", &form).await.text;
    assert!(page.contains("rota: Accounts by weekday") && page.contains("Whose turn it is"), "{page}");
    assert!(page.contains("required") && page.contains("5 if empty"), "{page}");
    let mut form = fields(&page);
    set(&mut form, "step", "save");
    let refused = post(&router, "/pools:new", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("config.file: is missing"), "{}", refused.text);
    for (name, value) in [
        ("config.file", "rota.csv"),
        ("config.rows", "7"),
        ("config.mode", "even"),
        ("config.api_token", "canary-secret"),
    ] {
        set(&mut form, name, value);
    }
    let made = post(&router, "/pools:new", &form).await;
    assert_eq!(made.header("location"), "/pools/Weekdays", "{}", made.text);
    let file = folder.path().join("pools/weekdays.yaml");
    let written = || std::fs::read_to_string(&file).unwrap();
    for line in ["file: rota.csv", "rows: 7", "mode: even", "api_token: canary-secret"] {
        assert!(written().contains(line), "{}", written());
    }

    let page = get(&router, "/pools/Weekdays/edit").await.text;
    let mut form = fields(&page);
    set(&mut form, "config.rows", "8");
    let preview = post(&router, "/fragments/builder", &form).await.text;
    set(&mut form, "step", "save");
    assert_eq!(post(&router, "/pools/Weekdays/edit", &form).await.status, StatusCode::SEE_OTHER);
    assert!(written().contains("rows: 8") && written().contains("api_token: canary-secret"), "{}", written());
    let shown = get(&router, "/pools/Weekdays").await.text;
    for page in [&page, &preview, &shown] {
        assert!(!page.contains("canary-secret"), "{page}");
    }
    assert!(
        shown.contains("api_token: &#39;***&#39;")
            || shown.contains("api_token: '***'")
            || shown.contains("api_token: ***"),
        "{shown}"
    );
    set(&mut form, "forget.api_token", "true");
    set(
        &mut form,
        "seen",
        &fields(&get(&router, "/pools/Weekdays/edit").await.text)
            .iter()
            .find(|(name, _)| name == "seen")
            .unwrap()
            .1
            .clone(),
    );
    assert_eq!(post(&router, "/pools/Weekdays/edit", &form).await.status, StatusCode::SEE_OTHER);
    assert!(!written().contains("api_token"), "{}", written());
}

#[tokio::test]
async fn a_folder_is_chosen_by_buttons_and_nobody_looks_out_of_the_workspace() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("accounts/manual")).unwrap();
    std::fs::write(folder.path().join("accounts/manual/a.xml"), "").unwrap();
    let router = engine(folder.path()).await;
    let mut form = fields(&get(&router, "/pools:new").await.text);
    set(&mut form, "type", "file");
    let mut step = async |step: &str| {
        set(&mut form, "step", step);
        let page = post(&router, "/pools:new", &form).await.text;
        form = fields(&page);
        page
    };
    let page = step("folder:").await;
    assert!(page.contains("value=\"folder:accounts\"") && !page.contains("folder:.lariat"), "{page}");
    let page = step("folder:accounts/manual").await;
    assert!(page.contains(" 1 XML file") || page.contains("holds 1"), "{page}");
    assert!(page.contains("name=\"directory\" value=\"accounts/manual\""), "{page}");
    let page = step("folder:../").await;
    assert!(page.contains("outside of the workspace"), "{page}");
}

#[tokio::test]
async fn a_pool_shows_what_changed_and_why_an_account_isnt_served() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let closed = get(&router, "/pools/Gold/accounts").await.text;
    assert!(closed.contains("The pool isn’t open"), "{closed}");
    assert_eq!(post(&router, "/pools/Gold/refresh", &[]).await.status, StatusCode::SEE_OTHER);
    let next = get(&router, "/pools/Gold/accounts").await.text;
    assert!(next.contains("href=\"/accounts/one\"") && next.contains("Served in its turn."), "{next}");
    let asked = get(&router, "/pools/Gold/accounts?id=acc-001").await.text;
    assert!(asked.contains("the last refresh didn’t select it"), "{asked}");
    let none = get(&router, "/pools/Gold/accounts?state=failed").await.text;
    assert!(none.contains("None here"), "{none}");
    let account = get(&router, "/accounts/acc-001").await.text;
    assert!(account.contains("No open pool has it"), "{account}");

    assert!(!get(&router, "/pools/Gold").await.text.contains("What changed since"), "it has one generation");
    let mut form = fields(&get(&router, "/pools/Gold/edit").await.text);
    set(&mut form, "limit", "40");
    set(&mut form, "step", "save");
    assert_eq!(post(&router, "/pools/Gold/edit", &form).await.status, StatusCode::SEE_OTHER);
    let shown = get(&router, "/pools/Gold").await.text;
    assert!(shown.contains("What changed since generation 1"), "{shown}");
    assert!(shown.contains("<del>-  limit: 500") && shown.contains("<ins>+  limit: 40"), "{shown}");
}

#[tokio::test]
async fn a_file_that_cant_be_used_is_mended_where_its_fault_is_shown() {
    let folder = TempDir::new().unwrap();
    let router = engine(folder.path()).await;
    let place = "/files?file=pools%2Fbroken%2Eyaml";
    for path in ["/pools", "/pools/Broken"] {
        assert!(get(&router, path).await.text.contains(place), "{path}");
    }
    let page = get(&router, place).await.text;
    assert!(page.contains("pools/broken.yaml:") && page.contains("type: ["), "{page}");
    let look = ("authorization", "Bearer look");
    assert_eq!(ask(&router, "GET", place, &[look], "").await.status, StatusCode::CONFLICT);
    for outside in ["lariat.yaml", "../x", "pools/../lariat.yaml", "/etc/passwd"] {
        let refused = get(&router, &format!("/files?file={}", encoded(outside))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{outside}");
    }

    let text = || std::fs::read_to_string(folder.path().join("pools/broken.yaml")).unwrap();
    let mut form = fields(&page);
    set(&mut form, "text", "name: Broken\ntype: [1\n");
    let bad = post(&router, "/files", &form).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text.contains("pools/broken.yaml:") && text() == "name: Broken\ntype: [\n", "{}", bad.text);
    set(&mut form, "text", "name: Gold\ntype: sql\nquery: {}\n");
    assert!(
        post(&router, "/files", &form).await.text.contains("already a pool"),
        "another file has the name"
    );
    set(&mut form, "text", "# mended\r\nname: Broken\r\ntype: sql\r\nquery: {limit: 3}\r\n");
    let saved = post(&router, "/files", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(text(), "# mended\nname: Broken\ntype: sql\nquery: {limit: 3}\n");
    assert!(get(&router, "/pools/Broken").await.text.contains("accounts"));
    // Somebody who still has the page from before doesn't overwrite it.
    let late = post(&router, "/files", &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
}
