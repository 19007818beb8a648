//! A plugin in Rust.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use super::super::Kind;
use super::{Template, Words};

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../files/plugin/rust/", $name))
    };
}

/// The files of a project.
pub(super) fn templates(kind: Kind, words: &mut Words) -> Vec<Template> {
    let (source, test, manifest, uses) = match kind {
        Kind::Pool => {
            (file!("pool.rs"), file!("pool_test.rs"), file!("pool.toml.txt"), "Error, json, testing")
        }
        Kind::Routine => (
            file!("routine.rs"),
            file!("routine_test.rs"),
            file!("routine.toml.txt"),
            "Account, Error, Outcome, json, testing",
        ),
        Kind::Hook => {
            (file!("hook.rs"), file!("hook_test.rs"), file!("hook.toml.txt"), "Error, Verdict, json, testing")
        }
        Kind::Provider => (
            file!("provider.rs"),
            file!("provider_test.rs"),
            file!("provider.toml.txt"),
            "Error, State, json, testing",
        ),
    };
    let value = |word: &str| words.0.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone());
    let (name, stem) = (value("name").unwrap_or_default(), value("file").unwrap_or_default());
    words.0.extend([
        ("uses", uses.to_owned()),
        ("type", type_name(&name)),
        ("crate", format!("lariat_{stem}")),
        ("package", format!("lariat-{}", stem.replace('_', "-"))),
        ("library", format!("{DLL_PREFIX}lariat_{stem}{DLL_SUFFIX}")),
    ]);
    vec![
        ("Cargo.toml", file!("Cargo.toml.txt").to_owned()),
        (".cargo/config.toml", file!("config.toml.txt").to_owned()),
        (".gitignore", "/target\n".to_owned()),
        ("README.md", file!("README.md.txt").to_owned()),
        ("plugin.toml", [file!("head.toml.txt"), manifest].concat()),
        ("src/lib.rs", source.to_owned()),
        ("tests/plugin.rs", [file!("test_head.rs"), test].concat()),
    ]
}

/// `open_gifts` and `openGifts` are the type `OpenGifts`.
fn type_name(name: &str) -> String {
    let parts = name.split('_').filter(|part| !part.is_empty());
    let made: String = parts.map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    // What the SDK's names would be confused with.
    let taken =
        ["Account", "Claim", "Config", "Context", "Hook", "HookCall", "Opening", "Outcome", "Pool", "Plugin"];
    let more =
        ["Provider", "Result", "Routine", "Run", "State", "Verdict", "Level", "Error", "Duration", "Instant"];
    let more_still = ["Self", "Mutex", "MutexGuard", "HashMap", "PoisonError", "Vec", "String", "Option"];
    let is_taken = taken.iter().chain(&more).chain(&more_still).any(|name| *name == made);
    if is_taken { format!("My{made}") } else { made }
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_are_named_in_camel_case() {
        for (name, made) in
            [("open_gifts", "OpenGifts"), ("OpenGifts", "OpenGifts"), ("a", "A"), ("pool", "MyPool")]
        {
            assert_eq!(super::type_name(name), made);
        }
    }
}
