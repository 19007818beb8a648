//! The document.

use maud::{DOCTYPE, Markup, html};

use super::flash::Tone;
use super::icons::{Icon, icon, logo};
use super::nav::nav;
use super::page::Page;
use super::request::Frame;
use super::theme::Theme;
use super::{help, nav::Section};
use crate::pages::assets;
use crate::pages::parts::ago;

pub(super) fn layout(page: &Page, frame: &Frame) -> Markup {
    let [style, script, favicon] = assets::urls();
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[frame.theme.chosen()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · Lariat" }
                link rel="icon" type="image/svg+xml" href=(favicon);
                link rel="stylesheet" href=(style);
                script src=(script) defer {}
            }
            body data-stream="/live" data-engine=(frame.desk.engine()) {
                a.skip href="#main" { "Skip to the content" }
                header.side {
                    a.brand href="/" { (logo()) span { "Lariat" } }
                    (nav(page.section))
                    (theme(frame))
                }
                main #main tabindex="-1" {
                    (connection())
                    (head(page))
                    div.messages #messages {
                        @for (tone, text) in &page.messages { (message(*tone, text)) }
                    }
                    (page.body)
                    (foot(frame))
                }
                (help::dialog())
            }
        }
    }
}

fn head(page: &Page) -> Markup {
    html! {
        header.head {
            div {
                @if !page.crumbs.is_empty() {
                    nav.crumbs aria-label="Above this page" {
                        @for (href, name) in &page.crumbs { a href=(href) { (name) } span aria-hidden="true" { "/" } }
                    }
                }
                h1 { (page.title) }
                @if let Some(lead) = &page.lead { p.lead { (lead) } }
            }
            div.actions { (page.actions) }
        }
    }
}

/// Hidden until the script finds that the engine doesn't answer.
fn connection() -> Markup {
    html! {
        div.connection #connection role="status" hidden {
            (icon(Icon::Warning))
            p.lost { "The engine doesn't answer. What you see may be out of date. Trying again…" }
            p.login {
                "This page isn't signed in any more: the engine was restarted, or the session ended. Run "
                code { "lariat console" } " for a new link. "
                a href="" { "Reload" }
            }
            p.restarted { "The engine was restarted. " a href="" { "Reload this page" } }
        }
    }
}

/// Announced by screen readers when it appears.
pub(super) fn message(tone: Tone, text: &str) -> Markup {
    let (drawing, role) = match tone {
        Tone::Good => (Icon::Good, "status"),
        Tone::Warning => (Icon::Warning, "status"),
        Tone::Bad => (Icon::Bad, "alert"),
    };
    html! { div class={ "message " (tone.word()) } role=(role) { (icon(drawing)) p { (text) } } }
}

fn theme(frame: &Frame) -> Markup {
    html! {
        form.theme action="/theme" method="get" {
            input type="hidden" name="back" value=(frame.here);
            @for theme in Theme::ALL {
                @let drawing = match theme { Theme::System => Icon::System, Theme::Light => Icon::Light, Theme::Dark => Icon::Dark };
                button name="to" value=(theme.word()) aria-pressed=(frame.theme == theme) title={ "Theme: " (theme.word()) } {
                    (icon(drawing)) span.unseen { "Theme: " (theme.word()) }
                }
            }
        }
    }
}

fn foot(frame: &Frame) -> Markup {
    let (href, ..) = Section::Elsewhere.place();
    html! {
        footer.foot {
            span { "Lariat " (env!("CARGO_PKG_VERSION")) }
            span { "process " (std::process::id()) ", started " (ago(frame.desk.since())) }
            a href=(href) data-help { "Keyboard: " kbd { "?" } }
        }
    }
}
