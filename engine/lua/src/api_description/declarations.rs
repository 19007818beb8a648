//! What `lariat.routine`, `lariat.pool`, `lariat.hook` and `lariat.provider` take, and
//! what they give: the same table, to which the functions are added.

use super::model::{Class, Member, field, maybe};

const NAME: Member = field("name", "string", "What YAML files call it.");
const ABOUT: Member = maybe("description", "string", "For people.");
const PARAMS: Member = maybe("params", "table<string, Param>", "Its parameters, by name.");

pub(super) const CLASSES: &[Class] = &[
    Class::new(
        "Routine",
        "What a bot does with one account.",
        &[
            NAME,
            ABOUT,
            PARAMS,
            maybe("templates", "string[]", "Pictures in scripts/templates/ that it looks for, without `.png`."),
            maybe("needs", "string[]", "What it can't do without, such as `device`."),
            maybe(
                "run",
                "fun(ctx: RoutineContext): Outcome|table<string, any>|nil",
                "The work. Gives the result, nothing, or what `lariat.fail` and its siblings made.",
            ),
        ],
    )
    .open(),
    Class::new(
        "Pool",
        "Where a pool's accounts come from.",
        &[
            NAME,
            ABOUT,
            PARAMS,
            maybe(
                "fetch",
                "fun(ctx: PoolContext): Account[]|(fun(): Account?)",
                "Selects the accounts, in the order to serve: a list, or a function that gives the next one, and nil at the end. Raising, or `nil, err`, keeps what the pool has.",
            ),
            maybe(
                "claim",
                "fun(ctx: PoolContext, account: Account): boolean, string?",
                "Asks an outside authority for an account that was just leased: true, or false and why; then the next one is served.",
            ),
            maybe(
                "settle",
                "fun(ctx: PoolContext, account: Account, outcome: Settlement)",
                "Tells the outside authority how it ended, after that is durable. The account is its id alone. Told `returned` of one that `claim` refused as well, and `failed` of one that the pool tries again.",
            ),
        ],
    )
    .open(),
    Class::new(
        "Hook",
        "Code around the phases of a launch.",
        &[
            NAME,
            ABOUT,
            field("on", "string[]", "When it runs: `before:`, `after:` or `error:` and a phase, which is `resolve_pool`, `validate`, `acquire_instances`, `launch_bots`, `stop` or `release`."),
            maybe("band", "\"early\"|\"normal\"|\"late\"", "Which hooks it runs among; normal if absent."),
            maybe("order", "integer", "Its place in the band; smaller is earlier, 0 if absent."),
            maybe("before", "string[]", "Hooks it must run before."),
            maybe("after", "string[]", "Hooks it must run after."),
            maybe("on_error", "\"deny\"|\"warn\"|\"ignore\"", "What its failure means for the launch; deny if absent."),
            maybe("timeout", "string|number", "How long it may take; 5s if absent."),
            PARAMS,
            maybe("run", "fun(ctx: HookContext): Verdict|nil", "The work. Gives nothing to go on, or what `lariat.patch` and its siblings made."),
        ],
    )
    .open(),
    Class::new(
        "Provider",
        "What instances are, and how they are started.",
        &[
            NAME,
            ABOUT,
            PARAMS,
            maybe("start", "fun(ctx: ProviderContext, id: integer): boolean?, string?", "Starts one that is down; `nil, err` when that didn't work. Called once, and again if it goes down after it was starting."),
            maybe("probe", "fun(ctx: ProviderContext, id: integer): \"down\"|\"starting\"|\"ready\"", "How one is."),
            maybe("stop", "fun(ctx: ProviderContext, id: integer): boolean?, string?", "Stops one; `nil, err` when that didn't work."),
        ],
    )
    .open(),
];
