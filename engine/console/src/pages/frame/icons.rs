//! The logo and the few drawings: lines of one width on a grid of 20.

use maud::{Markup, html};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Icon {
    Overview,
    Groups,
    Pools,
    Attempts,
    Accounts,
    Extensions,
    Events,
    Logs,
    Help,
    Good,
    Warning,
    Bad,
    Search,
    Plus,
    System,
    Light,
    Dark,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M3 11a7 7 0 0 1 14 0M10 11l3-4M3 15h14",
            Self::Groups => "M3 4.5h6v5H3zM11 4.5h6v5h-6zM3 12h6v4H3zM11 12h6v4h-6z",
            Self::Pools => "M3 5.5c0-3 14-3 14 0s-14 3-14 0v9c0 3 14 3 14 0v-9M3 10c0 3 14 3 14 0",
            Self::Attempts => "M3 5h2M8 5h9M3 10h2M8 10h9M3 15h2M8 15h6",
            Self::Accounts => "M10 3.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M4 17c0-6 12-6 12 0",
            Self::Extensions => "M8 3v4M12 3v4M5.5 7h9v3a4.5 4.5 0 0 1-9 0zM10 14.5V18",
            Self::Events => "M2.5 10h3l2.5-6 4 12 2.5-6h3",
            Self::Logs => "M5 2.5h7l3 3v12H5zM7.5 8h5M7.5 11h5M7.5 14h3",
            Self::Help => "M7 7.5c0-4 6-4 6-.5 0 2.5-3 2.5-3 5M10 15.5v.2",
            Self::Good => "M4 10.5l4 4 8-9",
            Self::Warning => "M10 3.5L2.5 16.5h15zM10 8v4M10 14.2v.2",
            Self::Bad => "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 6v5M10 13.6v.2",
            Self::Search => "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M13 13l4 4",
            Self::Plus => "M10 4v12M4 10h12",
            Self::System => "M3 4.5h14v9H3zM7 17h6",
            Self::Light => {
                "M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4"
            }
            Self::Dark => "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
        }
    }
}

/// A drawing beside words; screen readers skip it.
pub(in crate::pages) fn icon(which: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" aria-hidden="true" { path d=(which.path()) {} }
    }
}

/// The lasso.
pub(super) fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" aria-hidden="true" {
            ellipse cx="18" cy="9.5" rx="11" ry="6.5" {}
            path d="M8.2 12.6c-1.2 3.2.6 5 4.4 5.6 5.2.8 6.8 3 5 5.4-2.2 2.9-8.4 2.2-14.6 5.4" {}
            circle cx="8.4" cy="12.9" r="2.6" {}
        }
    }
}
