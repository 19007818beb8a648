//! A plugin that behaves as its parameter `play` says: as a good one, and as bad ones do.
//!
//! | file | extension |
//! |---|---|
//! | [`pool`] | the pool type `played_pool` |
//! | [`routine`] | the routine `Played` |
//! | [`hook`] | the hook `played_hook` |
//! | [`provider`] | the provider `played_boxes` |

pub mod hook;
pub mod pool;
pub mod provider;
pub mod routine;

use std::time::Duration;

use lariat_sdk::{Context, Result};

lariat_sdk::export! {
    id: "played",
    description: "Behaves as it is told",
    pools: [pool::Played],
    routines: [routine::Played],
    hooks: [hook::Played],
    providers: [provider::Played],
}

/// What it is told.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Told {
    /// How to behave.
    #[serde(default = "good")]
    pub play: String,
    /// What to say.
    #[serde(default)]
    pub text: String,
}

fn good() -> String {
    "good".into()
}

/// What any of them may be told to do before it answers.
async fn misbehave(ctx: &Context, play: &str) -> Result<()> {
    match play {
        "slow" => ctx.sleep(Duration::from_millis(100)).await?,
        "hangs" => ctx.sleep(Duration::from_secs(3600)).await?,
        // Blocks its thread, and looks at nothing.
        "deaf" => std::thread::sleep(Duration::from_secs(2)),
        #[allow(clippy::panic)]
        "panics" => panic!("on purpose"),
        "crashes" => std::process::abort(),
        _ => {}
    }
    Ok(())
}
