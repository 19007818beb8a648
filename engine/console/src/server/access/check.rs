//! The middleware that finds out who asks: a program by its token, a browser by the cookie
//! of its session. Who may only look may only look.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Identity, login};
use crate::server::Shared;
use crate::server::answer::{Problem, wants_json};
use crate::server::place::Place;

/// Lets those in who may ask, and tells the routes who they are.
pub(in crate::server) async fn check(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let place = Place::of(request.uri().path());
    let identity = who(&shared, request.headers());
    match &identity {
        None if place == Place::Open => return next.run(request).await,
        None if place == Place::Page && !wants_json(request.headers()) => {
            return login::page(login::Told::NotLoggedIn);
        }
        None => {
            let told =
                Problem::unauthorized("bring the token of .lariat/engine.json as `Authorization: Bearer …`");
            return told.into_response();
        }
        // Leaving, and coming in as somebody else, change nothing but one's own session.
        Some(_) if place == Place::Open => {}
        Some(identity) if !identity.may_change() => {
            if ![Method::GET, Method::HEAD].contains(request.method()) {
                return forbidden(identity, "with this token or session one may look and change nothing");
            }
            if reveals(request.uri().query()) {
                return forbidden(identity, "with this token or session secrets stay masked");
            }
        }
        Some(_) => {}
    }
    let Some(identity) = identity else { return next.run(request).await };
    request.extensions_mut().insert(identity.clone());
    let mut answer = next.run(request).await;
    answer.extensions_mut().insert(identity);
    answer
}

fn forbidden(identity: &Identity, why: &str) -> Response {
    let mut answer = Problem::forbidden(why).into_response();
    answer.extensions_mut().insert(identity.clone());
    answer
}

/// Whether somebody asks for secrets.
pub(crate) fn reveals(query: Option<&str>) -> bool {
    let query = query.unwrap_or_default();
    query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        name == "reveal" && !["false", "0"].contains(&value)
    })
}

fn who(shared: &Shared, headers: &HeaderMap) -> Option<Identity> {
    // Whoever brings a token means it: a wrong one isn't made up for by a cookie.
    if let Some(brought) = headers.get(header::AUTHORIZATION) {
        let token = brought.to_str().ok()?.strip_prefix("Bearer ")?;
        return shared.keys.of_token(token);
    }
    shared.keys.of_session(cookie(headers, &shared.cookie_name())?)
}

/// A cookie's value.
pub(in crate::server) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revealing_is_noticed_however_it_is_written() {
        for query in ["reveal", "reveal=", "reveal=true", "reveal=1", "a=b&reveal=true"] {
            assert!(reveals(Some(query)), "{query}");
        }
        for query in [None, Some(""), Some("reveal=false"), Some("reveal=0"), Some("unreveal=true")] {
            assert!(!reveals(query), "{query:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; lariat_7420=x".parse().unwrap());
        headers.append(header::COOKIE, "b=2".parse().unwrap());
        assert_eq!(cookie(&headers, "lariat_7420"), Some("x"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "lariat"), None);
    }
}
