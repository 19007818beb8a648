//! Which requests are meant for this engine: none that a page of somebody else makes.
//!
//! *DNS rebinding*: a page's own name may come to mean this machine, so that the browser
//! takes us for the page's server. Such a request names that host: only our own names
//! are answered. *Cross-site requests*: a browser says where a request comes from
//! (`Sec-Fetch-Site`, `Origin`), and a page on another port of this machine counts as
//! somebody else, although cookies don't tell ports apart.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::answer::Problem;
use super::place::{Arrival, Place};

/// Lets only those requests pass that are meant for this engine.
pub(super) async fn check(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    match judge(&shared, &request) {
        Ok(arrival) => {
            request.extensions_mut().insert(arrival);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn judge(shared: &Shared, request: &Request) -> Result<Arrival, Problem> {
    let host = host(request)?;
    if !shared.hosts.take(&host) {
        return Err(Problem::misdirected(format!(
            "this engine isn't called {}; name it in lariat.yaml: `console: {{hosts: [NAME]}}`",
            host.host().chars().take(100).collect::<String>()
        )));
    }
    let scheme = if shared.https { "https" } else { "http" };
    let own = format!("{scheme}://{host}");
    let headers = request.headers();
    if let Some(origin) = headers.get(header::ORIGIN)
        && !origin.as_bytes().eq_ignore_ascii_case(own.as_bytes())
    {
        return Err(elsewhere());
    }
    let arrival = match text(headers, "sec-fetch-site") {
        None | Some("same-origin" | "none") => Arrival::Own,
        // Somebody follows a link to us, which changes nothing and shows us nowhere else.
        Some(_) if is_visit(request) => Arrival::Elsewhere,
        Some(_) => return Err(elsewhere()),
    };
    // What a browser doesn't vouch for, a cookie doesn't either: older ones that send neither
    // header change nothing.
    let changes = ![Method::GET, Method::HEAD].contains(request.method());
    let vouched = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if changes && !vouched && headers.contains_key(header::COOKIE) {
        return Err(elsewhere());
    }
    Ok(arrival)
}

fn elsewhere() -> Problem {
    Problem::forbidden("this request comes from a page of somebody else")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether a person goes to one of our pages.
fn is_visit(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && Place::of(request.uri().path()) != Place::Api
        && text(headers, "sec-fetch-mode") == Some("navigate")
        && text(headers, "sec-fetch-dest") == Some("document")
}

/// The host that is asked for. A request that names none, or two, is refused.
fn host(request: &Request) -> Result<Authority, Problem> {
    let mut named = request.headers().get_all(header::HOST).into_iter();
    let (first, second) = (named.next(), named.next());
    let unclear = || Problem::bad_request("say once which host is meant: `Host: …`");
    if second.is_some() {
        return Err(unclear());
    }
    let first = first.and_then(|value| Authority::try_from(value.as_bytes()).ok());
    let host = first.ok_or_else(unclear)?;
    match request.uri().authority() {
        Some(other) if *other != host => Err(unclear()),
        _ => Ok(host),
    }
}
