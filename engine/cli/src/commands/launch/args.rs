//! What `lariat launch` takes.

use clap::Args;
use serde_json::{Map, Value};

use lariat_core::definition::{ConflictPolicy, LaunchSettings, RefreshPolicy, RestartPolicy};
use lariat_core::duration::Span;
use lariat_core::launch::Overrides;

use crate::exit::CliError;

/// Launch groups and follow them to the end.
///
/// Options win over the group's `launch:` and over `launch:` in lariat.yaml.
/// Ctrl-C lets bots finish their account and ends; a second Ctrl-C ends at once.
#[derive(Debug, Args)]
pub struct LaunchArgs {
    /// The groups, by name
    #[arg(value_name = "GROUP")]
    pub groups: Vec<String>,
    /// All groups of the workspace
    #[arg(long, conflicts_with = "groups")]
    pub all: bool,
    /// Show what would happen and start nothing
    #[arg(long)]
    pub plan: bool,
    /// Print events as they happen, one JSON object a line, instead of the summary
    #[arg(long, conflicts_with = "plan")]
    pub events: bool,
    /// What to do about an instance that another launch holds
    #[arg(long, value_name = "POLICY", value_parser = word::<ConflictPolicy>, help = "ask | cancel | skip | abort: what to do about an instance that another launch holds")]
    on_conflict: Option<ConflictPolicy>,
    /// Pause between the starts of two bots, like 3s
    #[arg(long, value_name = "TIME")]
    stagger_delay: Option<Span>,
    /// How long an instance may take to become ready, like 60s
    #[arg(long, value_name = "TIME")]
    emulator_timeout: Option<Span>,
    /// never | on_failure | always: when a bot is started again
    #[arg(long, value_name = "POLICY", value_parser = word::<RestartPolicy>)]
    restart_policy: Option<RestartPolicy>,
    /// always | never | ask | if-older-than=5m: whether to refresh the pool first
    #[arg(long, value_name = "POLICY")]
    refresh: Option<RefreshPolicy>,
    /// How many bots
    #[arg(long, value_name = "N")]
    bot_count: Option<u32>,
    /// Accounts that one bot works on at most; 0: until the pool is exhausted
    #[arg(long, value_name = "N")]
    max_accounts: Option<u64>,
    /// How long a routine may take with one account; 0: no limit
    #[arg(long, value_name = "TIME")]
    routine_timeout: Option<Span>,
    /// A routine parameter; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl LaunchArgs {
    /// What differs from the group's definition.
    pub fn overrides(&self) -> Result<Overrides, CliError> {
        let settings = LaunchSettings {
            on_conflict: self.on_conflict,
            stagger_delay: self.stagger_delay,
            emulator_timeout: self.emulator_timeout,
            restart_policy: self.restart_policy,
            refresh_pool: self.refresh,
            max_accounts: self.max_accounts,
            routine_timeout: self.routine_timeout,
            ..LaunchSettings::default()
        };
        Ok(Overrides { settings, bot_count: self.bot_count, config: assignments(&self.set)? })
    }
}

/// `key=value` pairs; a value that reads as JSON is that, any other is a text.
pub fn assignments(pairs: &[String]) -> Result<Map<String, Value>, CliError> {
    pairs
        .iter()
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| CliError::usage(format!("--set {pair}: write it as key=value")))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
            Ok((key.to_owned(), value))
        })
        .collect()
}

/// Reads a policy by its word, and names all words when it's none.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    let word = Value::String(text.replace('-', "_"));
    serde_json::from_value(word).map_err(|error| {
        let words: Vec<String> = error.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect();
        format!("accepted are {}", words.join(", "))
    })
}
