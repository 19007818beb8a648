//! What a bad file is told, to the letter: file, line, column, key, and what is accepted.
#![allow(clippy::unwrap_used)]

mod support;

use support::Sandbox;

const POOL_CONFIG: &str = "retry_failed, max_failures, retry_backoff, refresh_interval, wait_for_accounts, \
    max_wait_time, lease_ttl, repeat_after, sort_method, min_packs, max_packs, buffer_size, auto_refresh";
const POOL: &str = "name, description, type, version, database, query, directory, include, exclude, config, \
    pool_config, gui_config";

/// What the file is told, without its name.
fn told(file: &str, text: &[u8]) -> Vec<String> {
    let sandbox = Sandbox::new();
    let catalog = sandbox.write(file, text).discover();
    let broken = catalog.broken_pools.iter().chain(&catalog.broken_groups);
    let lines = broken.flat_map(|broken| broken.message.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.map(|line| line.strip_prefix(&format!("{file}:")).unwrap().to_owned()).collect()
}

fn table(file: &str, prefix: &str, rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        let text = format!("{prefix}{text}");
        assert_eq!(told(file, text.as_bytes()), *wanted, "{text}");
    }
}

#[test]
fn syntax() {
    let not_a = format!("is not a mapping of `key: value`; accepted keys: {POOL}");
    table(
        "pools/p.yaml",
        "",
        &[
            ("", &["1:1: is empty; a definition is needed here"]),
            ("# only comments\n\n", &["1:1: is empty; a definition is needed here"]),
            ("- a\n", &[&format!("1:1: a list {not_a}")]),
            ("hello\n", &[&format!("1:1: \"hello\" {not_a}")]),
            ("name: P\n\ttype: x\n", &["2:1: name: a tab is not allowed in the indentation; use spaces"]),
            ("name: [P\ntype: x\n", &["2:5: name[0]: a `]`, `}` or `,` is missing before this"]),
            (
                "name: P: Q\n",
                &[
                    "1:8: a `:` is not allowed here; check the indentation, or put a text that contains `: ` in quotes",
                ],
            ),
            (
                "name: P\ntype x\ninclude: []\n",
                &[
                    "3:1: this line is no `key: value`; add a `:`, or indent it if it belongs to the value above",
                ],
            ),
            (
                " name: P\ntype: x\n",
                &[
                    "2:1: the indentation doesn't fit the lines above; keys of one mapping stand in one column",
                ],
            ),
            (
                "name: 'P\ntype: x\n",
                &[
                    "1:7: name: the quoted text that begins here is never closed, or its next line isn't indented",
                ],
            ),
            (
                "name: \"P\\q\"\n",
                &[
                    "1:7: name: an escape in the double-quoted text is unknown; write \\\\ for a backslash, or use single quotes",
                ],
            ),
            (
                "name: *x\n",
                &[
                    "1:7: name: the alias names no anchor above it; a text that begins with * must be in quotes",
                ],
            ),
            ("name: @x\n", &["1:7: name: a text can't begin with this character; put it in quotes"]),
            (
                "name: P\ntype: x\nname: Q\n",
                &["3:1: name: the key `name` is there twice, on line 1 and on line 3; keep one"],
            ),
            (
                "name: P\nconfig:\n  a: 1\n  a: 2\n",
                &["4:3: config.a: the key `a` is there twice, on line 3 and on line 4; keep one"],
            ),
            (
                "name: P\n---\nname: Q\n",
                &["2:1: a second document begins here; a file holds one definition, so split the file"],
            ),
            (
                "name: !!python/object:os.system P\n",
                &[
                    "1:7: name: the YAML tag `!!python/object:os.system` is not accepted; remove it, or put a text that begins with ! in quotes",
                ],
            ),
            ("<<: {a: 1}\nname: P\n", &["1:1: merge keys (`<<`) are not supported; write the keys out"]),
            (
                "? [a]\n: b\n",
                &["1:3: a key must be a plain text; a text that begins with [ or { must be in quotes"],
            ),
            (
                "name: P\0\n",
                &[
                    "1:8: the character U+0000 is not allowed; remove it, or write \"\\u0000\" in double quotes",
                ],
            ),
            ("config: &a\n  x: *a\n", &["2:6: config.x: the alias stands inside its own anchor"]),
        ],
    );
    assert_eq!(
        told("pools/p.yaml", b"name: P\ntype: \xff\n"),
        ["2:7: byte 0xff is not UTF-8; save the file as UTF-8"]
    );
    assert_eq!(told("pools/p.yaml", b"\xff\xfen\0"), ["1:1: is UTF-16; save the file as UTF-8"]);
}

#[test]
fn keys() {
    table(
        "pools/p.yaml",
        "name: P\ntype: file\ndirectory: d\n",
        &[
            ("colour: red\n", &[&format!("4:1: colour: unknown key `colour`; accepted here: {POOL}")]),
            ("pool_confg: {}\n", &["4:1: pool_confg: unknown key `pool_confg`; did you mean `pool_config`?"]),
            (
                "pool_config:\n  retry_faild: true\n",
                &["5:3: pool_config.retry_faild: unknown key `retry_faild`; did you mean `retry_failed`?"],
            ),
            (
                "pool_config: [1]\n",
                &[&format!(
                    "4:14: pool_config: a list is not a mapping of `key: value`; accepted keys: {POOL_CONFIG}"
                )],
            ),
        ],
    );
    table(
        "pools/p.yaml",
        "",
        &[
            ("type: csv\n", &["1:1: the key `name` is missing"]),
            ("name: P\n", &["1:1: the key `type` is missing"]),
            (
                "name: P\ntype: sql\nquery:\n  select: SELECT 1\n  parameters:\n  - {name: a, value: 1}\n",
                &["6:5: query.parameters[0]: the key `type` is missing"],
            ),
        ],
    );
}

#[test]
fn values() {
    table(
        "pools/p.yaml",
        "name: P\ntype: file\ndirectory: d\n",
        &[
            (
                "pool_config:\n  retry_failed: yes\n",
                &["5:17: pool_config.retry_failed: \"yes\" is a text; write true without quotes"],
            ),
            (
                "pool_config:\n  retry_failed: 2\n",
                &["5:17: pool_config.retry_failed: 2 is neither true nor false"],
            ),
            (
                "pool_config:\n  max_failures: abc\n",
                &["5:17: pool_config.max_failures: \"abc\" is not a whole number"],
            ),
            (
                "pool_config:\n  max_failures: -1\n",
                &["5:17: pool_config.max_failures: -1 is negative; the least is 0"],
            ),
            (
                "pool_config:\n  max_failures:\n",
                &["5:3: pool_config.max_failures: is empty; a whole number is needed here"],
            ),
            (
                "pool_config:\n  buffer_size: 5000000000\n",
                &["5:16: pool_config.buffer_size: 5000000000 is too large; the most is 4294967295"],
            ),
            ("pool_config:\n  min_packs: 1.5\n", &["5:14: pool_config.min_packs: 1.5 is not a whole number"]),
            (
                "pool_config:\n  lease_ttl: 5 parsecs\n",
                &[
                    "5:14: pool_config.lease_ttl: \"5 parsecs\" is not a duration; write it like 300ms, 30s, 5m, 1h30m, or as a number of seconds",
                ],
            ),
            (
                "pool_config:\n  lease_ttl: [a]\n",
                &[
                    "5:14: pool_config.lease_ttl: a list is not a duration like 300ms, 30s, 5m, 1h30m, or a number of seconds",
                ],
            ),
            (
                "pool_config:\n  sort_method: pack_desc\n",
                &[
                    "5:16: pool_config.sort_method: \"pack_desc\" is not accepted; did you mean \"packs_desc\"? Accepted: packs_asc, packs_desc, modified_asc, modified_desc",
                ],
            ),
            (
                "pool_config:\n  sort_method: 5\n",
                &[
                    "5:16: pool_config.sort_method: 5 is not accepted; use packs_asc, packs_desc, modified_asc or modified_desc",
                ],
            ),
            (
                "pool_config:\n  max_packs: .inf\n",
                &[
                    "5:14: pool_config.max_packs: `.inf` is no number that is accepted; put it in quotes if it is a text",
                ],
            ),
            ("description: 5\n", &["4:14: description: 5 is not a text; put it in quotes: \"5\""]),
            ("description: [a]\n", &["4:14: description: a list is not a text"]),
            (
                "include: abc\n",
                &["4:10: include: \"abc\" is not a list; write [a, b], or one line `- a` for each entry"],
            ),
            ("include:\n- a\n- 1e3\n", &["6:3: include[1]: 1e3 is not a text; put it in quotes: \"1e3\""]),
            ("include:\n- true\n", &["5:3: include[0]: true is not a text; put it in quotes: \"true\""]),
            ("include: [\"\"]\n", &["4:11: include[0]: must not be empty"]),
            (
                "include: [0x1F, +5]\n",
                &[
                    "4:11: include[0]: 0x1F reads as the number 31; put it in quotes: \"0x1F\"",
                    "4:17: include[1]: +5 reads as the number 5; put it in quotes: \"+5\"",
                ],
            ),
            (
                "include: [99999999999999999999]\n",
                &["4:11: include[0]: is too large for a number; put it in quotes if it is a text"],
            ),
        ],
    );
    table(
        "pools/p.yaml",
        "name: P\ntype: sql\nquery:\n",
        &[
            (
                "  sort: [{field: a, direction: up}]\n",
                &["4:32: query.sort[0].direction: \"up\" is not accepted; use asc or desc"],
            ),
            (
                "  sort: [{field: a, direction: desk}]\n",
                &[
                    "4:32: query.sort[0].direction: \"desk\" is not accepted; did you mean \"desc\"? Accepted: asc, desc",
                ],
            ),
            ("  select:\n", &["4:3: query.select: is empty; write a SELECT that returns a column id"]),
            (
                "  select: |\n    \n",
                &["4:3: query.select: is empty; write a SELECT that returns a column id"],
            ),
        ],
    );
}

#[test]
fn one_mistake_does_not_hide_another() {
    table(
        "pools/p.yaml",
        "name: P\ntype: file\n",
        &[
            (
                "directory: d\npool_config:\n  retry_faild: true\n  max_failures: abc\nextra: 1\n",
                &[
                    "5:3: pool_config.retry_faild: unknown key `retry_faild`; did you mean `retry_failed`?",
                    "6:17: pool_config.max_failures: \"abc\" is not a whole number",
                    &format!("7:1: extra: unknown key `extra`; accepted here: {POOL}"),
                ],
            ),
            (
                "pool_config: {min_packs: 9, max_packs: 3,\n  lease_ttl: 0}\n",
                &[
                    "1:1: directory: is missing; a file pool needs the folder of its account XML files",
                    "3:40: pool_config.max_packs: is below `min_packs`, so that no account fits",
                    "4:14: pool_config.lease_ttl: must be at least 1s",
                ],
            ),
        ],
    );
    table(
        "pools/p.yaml",
        "name: P\ntype: sql\nquery:\n  filters:\n",
        &[(
            "  - {field: a, operator: between, values: [1]}\n  - field: b\n    operator: '='\n    value:\n      x: 1\n",
            &[
                "5:43: query.filters[0].values: `between` needs `values` with two entries, the lowest and the highest",
                "8:5: query.filters[1].value: `=` takes one text, number, true or false",
            ],
        )],
    );
}

#[test]
fn groups() {
    table(
        "groups/g.yml",
        "name: G\nroutine: R\n",
        &[
            ("instances: [0, 1, 1]\n", &["3:19: instances[2]: 1 is listed twice"]),
            (
                "instances: [0]\nbot_count: 2\n",
                &["4:12: bot_count: asks for 2 bots, but `instances` has only 1"],
            ),
            (
                "instances: [0]\nlaunch: {on_conflict: sikp}\n",
                &[
                    "4:23: launch.on_conflict: \"sikp\" is not accepted; did you mean \"skip\"? Accepted: ask, cancel, skip, abort",
                ],
            ),
            (
                "instances: [0]\nlaunch:\n  refresh_pool: sometimes\n",
                &[
                    "5:17: launch.refresh_pool: \"sometimes\" is not accepted; use ask, always, never or if_older_than(5m)",
                ],
            ),
            ("instances: [-1]\n", &["3:13: instances[0]: -1 is negative; the least is 0"]),
        ],
    );
}

#[test]
fn an_extension_checks_its_own_keys_with_places() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/p.yaml", "name: P\ntype: csv\nconfig:\n  file:\n    path: x\n");
    let definitions = lariat_workspace::Definitions::new(sandbox.root()).with_pool_check(|pool| {
        let wrong = pool.pool_type == "csv";
        wrong
            .then(|| lariat_core::definition::Problem::at("config.file.path", "no such file"))
            .into_iter()
            .collect()
    });
    let catalog = definitions.discover().unwrap();
    assert_eq!(catalog.broken_pools[0].message, "pools/p.yaml:5:11: config.file.path: no such file");
}

#[test]
fn what_looks_odd_and_is_right() {
    let sandbox = Sandbox::new();
    for (index, text) in [
        "\u{feff}name: P0\r\ntype: csv\r\npool_config:\r\n  max_failures: 2\r\n",
        "name: 1\ntype: csv\ninclude: [007, 1001, NO, yes, 1_000, 2026-01-02, 12:30]\n",
        "name: P2\ntype: csv\npool_config:\ninclude:\nconfig:\nquery:\n",
        "--- # one document\nname: P3\ntype: !!str csv\n...\n",
        "name: P4\ntype: csv\nconfig: {a: &x [1, 2], b: *x, 1: one, yes: no}\n",
        "# \"P5\"\n{name: P5, type: csv}\n",
    ]
    .iter()
    .enumerate()
    {
        sandbox.write(&format!("pools/{index}.yaml"), text);
    }
    let catalog = sandbox.discover();
    assert!(catalog.broken_pools.is_empty(), "{:?}", catalog.broken_pools);
    let pool = &catalog.pool("1").unwrap().definition;
    let ids: Vec<&str> = pool.include.iter().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["007", "1001", "NO", "yes", "1_000", "2026-01-02", "12:30"]);
    let config = serde_json::Value::Object(catalog.pool("P4").unwrap().definition.config.clone());
    assert_eq!(config, serde_json::json!({"a": [1, 2], "b": [1, 2], "1": "one", "yes": "no"}));
}
