//! What bots run on, as `lariat.yaml` and the providers in force say. A launch under way
//! keeps what it started; what can't be used leaves everything as it was.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::definition::Stale;
use lariat_core::event::{EventBus, EventKind};
use lariat_core::instance::Instances;
use lariat_workspace::config::InstanceProviderConfig;
use lariat_workspace::workspace::CONFIG_FILE;
use parking_lot::Mutex;
use serde_json::Value;

use crate::instances::Providers;

/// The instances of a running engine.
pub struct LiveInstances {
    instances: Arc<Instances>,
    providers: Providers,
    events: EventBus,
    /// The entries that were looked at last, and what was wrong with them.
    seen: Mutex<(Vec<InstanceProviderConfig>, Option<Stale>)>,
}

impl LiveInstances {
    /// As the engine begins.
    pub fn new(
        instances: Arc<Instances>,
        providers: Providers,
        events: EventBus,
        begun: Vec<InstanceProviderConfig>,
    ) -> Self {
        Self { instances, providers, events, seen: Mutex::new((begun, None)) }
    }

    /// Puts these entries in force, if they or a provider are others now.
    ///
    /// # Errors
    /// What is wrong with them, unless it was told already.
    pub fn follow(&self, entries: &[InstanceProviderConfig], providers_changed: bool) -> Result<(), String> {
        let mut seen = self.seen.lock();
        if !providers_changed && seen.0 == entries {
            return Ok(());
        }
        seen.0 = entries.to_vec();
        // A script that can't be loaded was told for itself.
        match self.providers.of(entries, |_| None) {
            Ok(providers) => {
                self.instances.replace(providers);
                seen.1 = None;
                Ok(())
            }
            Err(error) => {
                let error = error.message;
                let since = match &seen.1 {
                    Some(stale) if stale.message == error => return Ok(()),
                    Some(stale) => stale.since,
                    None => Timestamp::now(),
                };
                tracing::warn!("instances stay as they were: {error}");
                let (file, told) = (Some(CONFIG_FILE.to_owned()), error.clone());
                self.events.publish(EventKind::DefinitionStale {
                    pool: None,
                    group: None,
                    file,
                    error: told,
                });
                seen.1 = Some(Stale { since, message: error.clone() });
                Err(error)
            }
        }
    }

    /// The kinds of provider in force, with the instances that these entries give them.
    pub fn types(&self, entries: &[InstanceProviderConfig], root: &Path) -> Vec<Value> {
        self.providers.listing(entries, root)
    }

    /// Why the instances aren't what the files say.
    pub fn stale(&self) -> Option<Stale> {
        self.seen.lock().1.clone()
    }
}
