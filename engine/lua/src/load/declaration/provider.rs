//! The table of `lariat.provider`.

use super::Declaration;
use crate::provider::ProviderInfo;

/// Providers that the engine has itself, or will have.
const BUILT_IN: &[&str] = &["static", "process", "adb", "sim"];

impl Declaration<'_> {
    pub(super) fn provider(&mut self) -> ProviderInfo {
        let name = self.name();
        if BUILT_IN.contains(&name.as_str()) {
            let message = format!("name is \"{name}\", which is a provider of the engine's own");
            self.wrong("name", message, Some("give it another name"));
        }
        let info = ProviderInfo {
            name,
            description: self.text("description").unwrap_or_default(),
            params: self.params(),
            starts: self.function("start"),
            stops: self.function("stop"),
            file: self.source.path.clone(),
        };
        self.main_function("probe");
        info
    }
}
