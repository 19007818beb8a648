//! What `*_test.lua` files see: the tests, `t`, and what runs give.

use super::model::{Class, Member, either, field, gives, maybe, needs, takes};

const PARAMS: Member = maybe("params", "table<string, any>", "Parameters; the rest have their defaults.");
const STORE: Member = maybe("store", "table<string, any>", "What `ctx.store` holds at first.");
const HTTP: Member = maybe(
    "http",
    "table<string, any>|fun(request: Request): HttpAnswer?, string?",
    "Canned answers by `GET https://…` or by URL: `{ status, headers, body, json }`, or a text, which is why there is no answer. Or a function.",
);
const CLOCK: Member = maybe(
    "clock",
    "string",
    "When it begins: `2026-03-01T08:30` is local time, `2026-03-01T08:30:00Z` is UTC. Noon of 2026-01-05, a Monday, if absent.",
);
const STOPPING: Member = maybe(
    "stopping",
    "boolean|number",
    "Whether it is asked to end, or after how many seconds of `ctx:sleep`.",
);

const LOGS: Member = field("logs", "LogLine[]", "What was logged and printed.");
const REQUESTS: Member = field("requests", "Request[]", "What was asked over HTTP.");
const SLEPT: Member = field("slept", "number", "Seconds of `ctx:sleep`; no time passes in a test.");
const STORED: Member = field("store", "table<string, any>", "What `ctx.store` holds now.");

pub(super) const CLASSES: &[Class] = &[
    Class::new(
        "LogLine",
        "A line that was logged.",
        &[
            field("level", "\"debug\"|\"info\"|\"warn\"|\"error\"", ""),
            field("message", "string", ""),
            field("fields", "table<string, any>", "Empty if there were none."),
        ],
    ),
    Class::new(
        "Request",
        "What was asked over HTTP.",
        &[
            field("method", "string", "`GET` or `POST`."),
            field("url", "string", ""),
            field("headers", "table<string, string>", ""),
            maybe("body", "string", "What was sent."),
            maybe("json", "any", "What was sent as JSON."),
            maybe("timeout", "number", "In seconds."),
        ],
    ),
    Class::new("Step", "A report of progress.", &[field("done", "number", ""), field("total", "number", "")]),
    Class::new(
        "RoutineGiven",
        "What a routine is given.",
        &[
            maybe("account", "Account", "Nil in a group without a pool. An `id` is made up if it has none."),
            PARAMS,
            maybe("group", "string", ""),
            maybe("instance", "integer", ""),
            maybe("launch_id", "string", ""),
            STORE,
            HTTP,
            CLOCK,
            STOPPING,
        ],
    ),
    Class::new(
        "RoutineRun",
        "What came of a run.",
        &[
            field("outcome", "\"completed\"|\"failed\"|\"skipped\"|\"returned\"|\"raised\"", "How it ended."),
            maybe("result", "table<string, any>", "When it was completed; empty if nothing was reported."),
            maybe("reason", "string", "When it failed, was skipped or given back."),
            maybe("error", "string", "When it raised: place and message."),
            field("progress", "Step[]", "What `ctx:progress` was told."),
            LOGS,
            REQUESTS,
            SLEPT,
            STORED,
        ],
    ),
    Class::new(
        "PoolGiven",
        "What a pool is given.",
        &[
            PARAMS,
            maybe("pool", "string", "The pool's name."),
            maybe("files", "table<string, string>", "What `ctx:read_file` finds, by path."),
            maybe("pools", "table<string, Account[]>", "What `ctx.pools:accounts` finds, by name."),
            STORE,
            HTTP,
            CLOCK,
            STOPPING,
        ],
    ),
    Class::new(
        "PoolRun",
        "A pool to be asked; what it does is checked as the engine checks it.",
        &[
            either("fetch", "All accounts it selects, in order.")
                .gives(&[gives("accounts", "Account[]?"), gives("err", "string?")])
                .errors("`nil, err` when it raised"),
            either("claim", "Whether it may have the account.")
                .takes(&[needs("account", "Account", "")])
                .gives(&[gives("granted", "boolean?"), gives("why", "string?")])
                .errors("`nil, err` when it raised"),
            either("settle", "Tells it how the account ended.")
                .takes(&[needs("account", "Account", ""), needs("outcome", "Settlement", "")])
                .gives(&[gives("ok", "boolean?"), gives("err", "string?")])
                .errors("`nil, err` when it raised"),
            LOGS,
            REQUESTS,
            SLEPT,
            STORED,
        ],
    ),
    Class::new(
        "ProviderGiven",
        "What a provider is given.",
        &[PARAMS, maybe("provider", "string", "The provider's name."), STORE, HTTP, CLOCK, STOPPING],
    ),
    Class::new(
        "ProviderRun",
        "A provider to be asked; what it answers is checked as the engine checks it.",
        &[
            either("start", "Starts an instance.")
                .takes(&[needs("id", "integer", "")])
                .gives(&[gives("ok", "boolean?"), gives("err", "string?")])
                .errors("`nil, err` when it failed or raised"),
            either("probe", "How an instance is.")
                .takes(&[needs("id", "integer", "")])
                .gives(&[gives("state", "(\"down\"|\"starting\"|\"ready\")?"), gives("err", "string?")])
                .errors("`nil, err` when it failed or raised"),
            either("stop", "Stops an instance.")
                .takes(&[needs("id", "integer", "")])
                .gives(&[gives("ok", "boolean?"), gives("err", "string?")])
                .errors("`nil, err` when it failed or raised"),
            LOGS,
            REQUESTS,
            SLEPT,
            STORED,
        ],
    ),
    Class::new(
        "HookGiven",
        "What a hook is given.",
        &[
            PARAMS,
            maybe("plan", "table<string, any>", "Fields of the plan; the rest is a plan of one bot."),
            maybe("point", "string", "The first of the hook's `on` if absent."),
            maybe("group", "string", ""),
            maybe("launch_id", "string", ""),
            maybe("failure", "Failure", ""),
            maybe("completed", "string[]", ""),
            maybe("instances", "integer[]", ""),
            maybe("retries", "integer", ""),
            maybe("dry_run", "boolean", ""),
            maybe(
                "report",
                "table<string, any>|fun(seconds: number): table<string, any>",
                "What `ctx:report` gives; a function is asked each time, with the seconds slept so far.",
            ),
            STORE,
            HTTP,
            CLOCK,
            STOPPING,
        ],
    ),
    Class::new(
        "Answer",
        "What a hook answered.",
        &[
            field("verdict", "\"continue\"|\"patch\"|\"skip_instance\"|\"deny\"|\"retry\"|\"raised\"", ""),
            maybe("patch", "table<string, any>", "The changes."),
            maybe("instance", "integer", "Which instance to skip."),
            maybe("reason", "string", "Why."),
            maybe("after", "string|number", "The pause before a retry."),
        ],
    ),
    Class::new(
        "HookRun",
        "What came of a hook.",
        &[
            field("answer", "Answer", "What it answered."),
            maybe("error", "string", "When it raised: place and message."),
            field("scaled", "integer[]", "What `ctx:scale` was told."),
            LOGS,
            REQUESTS,
            SLEPT,
            STORED,
        ],
    ),
    Class::new(
        "Test",
        "`t`: what a test does.",
        &[
            either("equal", "The two are the same; tables by what is in them. Tells what differs.").takes(&[
                needs("actual", "any", ""),
                needs("expected", "any", ""),
                takes("message", "string", "what this is about"),
            ]),
            either("ok", "It is neither nil nor false.")
                .takes(&[needs("value", "any", ""), takes("message", "string", "what this is about")]),
            either("contains", "A text contains a text, or a list an item.")
                .takes(&[needs("whole", "any", ""), needs("part", "any", "")]),
            either("raises", "The function raises; gives the message.")
                .takes(&[needs("f", "function", ""), takes("part", "string", "what the message contains")])
                .gives(&[gives("message", "string")]),
            either("fail", "The test fails.").takes(&[takes("message", "string", "")]),
            either(
                "routine",
                "A routine by its file's name; call it with what it is given, and it runs once.",
            )
            .takes(&[needs("name", "string", "`open_packs` is scripts/routines/open_packs.lua")])
            .gives(&[gives("run", "fun(given?: RoutineGiven): RoutineRun")]),
            either("pool", "A pool type by its file's name; call it with what it is given, and ask it.")
                .takes(&[needs("name", "string", "")])
                .gives(&[gives("open", "fun(given?: PoolGiven): PoolRun")]),
            either("hook", "A hook by its file's name; call it with what it is given, and it answers once.")
                .takes(&[needs("name", "string", "")])
                .gives(&[gives("run", "fun(given?: HookGiven): HookRun")]),
            either("provider", "A provider by its file's name; call it with what it is given, and ask it.")
                .takes(&[needs("name", "string", "")])
                .gives(&[gives("open", "fun(given?: ProviderGiven): ProviderRun")]),
        ],
    ),
    Class::new("Tests", "Tests by name: `T[\"what it shows\"] = function(t) … end`.", &[]).open(),
];
