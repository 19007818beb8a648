//! `lariat.yaml`: the settings of a workspace.
//!
//! | part | keys |
//! |---|---|
//! | [`store`], [`database`] | `store`, `databases` |
//! | [`instances`] | `instances` |
//! | [`extensions`] | `plugins`, `limits`; `hooks` are core's [`HookConfig`] |
//! | [`ledger`] | `ledger` |
//! | [`limits`] | `lua`, `http`, `query`, `console`, `accounts` |
//! | [`watch`] | `watch` |
//! | [`logs`] | `logs` |
//! | [`size`] | sizes such as `64MiB` |
//! | [`mod@env`] | `${ENV_VAR}` in any string |
//! | [`load`] | from the file's text to a checked [`WorkspaceConfig`] |

pub mod database;
pub mod env;
pub mod extensions;
pub mod instances;
pub mod ledger;
pub mod limits;
pub mod load;
pub mod logs;
pub mod size;
pub mod store;
pub mod watch;

use std::collections::BTreeMap;

use lariat_core::definition::{LaunchSettings, Problem};
use lariat_core::duration::Span;
use lariat_core::hook::HookConfig;
use lariat_core::limits::LimitTable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use database::DatabaseUrl;
pub use extensions::{Isolation, LimitsConfig, PluginConfig};
pub use instances::{InstanceIds, InstanceProviderConfig};
pub use ledger::{Durability, LedgerConfig};
pub use limits::{AccountsConfig, ConsoleConfig, HttpConfig, ListenAddress, LuaConfig, QueryConfig};
pub use load::parse;
pub use logs::LogsConfig;
pub use size::Size;
pub use store::StoreLocation;
pub use watch::WatchConfig;

/// `lariat.yaml`. Every key is optional; `${NAME}` and `${NAME:-default}` in any text
/// stand for environment variables, and `$$` for a dollar sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkspaceConfig {
    /// The format of this file; always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Where leases, outcomes and accounts are kept: `sqlite:PATH`, relative to the
    /// workspace.
    pub store: StoreLocation,
    /// Named read sources for sql pools; `main` is the store.
    pub databases: BTreeMap<String, DatabaseUrl>,
    /// The account table.
    pub accounts: AccountsConfig,
    /// What bots run on.
    pub instances: Vec<InstanceProviderConfig>,
    /// The web console and HTTP API.
    pub console: ConsoleConfig,
    /// Libraries to load, by the name they get here.
    pub plugins: BTreeMap<String, PluginConfig>,
    /// What extensions may use, by the extension's name or the plugin's id; an extension's own
    /// entry goes before its plugin's.
    pub limits: BTreeMap<String, LimitsConfig>,
    /// What is changed about hooks, by the hook's name.
    pub hooks: BTreeMap<String, HookConfig>,
    /// Launch options of every group that doesn't decide them itself.
    pub launch: LaunchSettings,
    /// The record of who holds what.
    pub ledger: LedgerConfig,
    /// Budgets of each Lua script.
    pub lua: LuaConfig,
    /// What scripts may reach over HTTP.
    pub http: HttpConfig,
    /// Limits of an sql pool's query.
    pub query: QueryConfig,
    /// How a running engine notices that files were edited.
    pub watch: WatchConfig,
    /// The log files of a running engine.
    pub logs: LogsConfig,
    /// How long a drain waits for routines to end before it stops them.
    pub drain_timeout: Span,
}

impl Default for WorkspaceConfig {
    fn default() -> Self {
        Self {
            version: 1,
            store: StoreLocation::default(),
            databases: BTreeMap::new(),
            accounts: AccountsConfig::default(),
            instances: Vec::new(),
            console: ConsoleConfig::default(),
            plugins: BTreeMap::new(),
            limits: BTreeMap::new(),
            hooks: BTreeMap::new(),
            launch: LaunchSettings::default(),
            ledger: LedgerConfig::default(),
            lua: LuaConfig::default(),
            http: HttpConfig::default(),
            query: QueryConfig::default(),
            watch: WatchConfig::default(),
            logs: LogsConfig::default(),
            drain_timeout: Span::from_secs(10),
        }
    }
}

impl WorkspaceConfig {
    /// What extensions may use, as their hosts take it.
    pub fn limit_table(&self) -> LimitTable {
        LimitTable(self.limits.iter().map(|(name, limits)| (name.clone(), limits.limits())).collect())
    }

    /// What makes no sense, as far as that can be told by itself.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.version != 1 {
            found.push(Problem::at(
                "version",
                format!("{} is not a version that this Lariat reads; write 1", self.version),
            ));
        }
        if self.databases.contains_key("main") {
            found.push(Problem::at("databases.main", "`main` is the store itself; choose another name"));
        }
        found.extend(instances::problems(&self.instances));
        for (name, plugin) in &self.plugins {
            found.extend(plugin.problems(&format!("plugins.{name}")));
        }
        found.extend(self.console.problems());
        for (name, limits) in &self.limits {
            found.extend(limits.problems(&format!("limits.{name}")));
        }
        found.extend(self.ledger.problems());
        found.extend(self.lua.problems());
        found.extend(self.query.problems());
        found.extend(self.watch.problems());
        found.extend(self.logs.problems());
        found
    }
}
