//! `lariat`: the global that scripts declare themselves and answer with.

use super::model::{Class, Member, field, function, gives, needs, takes};
use crate::kind::ScriptKind::{Hook, Pool, Provider, Routine};

const REASON: &[super::model::Param] = &[needs("reason", "string", "why, for people")];

/// What is in `lariat`.
pub(super) const LARIAT: &[Member] = &[
    function("routine", "Declares the file to be a routine.")
        .takes(&[needs("declaration", "Routine", "")])
        .gives(&[gives("routine", "Routine")])
        .only(&[Routine]),
    function("pool", "Declares the file to be a pool type.")
        .takes(&[needs("declaration", "Pool", "")])
        .gives(&[gives("pool", "Pool")])
        .only(&[Pool]),
    function("hook", "Declares the file to be a hook.")
        .takes(&[needs("declaration", "Hook", "")])
        .gives(&[gives("hook", "Hook")])
        .only(&[Hook]),
    function("provider", "Declares the file to be a provider of instances.")
        .takes(&[needs("declaration", "Provider", "")])
        .gives(&[gives("provider", "Provider")])
        .only(&[Provider]),
    function("tests", "Begins a file of tests, `NAME_test.lua` beside the script; return what it gives.")
        .gives(&[gives("tests", "Tests")]),
    function("done", "The account is completed. Returning a table or nothing does the same.")
        .takes(&[takes("result", "table<string, any>", "numbers in it add up in the pool's totals")])
        .gives(&[gives("outcome", "Outcome")])
        .only(&[Routine]),
    function("fail", "A failure is counted; the pool decides whether the account is tried again.")
        .takes(REASON)
        .gives(&[gives("outcome", "Outcome")])
        .only(&[Routine]),
    function("skip", "The account is settled as skipped; not a failure.")
        .takes(REASON)
        .gives(&[gives("outcome", "Outcome")])
        .only(&[Routine]),
    function("give_back", "The account is available again, nothing counted; not offered to this bot again in this launch.")
        .takes(REASON)
        .gives(&[gives("outcome", "Outcome")])
        .only(&[Routine]),
    function("patch", "Goes on with fields of the plan changed; `before:resolve_pool` and `before:validate` only. Tables in it are merged, lists and all else are replaced.")
        .takes(&[needs("changes", "table<string, any>", "the plan's fields by name")])
        .gives(&[gives("verdict", "Verdict")])
        .only(&[Hook]),
    function("deny", "Ends the launch, which exits 3 with the reason. Not for `release`.")
        .takes(REASON)
        .gives(&[gives("verdict", "Verdict")])
        .only(&[Hook]),
    function("skip_instance", "Goes on without this instance.")
        .takes(&[needs("instance", "integer", ""), needs("reason", "string", "why, for people")])
        .gives(&[gives("verdict", "Verdict")])
        .only(&[Hook]),
    function("retry", "Asks again after a pause, ten times at most; on an error the phase is run again, once.")
        .takes(&[needs("after", "string|number", "the pause, as in `30s`"), needs("reason", "string", "why, for people")])
        .gives(&[gives("verdict", "Verdict")])
        .only(&[Hook]),
    field("null", "any", "Stands for JSON's null."),
    field("version", "string", "The engine's version."),
];

pub(super) const CLASSES: &[Class] = &[Class::new("Lariat", "The global `lariat`.", LARIAT)];
