//! What a hook sees of its launch.

use super::model::{Class, field, maybe};

pub(super) const CLASSES: &[Class] = &[
    Class::new(
        "Plan",
        "What a launch is meant to do: the group's file under the options of the command line. Read-only; `lariat.patch` changes it.",
        &[
            field("group", "string", "The group's name."),
            field("routine", "string", "The routine's name."),
            field("instances", "integer[]", "The instances to choose from, in this order."),
            field("bot_count", "integer", "How many bots."),
            maybe("account_pool", "string", "The pool's name, if it has one."),
            field("config", "table<string, any>", "The routine's parameters as given."),
            field(
                "options",
                "table<string, any>",
                "The options of `launch:`, every one decided; durations as text.",
            ),
        ],
    ),
    Class::new(
        "Failure",
        "Why a phase failed.",
        &[
            field("phase", "string", "Which phase."),
            field("kind", "string", "`refused`, `failed` or `stopped`."),
            field("messages", "string[]", "One line for each thing that is wrong."),
        ],
    ),
    Class::new(
        "Tally",
        "Accounts by what became of them.",
        &[
            field("completed", "integer", ""),
            field("failed", "integer", "Failed for good."),
            field("skipped", "integer", ""),
            field("returned", "integer", "Back in the pool, nothing counted."),
            field("retried", "integer", "Failed, and back in the pool."),
            field("fenced", "integer", "Lost to another holder."),
            field("refused", "integer", "Leased, but not given by the pool's source."),
        ],
    ),
    Class::new(
        "Trouble",
        "A reason, as often as it was given.",
        &[
            field("reason", "string", "The first line of it."),
            field("count", "integer", ""),
            maybe("account", "string", "The last account that it was given for."),
        ],
    ),
    Class::new(
        "BotReport",
        "One bot.",
        &[
            field("instance", "integer", "What it runs on."),
            field(
                "status",
                "string",
                "`starting`, `waiting`, `running`, `completed`, `failed`, `stopped`, …",
            ),
            field("accounts", "integer", "Accounts it has settled."),
            maybe("error", "string", "Its last error."),
        ],
    ),
    Class::new(
        "Report",
        "What came of the launch so far.",
        &[
            field("launch_id", "string", ""),
            field("group", "string", ""),
            field("success", "boolean", "Whether nothing broke."),
            field("requested_bots", "integer", ""),
            field("launched_bots", "integer", ""),
            field("accounts", "Tally", "Accounts by what became of them."),
            field("failures", "Trouble[]", "Why runs failed, those that are tried again included."),
            field("refusals", "Trouble[]", "Why accounts couldn't be claimed."),
            field("totals", "table<string, number>", "Sums of the numbers in results."),
            field("bots", "BotReport[]", ""),
            field("errors", "string[]", "What went wrong."),
            field("duration_ms", "integer", "Since the request, in milliseconds."),
        ],
    )
    .open(),
];
