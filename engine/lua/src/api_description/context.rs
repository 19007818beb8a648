//! `ctx`: what the engine gives to each call.

use super::model::{Class, Member, field, gives, maybe, method, needs};
use crate::kind::ScriptKind::{self, Hook, Pool, Provider, Routine};

/// The type of `ctx` in a kind of script.
pub(super) const fn class_of(kind: ScriptKind) -> &'static str {
    match kind {
        Routine => "RoutineContext",
        Pool => "PoolContext",
        Hook => "HookContext",
        Provider => "ProviderContext",
    }
}

/// What is in `ctx`, each for its kinds.
pub(super) const CTX: &[Member] = &[
    field(
        "params",
        "table<string, any>",
        "The declared parameters, checked, with their defaults. Read-only.",
    ),
    maybe("account", "Account", "The account; nil in a group without a pool. Read-only.").only(&[Routine]),
    field("group", "string", "The group's name.").only(&[Routine, Hook]),
    field("launch_id", "string", "Which launch this is.").only(&[Routine, Hook]),
    field("instance", "integer", "The instance that the bot runs on.").only(&[Routine]),
    maybe("device", "any", "The instance's screen and shell; not provided yet, so it is nil.")
        .only(&[Routine]),
    method("progress", "Tells how far the run is.")
        .takes(&[needs("done", "number", "steps done"), needs("total", "number", "steps altogether")])
        .errors("raises when they aren't numbers")
        .only(&[Routine]),
    field("pool", "string", "The pool's name.").only(&[Pool]),
    method("read_file", "The text of a file inside the workspace.")
        .takes(&[needs("path", "string", "relative to the workspace")])
        .gives(&[gives("text", "string?"), gives("err", "string?")])
        .errors("`nil, err` when there is no such file, or it lies outside the workspace")
        .only(&[Pool]),
    method(
        "read_lines",
        "The lines of a file inside the workspace, one at each call and nil at the end: for large files.",
    )
    .takes(&[needs("path", "string", "relative to the workspace")])
    .gives(&[gives("next_line", "(fun(): string?)?"), gives("err", "string?")])
    .errors("`nil, err` like `read_file`")
    .only(&[Pool]),
    field("pools", "Pools", "The other pools of the workspace.").only(&[Pool]),
    field("plan", "Plan", "The plan as it stands. Read-only.").only(&[Hook]),
    field("point", "string", "When this is, as in `before:validate`.").only(&[Hook]),
    field("phase", "string", "The phase, as in `validate`.").only(&[Hook]),
    field("moment", "\"before\"|\"after\"|\"error\"", "On which side of the phase.").only(&[Hook]),
    maybe("failure", "Failure", "On an error: which phase failed, and why.").only(&[Hook]),
    field("completed", "string[]", "The phases that went well so far.").only(&[Hook]),
    field("instances", "integer[]", "The instances that were acquired.").only(&[Hook]),
    field("retries", "integer", "How often this hook asked for a retry here before.").only(&[Hook]),
    field("dry_run", "boolean", "Whether this is `launch --plan` or `doctor`: nothing may be changed then, and what `ctx.store` is given is thrown away.")
        .only(&[Hook]),
    method("report", "What came of the launch so far.")
        .gives(&[gives("report", "Report?"), gives("err", "string?")])
        .errors("`nil, err` in a dry run")
        .only(&[Hook]),
    method("scale", "Changes how many bots the launch has.")
        .takes(&[needs("bots", "integer", "")])
        .gives(&[gives("bots", "integer?"), gives("err", "string?")])
        .errors("`nil, err` when its bots haven't been launched, or have ended")
        .only(&[Hook]),
    field("provider", "string", "The provider's name.").only(&[Provider]),
    field("log", "Log", "Log lines."),
    field("store", "Store", "A small durable map of the extension's own."),
    field("http", "Http", "HTTP with deadlines."),
    field("json", "Json", "JSON."),
    field("clock", "Clock", "The time."),
    method("sleep", "Waits; others go on meanwhile.")
        .takes(&[needs("duration", "string|number", "`50ms`, `30s`, `1h30m`, or seconds")])
        .errors("raises when it isn't a duration"),
    method("stopping", "Whether the work should come to an end.").gives(&[gives("stopping", "boolean")]),
];

pub(super) const CLASSES: &[Class] = &[
    Class::new("RoutineContext", "`ctx` in a routine.", CTX),
    Class::new("PoolContext", "`ctx` in a pool.", CTX),
    Class::new("HookContext", "`ctx` in a hook.", CTX),
    Class::new("ProviderContext", "`ctx` in a provider.", CTX),
];

/// Which kind of script a class of contexts is for.
pub(super) fn kind_of(class: &Class) -> Option<ScriptKind> {
    ScriptKind::ALL.into_iter().find(|kind| class_of(*kind) == class.name)
}
