//! The kinds of extensions that a script can be.

use crate::names;

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

    /// The kind whose function in `lariat` is called so.
    pub(crate) fn called(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The keys of its declaration.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Routine => names::ROUTINE,
            Self::Pool => &["name", "description", "params", "fetch", "claim", "settle"],
            Self::Hook => &[
                "name",
                "description",
                "on",
                "band",
                "order",
                "before",
                "after",
                "on_error",
                "timeout",
                "params",
                "run",
            ],
            Self::Provider => &["name", "description", "params", "list", "start", "probe", "stop"],
        }
    }

    /// The functions that the engine calls, the one that must be there first.
    pub(crate) const fn functions(self) -> &'static [&'static str] {
        match self {
            Self::Routine | Self::Hook => &["run"],
            Self::Pool => &["fetch", "claim", "settle"],
            Self::Provider => &["probe", "start", "stop"],
        }
    }

    /// What the engine gives to one of them.
    pub(crate) fn parameters(self, function: &str) -> &'static str {
        match (self, function) {
            (Self::Pool, "claim") => "ctx, account",
            (Self::Pool, "settle") => "ctx, account, outcome",
            (Self::Provider, _) => "ctx, id",
            _ => "ctx",
        }
    }

    /// How its main function is written.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Routine => "function R.run(ctx) … end",
            Self::Pool => "function P.fetch(ctx) … end",
            Self::Hook => "function H.run(ctx) … end",
            Self::Provider => "function I.probe(ctx, id) … end",
        }
    }

    /// The name that its table usually has.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::Routine => "R",
            Self::Pool => "P",
            Self::Hook => "H",
            Self::Provider => "I",
        }
    }

    /// With its article.
    pub(crate) fn a(self) -> String {
        format!("a {}", self.word())
    }

    /// Whose keys `ctx.store` holds for an extension of this kind. A routine's are
    /// under its name alone; no name has a tab, so that none is like another's.
    pub(crate) fn owner(self, name: &str) -> String {
        match self {
            Self::Routine => name.to_owned(),
            other => format!("{}\t{name}", other.word()),
        }
    }
}
