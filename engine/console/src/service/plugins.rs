//! Native plugins.

use serde_json::{Map, Value};

use super::{PluginOrder, Reloaded, Service, ServiceError};

impl Service {
    /// All plugins, with what is counted of them.
    ///
    /// # Errors
    /// When this engine loads none.
    pub async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        self.host.plugins().await
    }

    /// What a plugin's files say of it; nothing of it is run.
    ///
    /// # Errors
    /// When there is no such plugin, or it can't be read.
    pub async fn inspect_plugin(&self, name: &str) -> Result<Map<String, Value>, ServiceError> {
        self.keeper.inspect_plugin(name).await
    }

    /// Does something about a plugin.
    ///
    /// # Errors
    /// When there is no such plugin, or it couldn't be done.
    pub async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        self.host.plugin(id, order).await
    }
}
