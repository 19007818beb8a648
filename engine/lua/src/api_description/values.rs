//! Values that scripts of several kinds meet.

use super::model::{Class, Member, either, field, gives, maybe, method, needs, takes};

const LEVEL: &[super::model::Param] =
    &[needs("message", "string", ""), takes("fields", "table<string, any>", "shown beside the message")];

const fn level(name: &'static str, about: &'static str) -> Member {
    method(name, about).takes(LEVEL).errors("raises when the message isn't a text")
}

const STORE_ERRORS: &str = "`nil, err` when the store failed or a limit is exceeded";
const HTTP_ERRORS: &str =
    "`nil, err` when there is no answer: not reachable, too late, too large, not allowed";

pub(super) const CLASSES: &[Class] = &[
    Class::new(
        "Account",
        "One record that a bot works on: its id, and the fields that its pool gives. A field that is NULL is nil. Read-only in a routine.",
        &[field("id", "string", "What the account is known by.")],
    )
    .open(),
    Class::new(
        "Log",
        "Log lines, with the launch, group, instance and account they belong to. Secrets of the account are masked.",
        &[
            level("debug", "Logs what only a developer wants to know; shown with `-vv`."),
            level("info", "Logs what happens. `print` does the same."),
            level("warn", "Logs what may be wrong."),
            level("error", "Logs what is wrong."),
        ],
    ),
    Class::new(
        "Store",
        "A small durable map that belongs to the extension and outlives its runs: 1,000 keys of 256 bytes, values of 64 KiB as JSON. All pools of a type share one, so that a pool's own keys had better begin with `ctx.pool`.",
        &[
            method("get", "The value under a key, or nil.")
                .takes(&[needs("key", "string", "")])
                .gives(&[gives("value", "any"), gives("err", "string?")])
                .errors(STORE_ERRORS),
            method("set", "Keeps a value; nil forgets the key. Durable when it returns.")
                .takes(&[needs("key", "string", ""), takes("value", "any", "what JSON can hold")])
                .gives(&[gives("ok", "boolean?"), gives("err", "string?")])
                .errors(STORE_ERRORS),
            method("keys", "All keys, in order.")
                .gives(&[gives("keys", "string[]?"), gives("err", "string?")])
                .errors(STORE_ERRORS),
        ],
    ),
    Class::new(
        "HttpGet",
        "Options of `ctx.http:get`.",
        &[
            maybe("headers", "table<string, string>", "Headers by name."),
            maybe("timeout", "string|number", "How long it may take; 30s if absent, 10m at most."),
        ],
    ),
    Class::new(
        "HttpPost",
        "Options of `ctx.http:post`.",
        &[
            maybe("headers", "table<string, string>", "Headers by name."),
            maybe("timeout", "string|number", "How long it may take; 30s if absent, 10m at most."),
            maybe("body", "string", "What is sent, as it is."),
            maybe("json", "any", "What is sent, as JSON; instead of `body`."),
        ],
    ),
    Class::new(
        "HttpAnswer",
        "A server's answer, whatever its status.",
        &[
            field("status", "integer", "Such as 200 or 404."),
            field("headers", "table<string, string>", "By name in lower case; several of one name are joined with commas."),
            field("body", "string", "The content; `ctx.json.decode` reads JSON."),
        ],
    ),
    Class::new(
        "Http",
        "HTTP with deadlines. Public addresses only, besides those that `http.allow` in lariat.yaml lists.",
        &[
            method("get", "Asks a server.")
                .takes(&[needs("url", "string", ""), takes("options", "HttpGet", "")])
                .gives(&[gives("answer", "HttpAnswer?"), gives("err", "string?")])
                .errors(HTTP_ERRORS),
            method("post", "Sends something to a server.")
                .takes(&[needs("url", "string", ""), takes("options", "HttpPost", "")])
                .gives(&[gives("answer", "HttpAnswer?"), gives("err", "string?")])
                .errors(HTTP_ERRORS),
        ],
    ),
    Class::new(
        "Json",
        "JSON; `lariat.null` stands for null. A table with the keys 1 to n is a list.",
        &[
            either("encode", "A value as JSON text.")
                .takes(&[needs("value", "any", "")])
                .gives(&[gives("text", "string?"), gives("err", "string?")])
                .errors("`nil, err` when the value has no JSON form, such as a function"),
            either("decode", "The value of a JSON text.")
                .takes(&[needs("text", "string", "4 MiB at most")])
                .gives(&[gives("value", "any"), gives("err", "string?")])
                .errors("`nil, err` when it isn't JSON"),
        ],
    ),
    Class::new(
        "Clock",
        "The time of the machine that the engine runs on.",
        &[
            either("now", "Seconds since 1970, with fractions.").gives(&[gives("seconds", "number")]),
            either("iso", "Now in UTC, as in `2026-03-01T08:30:00Z`.").gives(&[gives("text", "string")]),
            either("hour", "The local hour, 0 to 23.").gives(&[gives("hour", "integer")]),
            either("weekday", "The local day of the week: 1 is Monday, 7 is Sunday.").gives(&[gives("day", "integer")]),
            either("date", "The local date, as in `2026-03-01`.").gives(&[gives("text", "string")]),
        ],
    ),
    Class::new(
        "Pools",
        "The other pools of the workspace.",
        &[method("accounts", "What another pool selects now, in its order.")
            .takes(&[needs("name", "string", "the pool's name")])
            .gives(&[gives("accounts", "Account[]?"), gives("err", "string?")])
            .errors("`nil, err` when there is no such pool, it can't be read, or it asks this pool in turn")],
    ),
    Class::new(
        "Settlement",
        "How a run ended, as `settle` is told.",
        &[
            field("outcome", "\"completed\"|\"failed\"|\"skipped\"|\"returned\"", "What became of the account."),
            maybe("reason", "string", "Why, unless it was completed."),
            maybe("result", "table<string, any>", "What the routine reported, when it was completed."),
        ],
    ),
    Class::new("Outcome", "How a run ends; made by `lariat.done` and its siblings, and returned from `run`.", &[]),
    Class::new("Verdict", "What a hook answers; made by `lariat.patch` and its siblings, and returned from `run`.", &[]),
    Class::new(
        "Param",
        "A declared parameter.",
        &[
            field(
                "type",
                "\"string\"|\"integer\"|\"number\"|\"boolean\"|\"path\"|\"duration\"|\"list\"|\"table\"",
                "What it takes. A duration is written as `30s` and reaches the script as a number of seconds. `int`, `float` and `bool` work too.",
            ),
            maybe("default", "any", "The value when none is given."),
            maybe("required", "boolean", "Whether a value must be given."),
            maybe("min", "number", "The smallest number, or the fewest characters."),
            maybe("max", "number", "The largest number, or the most characters."),
            maybe("enum", "any[]", "The only values accepted; `choices` is the same."),
            maybe("description", "string", "For people."),
        ],
    ),
];
