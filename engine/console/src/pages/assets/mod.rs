//! The style, the script and the icon. Each is served under a name that holds the hash of
//! its content, so that browsers keep it for good.
//!
//! The style is one file, put together from `css/` in this order: what comes later may
//! rely on what comes before.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use crate::server::Shared;

const STYLE: &str = concat!(
    include_str!("css/tokens.css"),
    include_str!("css/base.css"),
    include_str!("css/frame.css"),
    include_str!("css/parts.css"),
    include_str!("css/forms.css"),
    include_str!("css/tables.css"),
    include_str!("css/overview.css"),
    include_str!("css/groups.css"),
    include_str!("css/pools.css"),
);
const SCRIPT: &str = include_str!("console.js");
const ICON: &str = include_str!("icon.svg");

struct Asset {
    url: String,
    kind: &'static str,
    content: &'static str,
}

/// The style, the script, the icon.
fn all() -> &'static [Asset; 3] {
    static ALL: OnceLock<[Asset; 3]> = OnceLock::new();
    ALL.get_or_init(|| {
        let asset = |stem: &str, ending: &str, kind, content: &'static str| {
            let hash = Sha256::digest(content).iter().take(6).fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            Asset { url: format!("/assets/{stem}.{hash}.{ending}"), kind, content }
        };
        [
            asset("console", "css", "text/css; charset=utf-8", STYLE),
            asset("console", "js", "text/javascript; charset=utf-8", SCRIPT),
            asset("lariat", "svg", "image/svg+xml", ICON),
        ]
    })
}

/// The addresses of the style, the script and the icon.
pub(super) fn urls() -> [&'static str; 3] {
    let [style, script, icon] = all();
    [&style.url, &script.url, &icon.url]
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/assets/{name}", get(serve)).route("/favicon.ico", get(favicon))
}

/// What a browser asks for by itself.
async fn favicon() -> Response {
    let [_, _, icon] = all();
    ([(header::CONTENT_TYPE, icon.kind), (header::CACHE_CONTROL, "max-age=86400")], icon.content)
        .into_response()
}

async fn serve(Path(name): Path<String>) -> Response {
    let asked = all().iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(name.as_str()));
    match asked {
        Some(asset) => {
            let forever = "public, max-age=31536000, immutable";
            ([(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, forever)], asset.content)
                .into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such file; reload the page").into_response(),
    }
}
