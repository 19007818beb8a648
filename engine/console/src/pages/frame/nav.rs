//! The sections, and the way between them.

use maud::{Markup, html};

use super::icons::{Icon, icon};

/// Where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Section {
    Overview,
    Groups,
    Pools,
    Attempts,
    Accounts,
    Extensions,
    Events,
    Logs,
    /// Help and the like.
    Elsewhere,
}

impl Section {
    pub(super) const ALL: [Self; 8] = [
        Self::Overview,
        Self::Groups,
        Self::Pools,
        Self::Attempts,
        Self::Accounts,
        Self::Extensions,
        Self::Events,
        Self::Logs,
    ];

    /// Its address, its name, the key after `g`, its icon.
    pub(super) const fn place(self) -> (&'static str, &'static str, &'static str, Icon) {
        match self {
            Self::Overview => ("/", "Overview", "o", Icon::Overview),
            Self::Groups => ("/groups", "Groups", "g", Icon::Groups),
            Self::Pools => ("/pools", "Pools", "p", Icon::Pools),
            Self::Attempts => ("/attempts", "Attempts", "t", Icon::Attempts),
            Self::Accounts => ("/accounts", "Accounts", "a", Icon::Accounts),
            Self::Extensions => ("/extensions", "Extensions", "x", Icon::Extensions),
            Self::Events => ("/events", "Events", "e", Icon::Events),
            Self::Logs => ("/logs", "Logs", "l", Icon::Logs),
            Self::Elsewhere => ("/help", "Help", "h", Icon::Help),
        }
    }
}

pub(super) fn nav(current: Section) -> Markup {
    html! {
        nav.nav aria-label="Sections" {
            ul {
                @for section in Section::ALL {
                    @let (href, name, key, drawing) = section.place();
                    li {
                        a href=(href) aria-current=[(section == current).then_some("page")] data-go=(key) title={ "g " (key) } {
                            (icon(drawing)) span { (name) }
                        }
                    }
                }
            }
        }
    }
}
