//! The keys, as a dialog of every page and as a page of its own.

use axum::response::Response;
use maud::{Markup, html};

use super::nav::Section;
use super::page::Page;
use super::request::Frame;

pub(super) fn keys() -> Markup {
    html! {
        dl.keys {
            div { dt { kbd { "/" } } dd { "Search on this page" } }
            @for section in Section::ALL {
                @let (_, name, key, _) = section.place();
                div { dt { kbd { "g" } " " kbd { (key) } } dd { (name) } }
            }
            div { dt { kbd { "n" } } dd { "New, where something can be made" } }
            div { dt { kbd { "?" } } dd { "This list" } }
            div { dt { kbd { "Esc" } } dd { "Close, or leave the search" } }
        }
    }
}

/// The dialog that `?` opens.
pub(super) fn dialog() -> Markup {
    html! {
        dialog #help aria-labelledby="help-title" {
            form method="dialog" {
                header { h2 #help-title { "Keyboard" } button.quiet type="submit" { "Close" } }
                (keys())
            }
        }
    }
}

/// `GET /help`
pub(super) async fn page(frame: Frame) -> Response {
    let body = html! {
        section.card { (keys()) }
    };
    Page::new(Section::Elsewhere, "Keyboard").body(body).show(&frame)
}
