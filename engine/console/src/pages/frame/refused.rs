//! The page for whoever is refused before any page is asked: since it may be anybody, it
//! shows nothing of the engine, and leads nowhere but to the console.

use axum::http::HeaderMap;
use maud::{DOCTYPE, Markup, html};

use super::flash::Tone;
use super::icons::logo;
use super::layout::message;
use super::theme::Theme;
use crate::pages::assets;

/// Says what is refused, and why, to whoever sent these headers.
pub(crate) fn refused(asked: &HeaderMap, title: &str, why: &str) -> Markup {
    let [style, _, favicon] = assets::urls();
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[Theme::read(asked).chosen()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Lariat" }
                link rel="icon" type="image/svg+xml" href=(favicon);
                link rel="stylesheet" href=(style);
            }
            body {
                header.side { a.brand href="/" { (logo()) span { "Lariat" } } }
                main {
                    header.head { h1 { (title) } }
                    (message(Tone::Bad, &sentence(why)))
                    p { a href="/" { "Back to the console" } }
                }
            }
        }
    }
}

/// What follows a colon elsewhere, as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
