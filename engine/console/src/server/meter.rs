//! How many requests there were, and how long they took, for `/metrics`. Labels are the
//! routes as they are declared, never what somebody asks for.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Shared;
use super::place::Place;

/// Seconds, up to which requests are counted together.
const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

type Labels = Vec<(&'static str, String)>;

/// What was asked so far.
pub struct Meter {
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
}

impl Default for Meter {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        Self { requests: Family::default(), seconds: Family::new_with_constructor(histogram) }
    }
}

impl Meter {
    pub(super) fn tell(&self, registry: &mut Registry) {
        let requests = self.requests.clone();
        registry.register("http_requests", "Requests, by method, route and status", requests);
        let seconds = self.seconds.clone();
        let help = "How long requests take until they are answered, in seconds, by what they are for";
        registry.register("http_request_duration_seconds", help, seconds);
    }
}

/// Counts a request.
pub(super) async fn count(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let place = match Place::of(request.uri().path()) {
        Place::Api => "api",
        Place::Page => "page",
        Place::Open => "open",
    };
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let known = known.contains(request.method());
    let method = if known { request.method().to_string() } else { "other".to_owned() };
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let answer = next.run(request).await;
    let status = answer.status().as_u16().to_string();
    let labels = vec![("method", method), ("route", route), ("status", status)];
    shared.meter.requests.get_or_create(&labels).inc();
    let seconds = began.elapsed().as_secs_f64();
    shared.meter.seconds.get_or_create(&vec![("for", place.to_owned())]).observe(seconds);
    answer
}
