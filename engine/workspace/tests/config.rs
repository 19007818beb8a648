//! `lariat.yaml`, and how a workspace is found.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use lariat_core::definition::ConflictPolicy;
use lariat_core::duration::Span;
use lariat_core::hook::HookBand;
use lariat_workspace::config::{self, Durability, Isolation, WorkspaceConfig};
use lariat_workspace::{Workspace, WorkspaceError};
use support::Sandbox;

fn parse(text: &str) -> Result<WorkspaceConfig, Vec<String>> {
    let environment = |name: &str| match name {
        "USER_AND_PASSWORD" => Some("me:se#cret: x".to_owned()),
        "FIVE" => Some("5".to_owned()),
        "ON" => Some("true".to_owned()),
        _ => None,
    };
    config::parse(text.as_bytes(), Path::new("lariat.yaml"), &environment)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn the_contract() {
    let config = parse(
        r#"
version: 1
store: sqlite:.lariat/state.db
databases:
  qa: postgres://readonly@127.0.0.1/qa
accounts:
  import: [accounts/]
instances:
  - {provider: static, ids: [0, 1, "3-5"]}
  - {provider: static, ids: "10-11"}
console: {listen: 127.0.0.1:7420}
plugins:
  csv: {path: plugins/csv/liblariat_csv.so, isolation: process}
limits:
  csv: {deadline: 5s, concurrency: 4, retries: 2, memory: 256MiB, cpu: 10s, files: 64, processes: 0}
hooks:
  quiet_hours: {enabled: true, band: late, order: 10, on_error: warn, timeout: 2s}
launch: {stagger_delay: 3s, on_conflict: abort}
ledger: {durability: fast, keep_attempts: 5, keep_attempts_for: 30d, backup_every: 24h, keep_backups: 2}
lua: {cpu: 10s, memory: 128MiB, threads: 2}
http: {allow: [api.example.com], only_listed: true}
query: {deadline: 5s, max_rows: 10}
drain_timeout: 1m
"#,
    )
    .unwrap();
    let ids: Vec<u32> = config.instances.iter().flat_map(|provider| &provider.ids.0).map(|id| id.0).collect();
    assert_eq!(ids, [0, 1, 3, 4, 5, 10, 11]);
    assert_eq!(config.databases["qa"].reveal(), "postgres://readonly@127.0.0.1/qa");
    assert_eq!(config.plugins["csv"].isolation, Isolation::Process);
    let limits = config.limit_table().of_plugins("nobody", "csv");
    assert_eq!((limits.concurrency, limits.retries, limits.memory), (Some(4), Some(2), Some(256 << 20)));
    assert_eq!(limits.of_a_process(), ["memory", "cpu", "files", "processes"]);
    assert_eq!(config.hooks["quiet_hours"].band, Some(HookBand::Late));
    assert_eq!(config.launch.on_conflict, Some(ConflictPolicy::Abort));
    assert_eq!(config.ledger.durability, Durability::Fast);
    assert_eq!((config.ledger.keep_attempts, config.ledger.keep_backups), (5, 2));
    assert_eq!(config.ledger.keep_attempts_for, Span::from_secs(30 * 86_400));
    assert_eq!(config.ledger.backup_every, Span::from_secs(86_400));
    assert_eq!(config.lua.memory.bytes(), 128 << 20);
    assert_eq!(config.drain_timeout, Span::from_secs(60));
}

#[test]
fn everything_has_a_default() {
    for text in ["", "# nothing\n", "version: 1\n", "lua:\nlaunch:\ndatabases:\n"] {
        assert_eq!(parse(text).unwrap(), WorkspaceConfig::default(), "{text}");
    }
    let config = WorkspaceConfig::default();
    assert_eq!(config.console.listen.to_string(), "127.0.0.1:7420");
    assert_eq!((config.query.max_rows, config.lua.cpu), (5_000_000, Span::from_secs(30)));
}

#[test]
fn the_environment_fills_texts_numbers_and_switches() {
    let config = parse(
        "databases:\n  qa: postgres://${USER_AND_PASSWORD}@h/$$x\nlua:\n  threads: ${FIVE}\nhttp: {only_listed: \"${ON}\"}\ndrain_timeout: ${GONE:-3s}\n",
    )
    .unwrap();
    assert_eq!(config.databases["qa"].reveal(), "postgres://me:se#cret: x@h/$x");
    assert_eq!((config.lua.threads, config.http.only_listed), (5, true));
    assert_eq!(config.drain_timeout, Span::from_secs(3));
    assert!(!format!("{config:?} {}", serde_json::to_string(&config).unwrap()).contains("cret"));
}

#[test]
fn mistakes() {
    for (text, wanted) in [
        ("version: 2\n", "lariat.yaml:1:10: version: 2 is not a version that this Lariat reads; write 1"),
        ("storr: x\n", "lariat.yaml:1:1: storr: unknown key `storr`; did you mean `store`?"),
        (
            "store: postgres://u:pw@h/d\n",
            "lariat.yaml:1:8: store: a postgres store is not supported yet by this version; write sqlite:PATH",
        ),
        ("limits: {csv: {concurrency: 0}}\n", "lariat.yaml:1:29: limits.csv.concurrency: must be at least 1"),
        ("store: mysql:x\n", "lariat.yaml:1:8: store: `mysql:` is not a kind of store; write sqlite:PATH"),
        (
            "store: 'sqlite::memory:'\n",
            "lariat.yaml:1:8: store: a store must outlive the engine; write a file, as in sqlite:.lariat/state.db",
        ),
        (
            "databases:\n  main: sqlite:x\n",
            "lariat.yaml:2:9: databases.main: `main` is the store itself; choose another name",
        ),
        (
            "databases:\n  a.b: ${NOPE}\n",
            "lariat.yaml:2:8: databases.a.b: the environment variable NOPE is not set; set it, or write ${NOPE:-default}",
        ),
        (
            "http: {allow: [\"${\"]}\n",
            "lariat.yaml:1:16: http.allow[0]: `${` has no `}`; write ${NAME}, or $${ for a `${` itself",
        ),
        (
            "lua: {threads: ${FIVE}}\n",
            "lariat.yaml:1:17: lua: inside [ ] and { }, a text with ${NAME} must be in quotes",
        ),
        (
            "lua:\n  threads: ${USER_AND_PASSWORD}\n",
            "lariat.yaml:2:12: lua.threads: \"${USER_AND_PASSWORD}\" is not a whole number",
        ),
        (
            "instances:\n- {provider: 5, ids: [1]}\n",
            "lariat.yaml:2:14: instances[0].provider: 5 is not a text; put it in quotes: \"5\"",
        ),
        (
            "instances:\n- {provider: static, ids: [1, '9-7']}\n",
            "lariat.yaml:2:31: instances[0].ids[1]: \"9-7\" ends before it begins",
        ),
        (
            "instances:\n- {provider: static, ids: '0-4294967295'}\n",
            "lariat.yaml:2:27: instances[0].ids: more than 100000 instances are not accepted",
        ),
        (
            "instances:\n- {provider: static, ids: [1, 1]}\n",
            "lariat.yaml:2:27: instances[0].ids: the instance 1 is listed twice",
        ),
        (
            "console: {listen: here}\n",
            "lariat.yaml:1:19: console.listen: \"here\" is not an address with a port; write it like 127.0.0.1:7420",
        ),
        (
            "plugins: {c: {path: x, sha256: zz}}\n",
            "lariat.yaml:1:32: plugins.c.sha256: is not a SHA-256, which is 64 hex digits; `sha256sum FILE` prints it",
        ),
        (
            "hooks: {h: {band: middle}}\n",
            "lariat.yaml:1:19: hooks.h.band: \"middle\" is not accepted; use early, normal or late",
        ),
        (
            "lua: {memory: lots}\n",
            "lariat.yaml:1:15: lua.memory: \"lots\" is not a size; write it like 64MiB, 500KB, or as a number of bytes",
        ),
        ("query: {max_rows: 0}\n", "lariat.yaml:1:19: query.max_rows: must be at least 1"),
    ] {
        assert_eq!(parse(text).unwrap_err(), [wanted], "{text}");
    }
}

#[test]
fn a_workspace_is_found_by_name_then_environment_then_upwards() {
    let sandbox = Sandbox::new();
    sandbox.write("a/lariat.yaml", "").write("a/b/c/x", "").write("other/x", "");
    let cwd = sandbox.path("a/b/c");
    let find =
        |explicit: Option<&str>, env: Option<&str>| Workspace::find(explicit.map(Path::new), env, &cwd);
    assert_eq!(find(None, None).unwrap(), sandbox.path("a"));
    assert_eq!(find(None, Some("")).unwrap(), sandbox.path("a"));
    let other = sandbox.path("other");
    assert_eq!(find(None, other.to_str()).unwrap(), other);
    assert_eq!(find(Some("../.."), other.to_str()).unwrap(), cwd.join("../.."));
    assert!(matches!(find(Some("gone"), None), Err(WorkspaceError::NotAFolder { by: "--workspace", .. })));
    assert!(matches!(
        find(None, Some("gone")),
        Err(WorkspaceError::NotAFolder { by: "LARIAT_WORKSPACE", .. })
    ));
    let nowhere = Workspace::find(None, None, &other).unwrap_err().to_string();
    assert!(nowhere.contains("lariat init") && nowhere.contains("--workspace"), "{nowhere}");
}

#[test]
fn a_folder_without_settings_has_the_defaults() {
    let sandbox = Sandbox::new();
    let workspace = Workspace::open(sandbox.root()).unwrap();
    assert_eq!(**workspace.config(), WorkspaceConfig::default());
    assert_eq!(workspace.store_path(), sandbox.path(".lariat/state.db"));
    let state = workspace.create_state_dir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(state).unwrap().permissions().mode() & 0o777, 0o700);
    }
    sandbox.write("lariat.yaml", "version: 7\n");
    let error = Workspace::open(sandbox.root()).unwrap_err().to_string();
    assert!(error.starts_with("lariat.yaml:1:10: version:"), "{error}");
}
