//! What is wrong, each with a link to where it can be mended.

use lariat_core::pool::PoolState;
use maud::{Markup, html};

use crate::Status;
use crate::pages::frame::{Icon, icon};
use crate::pages::parts::href;

struct Matter {
    /// Whether it works all the same, for now.
    caution: bool,
    what: String,
    why: String,
    cure: (String, &'static str),
}

pub(super) fn list(status: &Status) -> Markup {
    let matters = matters(status);
    html! {
        @if !matters.is_empty() {
            section.card #attention {
                header { h2 { "Needs attention" } span.muted.small { (matters.len()) } }
                ul.attention {
                    @for matter in &matters {
                        li.caution[matter.caution] {
                            (icon(if matter.caution { Icon::Warning } else { Icon::Bad }))
                            div {
                                p { b { (matter.what) } " " a href=(matter.cure.0) { (matter.cure.1) } }
                                p.muted.small { (matter.why) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn matters(status: &Status) -> Vec<Matter> {
    let mut found = Vec::new();
    for pool in &status.pools {
        if let Some(why) = &pool.error {
            let state = match pool.state {
                PoolState::Stale => "runs on an older version of its file",
                PoolState::Unavailable => "can't serve: the store doesn't answer",
                PoolState::Failed => "can't be used",
                PoolState::Ready => "couldn't be refreshed",
            };
            found.push(Matter {
                caution: matches!(pool.state, PoolState::Stale | PoolState::Ready),
                what: format!("Pool {} {state}.", pool.name),
                why: why.clone(),
                cure: (href(&["pools", &pool.name]), "Look at the pool"),
            });
        }
    }
    for group in &status.groups {
        if let Some(why) = &group.error {
            let stale = group.stale_since.is_some();
            let state = if stale { "runs on an older version of its file" } else { "can't be used" };
            found.push(Matter {
                caution: stale,
                what: format!("Group {} {state}.", group.name),
                why: why.clone(),
                cure: (href(&["groups", &group.name]), "Look at the group"),
            });
        }
    }
    for extension in &status.extensions {
        let word =
            |key: &str| extension.get(key).and_then(|value| value.as_str()).filter(|word| !word.is_empty());
        if let Some(why) = word("error") {
            let (kind, name) =
                (word("kind").unwrap_or("extension"), word("name").or(word("file")).unwrap_or("?"));
            found.push(Matter {
                caution: word("state") == Some("stale"),
                what: format!("The {kind} {name} has a problem."),
                why: why.to_owned(),
                cure: ("/extensions".to_owned(), "Look at the extensions"),
            });
        }
    }
    for report in status.last_reports.iter().filter(|report| !report.success && !report.stopped) {
        let failure = report.failure.as_ref().map(ToString::to_string);
        let why = failure.unwrap_or_else(|| report.errors.join("; "));
        found.push(Matter {
            caution: false,
            what: format!("The last launch of {} failed.", report.group),
            why,
            cure: (href(&["launches", &report.launch_id.to_string()]), "Look at the launch"),
        });
    }
    if let Some(trouble) = &status.watching.trouble {
        found.push(Matter {
            caution: true,
            what: "Edited files are noticed more slowly.".to_owned(),
            why: trouble.clone(),
            cure: ("/events".to_owned(), "Look at the events"),
        });
    }
    for change in &status.needs_restart {
        found.push(Matter {
            caution: true,
            what: "A change acts only after a restart.".to_owned(),
            why: change.clone(),
            cure: ("/extensions".to_owned(), "Look at the extensions"),
        });
    }
    found.sort_by_key(|matter| matter.caution);
    found
}
