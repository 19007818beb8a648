//! What a script says about itself, by its kind.

use lariat_core::hook::HookInfo;
use lariat_core::routine::RoutineInfo;

use crate::pool::PoolTypeInfo;
use crate::provider::ProviderInfo;

/// What a script says about itself.
#[derive(Debug, Clone)]
pub(crate) enum Declared {
    /// It is a routine.
    Routine(RoutineInfo),
    /// It is a pool type.
    Pool(PoolTypeInfo),
    /// It is a hook.
    Hook(HookInfo),
    /// It is a provider of instances.
    Provider(ProviderInfo),
}

impl Declared {
    /// The name that it goes by.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Routine(info) => &info.name,
            Self::Pool(info) => &info.name,
            Self::Hook(info) => &info.name,
            Self::Provider(info) => &info.name,
        }
    }
}
