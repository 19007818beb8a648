//! The table of `lariat.pool`.

use super::Declaration;
use crate::pool::PoolTypeInfo;

/// Pool types that the engine has itself.
const BUILT_IN: &[&str] = &["sql", "file"];

impl Declaration<'_> {
    pub(super) fn pool(&mut self) -> PoolTypeInfo {
        let name = self.name();
        if BUILT_IN.contains(&name.as_str()) {
            let message = format!("name is \"{name}\", which is a pool type of the engine's own");
            self.wrong("name", message, Some("give it another name"));
        }
        let info = PoolTypeInfo {
            name,
            description: self.text("description").unwrap_or_default(),
            params: self.params(),
            claims: self.function("claim"),
            settles: self.function("settle"),
            file: self.source.path.clone(),
        };
        self.main_function("fetch");
        info
    }
}
