//! A plugin in C.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use super::super::{Kind, sdk};
use super::{Template, Words};
use crate::exit::{CliError, Exit};

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../files/plugin/c/", $name))
    };
}

macro_rules! shared {
    ($name:literal) => {
        // What `plugins/c_list` is made of.
        include_str!(concat!("../../../../../../plugins/c_list/", $name)).to_owned()
    };
}

/// The files of a project.
pub(super) fn templates(kind: Kind, words: &mut Words) -> Result<Vec<Template>, CliError> {
    let header = sdk::file("c/include/lariat.h")
        .ok_or_else(|| CliError::new(Exit::Failed, "this program carries no header; build it anew"))?;
    let (body, described, asks, manifest) = match kind {
        Kind::Pool => (file!("pool.c"), file!("pool.described"), file!("pool.asks"), file!("pool.toml.txt")),
        Kind::Routine => {
            (file!("routine.c"), file!("routine.described"), file!("routine.asks"), file!("routine.toml.txt"))
        }
        Kind::Hook => (file!("hook.c"), file!("hook.described"), file!("hook.asks"), file!("hook.toml.txt")),
        Kind::Provider => (
            file!("provider.c"),
            file!("provider.described"),
            file!("provider.asks"),
            file!("provider.toml.txt"),
        ),
    };
    let (field, opening) = match kind {
        Kind::Pool => (
            "  long count;\n",
            "  {\n    static const char *const COUNT[] = {\"params\", \"count\", NULL};\n    \
             if (!json_number((const char *)request.ptr, request.len, COUNT, &open->count)) open->count = 3;\n  }\n",
        ),
        Kind::Provider => ("#define MOST 1024\n  char started[MOST];\n", ""),
        Kind::Routine | Kind::Hook => ("", ""),
    };
    // A provider's calls change what is open.
    let can = if kind == Kind::Provider { "0" } else { "LARIAT_CAN_CONCURRENT" };
    let stem = words.0.iter().find(|(name, _)| *name == "file").map(|(_, value)| value.clone());
    // In front: they hold words themselves.
    let parts = [("body", body), ("described", described.trim_end()), ("asks", asks), ("field", field)];
    words.0.splice(0..0, parts.map(|(word, value)| (word, value.to_owned())));
    words.0.extend([
        ("opening", opening.to_owned()),
        ("can", can.to_owned()),
        ("library", format!("{DLL_PREFIX}{}{DLL_SUFFIX}", stem.unwrap_or_default())),
    ]);
    Ok(vec![
        ("Makefile", file!("Makefile.txt").to_owned()),
        (".gitignore", "/build\n*.new\n{{library}}\n".to_owned()),
        ("README.md", file!("README.md.txt").to_owned()),
        ("plugin.toml", [file!("head.toml.txt"), manifest].concat()),
        ("plugin.c", file!("plugin.c").to_owned()),
        ("test.c", file!("test.c").to_owned()),
        ("json.c", shared!("json.c")),
        ("json.h", shared!("json.h")),
        ("text.c", shared!("text.c")),
        ("text.h", shared!("text.h")),
        ("include/lariat.h", header.to_owned()),
    ])
}
