//! How a name is described.

use crate::kind::ScriptKind;

/// A table with members: a part of `ctx`, an account, what a function takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    /// As types call it.
    pub(crate) name: &'static str,
    /// What it is, in a sentence.
    pub(crate) about: &'static str,
    /// What is in it.
    pub(crate) members: &'static [Member],
    /// Whether it may have other fields as well.
    pub(crate) open: bool,
}

/// A field or function of a class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is, with units.
    pub(crate) about: &'static str,
    /// A value, or what is called.
    pub(crate) what: What,
    /// In which kinds of scripts it exists; none stands for all.
    pub(crate) kinds: &'static [ScriptKind],
    /// Since which version.
    pub(crate) since: &'static str,
}

/// A value, or a function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// A value of this type.
    Field {
        /// As [`super::types`] reads it.
        ty: &'static str,
        /// Whether it is always there.
        required: bool,
    },
    /// A function.
    Function(Function),
}

/// What is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// With a dot or a colon.
    pub(crate) call: CallStyle,
    /// What it takes.
    pub(crate) params: &'static [Param],
    /// What it gives.
    pub(crate) returns: &'static [Returned],
    /// When it raises or gives `nil, err`.
    pub(crate) errors: &'static str,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallStyle {
    /// `lariat.done(…)`
    Dot,
    /// `ctx:sleep(…)`
    Colon,
    /// Both work.
    Either,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) ty: &'static str,
    /// What it is; empty when the name says it.
    pub(crate) about: &'static str,
    /// Whether it must be given.
    pub(crate) required: bool,
}

/// A value that a function gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) ty: &'static str,
}

const FIRST: &str = "0.1";

impl Class {
    pub(super) const fn new(name: &'static str, about: &'static str, members: &'static [Member]) -> Self {
        Self { name, about, members, open: false }
    }

    /// It may have other fields as well.
    pub(super) const fn open(mut self) -> Self {
        self.open = true;
        self
    }
}

/// A value that is always there.
pub(super) const fn field(name: &'static str, ty: &'static str, about: &'static str) -> Member {
    Member { name, about, what: What::Field { ty, required: true }, kinds: &[], since: FIRST }
}

/// A value that may be left out, or be absent.
pub(super) const fn maybe(name: &'static str, ty: &'static str, about: &'static str) -> Member {
    Member { name, about, what: What::Field { ty, required: false }, kinds: &[], since: FIRST }
}

/// A function that is called with a dot.
pub(super) const fn function(name: &'static str, about: &'static str) -> Member {
    callable(name, about, CallStyle::Dot)
}

/// A function that is called with a colon.
pub(super) const fn method(name: &'static str, about: &'static str) -> Member {
    callable(name, about, CallStyle::Colon)
}

/// A function that may be called either way.
pub(super) const fn either(name: &'static str, about: &'static str) -> Member {
    callable(name, about, CallStyle::Either)
}

const fn callable(name: &'static str, about: &'static str, call: CallStyle) -> Member {
    let function = Function { call, params: &[], returns: &[], errors: "" };
    Member { name, about, what: What::Function(function), kinds: &[], since: FIRST }
}

impl Member {
    /// It takes these.
    pub(super) const fn takes(mut self, params: &'static [Param]) -> Self {
        if let What::Function(function) = &mut self.what {
            function.params = params;
        }
        self
    }

    /// It gives these.
    pub(super) const fn gives(mut self, returns: &'static [Returned]) -> Self {
        if let What::Function(function) = &mut self.what {
            function.returns = returns;
        }
        self
    }

    /// How it fails.
    pub(super) const fn errors(mut self, errors: &'static str) -> Self {
        if let What::Function(function) = &mut self.what {
            function.errors = errors;
        }
        self
    }

    /// It exists in these kinds only.
    pub(super) const fn only(mut self, kinds: &'static [ScriptKind]) -> Self {
        self.kinds = kinds;
        self
    }

    /// Whether scripts of this kind have it; of no kind in particular: any has.
    pub(crate) fn is_in(&self, kind: Option<ScriptKind>) -> bool {
        self.kinds.is_empty() || kind.is_none_or(|kind| self.kinds.contains(&kind))
    }
}

/// A parameter that must be given.
pub(super) const fn needs(name: &'static str, ty: &'static str, about: &'static str) -> Param {
    Param { name, ty, about, required: true }
}

/// A parameter that may be left out.
pub(super) const fn takes(name: &'static str, ty: &'static str, about: &'static str) -> Param {
    Param { name, ty, about, required: false }
}

/// A value that is given.
pub(super) const fn gives(name: &'static str, ty: &'static str) -> Returned {
    Returned { name, ty }
}
