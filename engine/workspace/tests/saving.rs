//! Saving: whole files, comments kept, nothing of somebody else's overwritten.
#![allow(clippy::unwrap_used)]

mod support;

use lariat_core::definition::{
    DefinitionError, DefinitionStore, Direction, PoolDefinition, QueryDefinition, Sort,
};
use lariat_core::duration::Span;
use lariat_core::ids::{AccountId, GroupName, InstanceId, PoolName};
use lariat_workspace::{WorkspaceError, init, schema};
use proptest::prelude::*;
use serde_json::json;
use support::{Sandbox, fixture, pool};

fn name(text: &str) -> PoolName {
    PoolName::new(text).unwrap()
}

fn files(sandbox: &Sandbox) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path("pools")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The text that a change makes of a text, and whether comments were lost.
fn changed(text: &str, change: impl FnOnce(&mut PoolDefinition)) -> (String, bool) {
    let sandbox = Sandbox::new();
    let catalog = sandbox.write("pools/p.yaml", text).discover();
    assert!(catalog.broken_pools.is_empty(), "{:?}", catalog.broken_pools);
    let old = &catalog.pools.values().next().unwrap().definition;
    let mut new = (**old).clone();
    change(&mut new);
    let saved = sandbox.definitions.save_pool(&old.name, &new, Some(1)).unwrap();
    let after = sandbox.definitions.catalog();
    assert_eq!(*after.pool(new.name.as_str()).unwrap().definition, new);
    (sandbox.text("pools/p.yaml"), saved.comments_lost)
}

#[test]
fn a_new_pool_is_a_short_file_that_loads() {
    let sandbox = Sandbox::new();
    let mut pool = PoolDefinition::new(name("Fresh Accounts Pool"), "file");
    pool.directory = Some("accounts".into());
    pool.include = vec![AccountId::new("007").unwrap(), AccountId::new("0x1F").unwrap()];
    pool.pool_config.max_failures = 5;
    let saved = sandbox.definitions.save_new_pool(&pool, None).unwrap();
    assert_eq!(saved.file.to_str(), Some("pools/fresh_accounts_pool.yaml"));
    assert_eq!(
        sandbox.text("pools/fresh_accounts_pool.yaml"),
        "name: Fresh Accounts Pool\ntype: file\ndirectory: accounts\ninclude:\n- '007'\n- '0x1F'\npool_config:\n  max_failures: 5\n"
    );
    assert_eq!(*sandbox.definitions.catalog().pool("Fresh Accounts Pool").unwrap().definition, pool);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            std::fs::metadata(sandbox.path("pools/fresh_accounts_pool.yaml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
}

#[test]
fn names_are_taken_once_and_files_too() {
    let sandbox = Sandbox::new();
    let pool = |text: &str| PoolDefinition::new(name(text), "csv");
    sandbox.definitions.create_pool(pool("A b")).unwrap();
    assert!(matches!(sandbox.definitions.create_pool(pool("A b")), Err(DefinitionError::Exists { .. })));
    sandbox.definitions.create_pool(pool("a-B")).unwrap();
    assert_eq!(files(&sandbox), ["a_b.yaml", "a_b_2.yaml"]);
    let rename = sandbox.definitions.update_pool(&name("a-B"), pool("A b"));
    assert!(matches!(rename, Err(DefinitionError::Exists { .. })));
    sandbox.definitions.update_pool(&name("a-B"), pool("C")).unwrap();
    let catalog = sandbox.definitions.catalog();
    assert!(catalog.pool("C").is_ok() && catalog.pool("a-B").is_err());
    sandbox.write("pools/broken.yaml", "name: D\n");
    assert!(matches!(sandbox.definitions.create_pool(pool("D")), Err(DefinitionError::Broken { .. })));
}

#[test]
fn what_breaks_a_rule_is_not_written() {
    let sandbox = Sandbox::new();
    let bad = PoolDefinition::new(name("A"), "file");
    let error = sandbox.definitions.create_pool(bad).unwrap_err().to_string();
    assert!(error.starts_with("directory: is missing"), "{error}");
    assert!(!sandbox.path("pools").exists());
}

#[test]
fn only_the_changed_value_changes() {
    let text =
        fixture("pools/premium_accounts.yaml").replace("pool_config:", "# how it behaves\npool_config:");
    let (after, lost) = changed(&text, |pool| {
        pool.pool_config.max_failures = 7;
        pool.pool_config.refresh_interval = Span::from_secs(90);
        pool.query.as_mut().unwrap().parameters[2].value = json!(25);
        pool.name = name("Other \"Pool\"");
    });
    let wanted = text
        .replace("  max_failures: 3\n", "  max_failures: 7\n")
        .replace("refresh_interval: 30s", "refresh_interval: 1m30s")
        .replace("value: 10, ", "value: 25, ")
        .replace("\"Premium Farmers Pool\"", "\"Other \\\"Pool\\\"\"");
    assert_eq!(after, wanted);
    assert!(!lost);
}

#[test]
fn new_keys_stand_where_they_belong() {
    let text = "# head\nname: P # its name\ntype: file\ndirectory: d # here\n\n# the end\n";
    let (after, lost) = changed(text, |pool| {
        pool.description = Some("two\nlines\n".into());
        pool.pool_config.retry_failed = true;
        pool.pool_config.max_failures = 9;
    });
    assert_eq!(
        after,
        "# head\nname: P # its name\ndescription: |\n  two\n  lines\ntype: file\ndirectory: d # here\npool_config:\n  retry_failed: true\n  max_failures: 9\n\n# the end\n"
    );
    assert!(!lost);
}

#[test]
fn keys_go_and_lists_change() {
    let text = "name: P\ndescription: old # gone\ntype: csv\ninclude: [a, b] # kept\nexclude:\n  - x # lost\n  - y\n# tail\nconfig: {a: 1}\n";
    let (after, lost) = changed(text, |pool| {
        pool.description = None;
        pool.include.push(AccountId::new("c, d").unwrap());
        pool.exclude = vec![AccountId::new("z").unwrap()];
        pool.config.insert("b".into(), json!([true, "x"]));
    });
    assert_eq!(
        after,
        "name: P\ntype: csv\ninclude: [a, b, \"c, d\"] # kept\nexclude:\n- z\n# tail\nconfig: {a: 1, b: [true, x]}\n"
    );
    assert!(lost, "`# gone` and `# lost` are");
}

#[test]
fn a_block_of_sql_is_replaced_in_place() {
    let text = "name: P\ntype: sql\nquery:\n  select: |  # the query\n    SELECT id\n    FROM accounts\n\n  # after it\n  parameters: []\n";
    let (after, lost) = changed(text, |pool| {
        pool.query.as_mut().unwrap().select =
            Some("SELECT id\nFROM accounts\n\nWHERE pack_count > 3\n".into());
    });
    assert_eq!(
        after,
        "name: P\ntype: sql\nquery:\n  select: |\n    SELECT id\n    FROM accounts\n\n    WHERE pack_count > 3\n\n  # after it\n  parameters: []\n"
    );
    assert!(lost, "`# the query` is");
}

#[test]
fn windows_lines_stay_windows_lines() {
    let (after, _) = changed("name: P\r\ntype: csv\r\n", |pool| pool.description = Some("x".into()));
    assert_eq!(after, "name: P\r\ndescription: x\r\ntype: csv\r\n");
}

#[test]
fn where_nothing_can_be_kept_the_head_is() {
    let text =
        "# yaml-language-server: $schema=../x.json\n# head\n\nname: &n P\ntype: csv\nconfig: {a: *n} # c\n";
    let (after, lost) = changed(text, |pool| pool.name = name("Q"));
    assert!(after.starts_with("# yaml-language-server: $schema=../x.json\n# head\n\nname: Q\n"), "{after}");
    assert!(lost);
}

#[test]
fn a_change_on_disk_is_never_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/p.yaml", pool("P", "")).discover();
    let mut new = PoolDefinition::new(name("P"), "csv");
    sandbox.write("pools/p.yaml", pool("P", "description: mine\n"));
    for error in [
        sandbox.definitions.save_pool(&name("P"), &new, None).unwrap_err(),
        sandbox.definitions.remove_pool(&name("P"), None).unwrap_err(),
    ] {
        assert!(matches!(error, WorkspaceError::Changed { .. }), "{error}");
    }
    assert_eq!(sandbox.text("pools/p.yaml"), pool("P", "description: mine\n"));

    sandbox.discover();
    let old = sandbox.definitions.save_pool(&name("P"), &new, Some(1)).unwrap_err();
    assert!(matches!(old, WorkspaceError::Changed { .. }), "{old}");
    sandbox.definitions.save_pool(&name("P"), &new, Some(2)).unwrap();

    sandbox.write("pools/p.yaml", "name: P\ntype: csv\nhalf: done\n").discover();
    new.description = Some("x".into());
    let unusable = sandbox.definitions.save_pool(&name("P"), &new, None).unwrap_err();
    assert!(matches!(unusable, WorkspaceError::Unusable { .. }), "{unusable}");
    assert!(sandbox.text("pools/p.yaml").contains("half: done"));
}

#[test]
fn what_is_deleted_is_gone() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/p.yaml", pool("P", "")).write("pools/q.yaml", pool("P", "")).discover();
    sandbox.definitions.delete_pool(&name("P")).unwrap();
    let next = sandbox.definitions.catalog().pool("P").unwrap().file.clone();
    assert_eq!(next.unwrap().to_str(), Some("pools/q.yaml"), "the other file of that name takes its place");
    sandbox.definitions.delete_pool(&name("P")).unwrap();
    assert!(matches!(sandbox.definitions.delete_pool(&name("P")), Err(DefinitionError::NotFound { .. })));
}

#[test]
fn groups_are_saved_alike() {
    let sandbox = Sandbox::new();
    sandbox.write("groups/g.yaml", fixture("groups/premium_farmers.yaml"));
    let group = (*sandbox.discover().group("Premium Farmers").unwrap().definition).clone();
    let mut new = group.clone();
    new.account_pool = Some(name("Retry Pool"));
    new.instances = vec![InstanceId(4), InstanceId(5)];
    new.autostart = true;
    let group_name = GroupName::new("Premium Farmers").unwrap();
    let saved = sandbox.definitions.save_group(&group_name, &new, None).unwrap();
    assert!(!saved.comments_lost);
    let wanted = fixture("groups/premium_farmers.yaml")
        .replace("\"Premium Farmers Pool\"", "\"Retry Pool\"")
        .replace("[0, 1, 2]", "[4, 5]")
        .replace("autostart: false", "autostart: true");
    assert_eq!(sandbox.text("groups/g.yaml"), wanted);
    let mut copy = group;
    copy.name = GroupName::new("Copy").unwrap();
    sandbox.definitions.create_group(copy).unwrap();
    sandbox.definitions.delete_group(&group_name).unwrap();
    assert_eq!(sandbox.definitions.catalog().groups.len(), 1);
}

#[test]
fn new_files_name_the_schema_that_is_there() {
    let sandbox = Sandbox::new();
    init::init(sandbox.root()).unwrap();
    sandbox.definitions.create_pool(PoolDefinition::new(name("One"), "csv")).unwrap();
    assert!(
        sandbox
            .text("pools/one.yaml")
            .starts_with("# yaml-language-server: $schema=../.lariat/schema/pool.schema.json\n")
    );
    sandbox.write("sdk/schema/pool.schema.json", schema::to_text(&schema::pool()));
    sandbox.definitions.create_pool(PoolDefinition::new(name("Two"), "csv")).unwrap();
    assert!(
        sandbox
            .text("pools/two.yaml")
            .starts_with("# yaml-language-server: $schema=../sdk/schema/pool.schema.json\n")
    );
}

#[cfg(unix)]
#[test]
fn a_linked_file_is_changed_where_it_lies() {
    let sandbox = Sandbox::new();
    sandbox.write("elsewhere.yaml", "name: P\ntype: csv\n").write("pools/x.txt", "");
    std::os::unix::fs::symlink("../elsewhere.yaml", sandbox.path("pools/p.yaml")).unwrap();
    sandbox.discover();
    let mut new = PoolDefinition::new(name("P"), "csv");
    new.description = Some("d".into());
    sandbox.definitions.update_pool(&name("P"), new).unwrap();
    assert_eq!(sandbox.text("elsewhere.yaml"), "name: P\ndescription: d\ntype: csv\n");
    assert!(std::fs::symlink_metadata(sandbox.path("pools/p.yaml")).unwrap().is_symlink());
}

/// Texts that YAML likes to take for something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        "\\PC{1,12}",
        prop::sample::select(vec![
            "yes",
            "no",
            "~",
            "null",
            "007",
            "0x1F",
            "1e3",
            ".inf",
            "-",
            "- a",
            "a: b",
            "# x",
            " x",
            "x ",
            "<<",
            "*a",
            "&a",
            "!a",
            "{a}",
            "[a]",
            "a,b",
            "'",
            "\"",
            "\\",
            "%",
            "@",
            "`",
            "|",
            ">",
            "a\nb",
            "\n",
            "a\n\n b\n",
            "\ta",
            "1:30",
            "2026-01-02",
            "---",
            "...",
            "true",
            "+1",
            "=",
            "\u{feff}",
            "\u{85}",
            "\u{2028}x",
            "ü",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever is in a definition, its file says the same, before and after a change.
    #[test]
    fn any_definition_survives_its_file(
        title in text(), description in text(), id in text(), key in text(), value in text(), sql in text(),
    ) {
        let sandbox = Sandbox::new();
        let Ok(title) = PoolName::new(title) else { return Ok(()) };
        // One with a query, and one of a type that takes a `config`.
        let brought = PoolName::new(format!("{title}, brought")).unwrap();
        let mut pool = PoolDefinition::new(title.clone(), "sql");
        pool.description = Some(description.clone());
        pool.query = Some(QueryDefinition { select: Some(format!("SELECT {sql}")), ..QueryDefinition::default() });
        let mut other = PoolDefinition::new(brought.clone(), "csv");
        other.config.insert(key.clone(), json!({ value.clone(): [value.clone(), 1, null, {"a": key.clone()}] }));
        sandbox.definitions.save_new_pool(&pool, None).unwrap();
        sandbox.definitions.save_new_pool(&other, None).unwrap();

        pool.include = AccountId::new(&id).into_iter().collect();
        pool.description = Some(value.clone());
        other.config.insert(value, json!(description));
        pool.query = Some(QueryDefinition {
            sort: vec![Sort { field: id, direction: Direction::Desc, display: Some(sql) }],
            ..QueryDefinition::default()
        });
        sandbox.definitions.save_pool(&title, &pool, None).unwrap();
        sandbox.definitions.save_pool(&brought, &other, None).unwrap();
        let catalog = sandbox.definitions.recheck().unwrap();
        prop_assert_eq!(&*catalog.pool(brought.as_str()).unwrap().definition, &other);
        prop_assert_eq!(&*catalog.pool(title.as_str()).unwrap().definition, &pool);
    }

    /// The same for texts that people wrote, of which the patcher keeps what it can.
    #[test]
    fn any_change_to_a_written_file_is_what_was_meant(
        description in proptest::option::of(text()), value in text(), failures in 1_u32..9, min in 0_i64..9, drop in any::<bool>(),
    ) {
        for file in ["pools/peer_family.yaml", "pools/premium_accounts.yaml"] {
            let (_, lost) = changed(&fixture(file), |pool| {
                pool.description = description.clone();
                pool.pool_config.max_failures = failures;
                pool.pool_config.min_packs = min;
                if drop { pool.include.clear() }
                let query = pool.query.as_mut().unwrap();
                for parameter in query.parameters.iter_mut().take(1) { parameter.value = json!(value) }
                for filter in query.filters.iter_mut().take(2) { filter.display = Some(value.clone()) }
            });
            prop_assert!(!lost, "there are no comments");
        }
    }
}
