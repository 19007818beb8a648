//! Files that were made to hurt: a clear error, never a panic, never a hang.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use lariat_core::definition::{GroupDefinition, PoolDefinition};
use lariat_workspace::config;
use lariat_workspace::yaml::{self, Document, MAX_BYTES};
use proptest::prelude::*;
use support::{Sandbox, fixture};

/// Reads the bytes as every kind of file.
fn read(bytes: &[u8]) -> Vec<String> {
    let file = Path::new("f.yaml");
    let mut told: Vec<String> = Vec::new();
    match Document::from_bytes(bytes, file) {
        Err(error) => told.push(error.to_string()),
        Ok(document) => {
            told.extend(
                document.to::<PoolDefinition>().err().into_iter().flatten().map(|error| error.to_string()),
            );
            told.extend(
                document.to::<GroupDefinition>().err().into_iter().flatten().map(|error| error.to_string()),
            );
        }
    }
    told.extend(
        config::parse(bytes, file, &|_| None).err().into_iter().flatten().map(|error| error.to_string()),
    );
    told
}

/// Every error has a place.
fn placed(bytes: &[u8]) -> Vec<String> {
    let told = read(bytes);
    for error in &told {
        let mut parts = error.split(':');
        assert_eq!(parts.next(), Some("f.yaml"), "{error}");
        for part in parts.by_ref().take(2) {
            assert!(part.parse::<usize>().is_ok_and(|number| number > 0), "{error}");
        }
    }
    told
}

#[test]
fn bombs_and_mazes() {
    let laughs = (0..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let list = vec![format!("*a{n}"); 9].join(",");
        text + &format!("a{m}: &a{m} [{list}]\n", m = n + 1)
    });
    let anchors = format!("a: {}{}{}", "&x [".repeat(60), "y, ".repeat(20_000), "]".repeat(60));
    for (name, text, wanted) in [
        ("laughs", laughs, "aliases stand for more than 10000 values"),
        ("anchors", anchors, "too much below anchors"),
        ("flow", "[".repeat(MAX_BYTES - 10), "nested deeper than 64 levels"),
        ("maps", "{a: ".repeat(10_000), "nested deeper than 64 levels"),
        ("dashes", "- ".repeat(50_000), "nested deeper than 64 levels"),
        (
            "block",
            (0..1_000).fold(String::new(), |text, n| text + &" ".repeat(n) + "a:\n"),
            "nested deeper than 64 levels",
        ),
        ("large", "#".repeat(MAX_BYTES + 1), "larger than 1 MiB"),
        ("keys", "a: 1\n".repeat(1_000), "is there twice"),
        ("questions", "? ".repeat(50_000), "nested deeper than 64 levels"),
    ] {
        let told = placed(text.as_bytes());
        assert!(told.iter().any(|error| error.contains(wanted)), "{name}: {told:?}");
    }
}

#[test]
fn oddities_have_an_end() {
    for text in [
        "\"".repeat(100_000),
        "'".repeat(100_001),
        "a:".repeat(100_000),
        "!".repeat(100_000),
        "&".repeat(100_000),
        "%".repeat(100_000),
        "|\n".repeat(50_000),
        "a: |9999999999999999999\n x\n".to_owned(),
        "%YAML 9999999999999999999.9\n---\na: b\n".to_owned(),
        "%TAG ! tag:x,2000:\n---\n!a b: c\n".to_owned(),
        "\r\r\r\ra: b\r".to_owned(),
        "a: \"\\ud800\"\n".to_owned(),
        "a: \"\\U0fffffff\"\n".to_owned(),
        "\u{85}a: b\u{2028}c: d\n".to_owned(),
        "{\"$serde_json::private::RawValue\": \"x\"}".to_owned(),
        "name: P\ntype: csv\nconfig: {\"$serde_json::private::RawValue\": \"[\"}\n".to_owned(),
        "name: P\ntype: csv\ngui_config: {\"$serde_json::private::Number\": \"1\"}\n".to_owned(),
        format!("name: {}\ntype: csv\n", "x".repeat(600)),
        format!("name: \"\\e[31m\"\ntype: {}\n", "x".repeat(100_000)),
        format!("include: {}\nname: P\ntype: csv\n", "x".repeat(100_000)),
    ] {
        placed(text.as_bytes());
    }
    assert!(
        read(format!("include: {}\n", "x".repeat(100_000)).as_bytes())
            .iter()
            .all(|error| error.len() < 1_000)
    );
}

#[test]
fn many_accounts_are_fine() {
    let ids: String = (0..50_000).map(|n| format!("- acc_{n}\n")).collect();
    let pool: PoolDefinition =
        yaml::parse(&format!("name: P\ntype: csv\ninclude:\n{ids}"), Path::new("p.yaml")).unwrap();
    assert_eq!(pool.include.len(), 50_000);
}

#[test]
fn two_thousand_pools_are_fine() {
    let sandbox = Sandbox::new();
    let text = fixture("pools/premium_accounts.yaml");
    for n in 0..2_000 {
        sandbox.write(&format!("pools/{n}.yaml"), text.replace("Premium Farmers Pool", &format!("Pool {n}")));
    }
    assert_eq!(sandbox.discover().pools.len(), 2_000);
}

/// A change to a text that YAML may care about.
fn mutation() -> impl Strategy<Value = (usize, usize, String)> {
    let insert = prop_oneof![
        prop::sample::select(vec![
            ":", ": ", "- ", "[", "]", "{", "}", ",", "#", " #", "&a ", "*a", "!", "!!", "|", ">", "'", "\"",
            "\\", "%", "@", "`", "\t", "\n", "\r\n", "\n\n", "  ", "? ", "<<: ", "---\n", "...\n", "~",
            "null", "\u{feff}", "\0", "${", "$$", "\u{85}", "ü", "1e999", "-", "=", ".nan", "\n  ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    (any::<usize>(), 0_usize..12, insert)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        placed(&bytes);
    }

    #[test]
    fn random_yaml(text in "([a-c]|[-:?!&*#|>%@{}\\[\\],'\"~ \n\t<]|: |\n  |- |\n){0,80}") {
        placed(text.as_bytes());
    }

    #[test]
    fn mutated_files(
        file in prop::sample::select(vec![
            "pools/premium_accounts.yaml", "pools/manual_list.yaml", "pools/peer_family.yaml", "groups/premium_farmers.yaml",
        ]),
        changes in proptest::collection::vec(mutation(), 1..6),
    ) {
        let mut chars: Vec<char> = fixture(file).chars().collect();
        for (at, length, insert) in changes {
            let from = at % (chars.len() + 1);
            let to = (from + length).min(chars.len());
            chars.splice(from..to, insert.chars());
        }
        let text: String = chars.into_iter().collect();
        placed(text.as_bytes());
    }
}
