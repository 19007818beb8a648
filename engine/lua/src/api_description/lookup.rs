//! Which names there are, for the checker and for error messages.

use super::classes;
use super::context::CTX;
use super::lariat::LARIAT;
pub(crate) use super::model::CallStyle;
use super::model::{Class, Member, What};
use crate::kind::ScriptKind;

fn names(members: &'static [Member], kind: Option<ScriptKind>) -> Vec<&'static str> {
    members.iter().filter(|member| member.is_in(kind)).map(|member| member.name).collect()
}

/// What `lariat` has for scripts of a kind.
pub(crate) fn lariat_names(kind: Option<ScriptKind>) -> Vec<&'static str> {
    names(LARIAT, kind)
}

/// What `ctx` has in scripts of a kind.
pub(crate) fn context_names(kind: Option<ScriptKind>) -> Vec<&'static str> {
    names(CTX, kind)
}

/// What a part of `ctx` has, such as `log`; nothing when it isn't a part with
/// functions.
pub(crate) fn part_names(part: &str) -> Option<Vec<&'static str>> {
    Some(names(part_of(part)?.members, None))
}

/// How `ctx.NAME` or `ctx.PART.NAME` is called, if it is a function.
pub(crate) fn call_style(part: Option<&str>, name: &str) -> Option<CallStyle> {
    let members = match part {
        Some(part) => part_of(part)?.members,
        None => CTX,
    };
    match members.iter().find(|member| member.name == name)?.what {
        What::Function(function) => Some(function.call),
        What::Field { .. } => None,
    }
}

/// For which kinds a name is that this kind hasn't: `("ctx", "account")` is for routines.
pub(crate) fn home_of(table: &str, name: &str) -> Option<&'static [ScriptKind]> {
    let members = if table == "lariat" { LARIAT } else { CTX };
    members.iter().find(|member| member.name == name).map(|member| member.kinds)
}

fn part_of(part: &str) -> Option<&'static Class> {
    let What::Field { ty, .. } = CTX.iter().find(|member| member.name == part)?.what else { return None };
    classes()
        .find(|class| class.name == ty)
        .filter(|class| class.members.iter().any(|member| matches!(member.what, What::Function(_))))
}
