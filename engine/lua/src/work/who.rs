//! The extension that a run belongs to, and whose machine it works in.

use lariat_core::ids::{GroupName, PoolName};

use crate::kind::ScriptKind;

/// An extension by its name.
#[derive(Debug)]
pub(crate) struct Who {
    /// In logs and errors.
    pub(crate) name: String,
    /// Whose keys `ctx.store` holds.
    pub(crate) owner: String,
}

impl Who {
    pub(crate) fn new(kind: ScriptKind, name: &str) -> Self {
        Self { name: name.to_owned(), owner: kind.owner(name) }
    }
}

/// Whose machine it is: what one does there is no other's concern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Tenant {
    /// The routines of a group's bots.
    Group(GroupName),
    /// The source of one pool.
    Pool(PoolName),
    /// The hooks around a group's launches.
    Hooks(GroupName),
    /// A provider of instances.
    Provider(String),
}

impl Tenant {
    /// Who shares its memory, for people.
    pub(crate) fn shares(&self) -> &'static str {
        match self {
            Self::Group(_) => "the runs of a group share",
            Self::Pool(_) => "a pool has",
            Self::Hooks(_) => "the hooks of a launch share",
            Self::Provider(_) => "a provider has",
        }
    }
}
