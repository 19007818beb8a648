//! The plugin, called without an engine.

use {{crate}}::{Plugin, {{type}}};
use lariat_sdk::{{{uses}}};

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let library = format!("target/release/{DLL_PREFIX}{{crate}}{DLL_SUFFIX}");
    testing::manifest_is_current::<Plugin>(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"), &library)
}

