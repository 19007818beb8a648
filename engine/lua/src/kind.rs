//! The kinds of extensions that a script can be.

/// What a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScriptKind {
    /// What a bot does with one account.
    Routine,
    /// What a pool's accounts come from.
    Pool,
    /// Code around the phases of a launch.
    Hook,
    /// What instances are, and how they are started.
    Provider,
}

impl ScriptKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Routine, Self::Pool, Self::Hook, Self::Provider];

    /// The word for it, which is its function in `lariat` as well.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Pool => "pool",
            Self::Hook => "hook",
            Self::Provider => "provider",
        }
    }

    /// Its folder below `scripts/`.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Routine => "routines",
            Self::Pool => "pools",
            Self::Hook => "hooks",
            Self::Provider => "providers",
        }
    }

    /// With its article.
    pub(crate) fn a(self) -> String {
        format!("a {}", self.word())
    }
}
