//! Native plugins.

use serde_json::Value;

use super::{PluginOrder, Reloaded, Service, ServiceError};

impl Service {
    /// All plugins, with what is counted of them.
    ///
    /// # Errors
    /// When this engine loads none.
    pub async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        self.host.plugins().await
    }

    /// Does something about a plugin.
    ///
    /// # Errors
    /// When there is no such plugin, or it couldn't be done.
    pub async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        self.host.plugin(id, order).await
    }
}
