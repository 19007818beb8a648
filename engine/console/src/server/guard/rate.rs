//! How often somebody may ask. A bucket of tokens for each: it holds so many, and fills
//! again so fast. Wrong tokens and codes have a smaller bucket of their own for each
//! address; the right ones don't draw from it, so that nobody locks the owner out.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::server::Shared;
use crate::server::access::Identity;
use crate::server::answer::Problem;

/// How often somebody may ask.
#[derive(Debug)]
pub struct Rates {
    requests: Mutex<Buckets<Arc<str>>>,
    failures: Mutex<Buckets<IpAddr>>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            requests: Mutex::new(Buckets::new(2000.0, 500.0)),
            failures: Mutex::new(Buckets::new(20.0, 0.5)),
        }
    }
}

#[derive(Debug)]
struct Buckets<K> {
    holds: f64,
    per_second: f64,
    all: HashMap<K, (f64, Instant)>,
}

impl<K: std::hash::Hash + Eq> Buckets<K> {
    /// Buckets beyond this many: those that are full again are forgotten.
    const MOST: usize = 4096;

    fn new(holds: f64, per_second: f64) -> Self {
        Self { holds, per_second, all: HashMap::new() }
    }

    /// Draws one; else says how long it takes until there is one.
    fn draw(&mut self, key: K) -> Result<(), Duration> {
        let now = Instant::now();
        if self.all.len() >= Self::MOST {
            let fill = Duration::from_secs_f64(self.holds / self.per_second);
            self.all.retain(|_, (_, at)| now.duration_since(*at) < fill);
        }
        // With so many at once, newcomers wait.
        if self.all.len() >= Self::MOST && !self.all.contains_key(&key) {
            return Err(Duration::from_secs(1));
        }
        let (left, at) = self.all.entry(key).or_insert((self.holds, now));
        *left = (*left + now.duration_since(*at).as_secs_f64() * self.per_second).min(self.holds);
        *at = now;
        if *left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *left) / self.per_second));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// Answers those who ask too often with 429. Runs where it is known who asks.
pub(in crate::server) async fn requests(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(identity) = request.extensions().get::<Identity>()
        && let Err(wait) = shared.rates.requests.lock().draw(identity.who.clone())
    {
        return too_often(wait, "too many requests");
    }
    next.run(request).await
}

/// Answers those with 429 who bring too many wrong tokens or codes.
pub(in crate::server) async fn failures(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let tries = request.headers().contains_key(header::AUTHORIZATION) || request.uri().path() == "/login";
    let answer = next.run(request).await;
    if let Some(from) = from
        && tries
        && answer.status() == StatusCode::UNAUTHORIZED
        && let Err(wait) = shared.rates.failures.lock().draw(from)
    {
        return too_often(wait, "too many wrong tokens or codes from this address");
    }
    answer
}

fn too_often(wait: Duration, why: &str) -> Response {
    let seconds = wait.as_secs() + 1;
    let mut answer = Problem::too_many(format!("{why}; try again in {seconds} s")).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_fills_again_and_others_have_their_own() {
        let mut buckets = Buckets::new(2.0, 0.5);
        assert!(buckets.draw("a").is_ok() && buckets.draw("a").is_ok());
        assert_eq!(buckets.draw("a"), Err(Duration::from_secs(2)));
        assert!(buckets.draw("b").is_ok());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(buckets.draw("a").is_ok());
        assert!(buckets.draw("a").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_too_many_buckets() {
        let mut buckets = Buckets::new(2.0, 1.0);
        for key in 0..10_000 {
            let _ = buckets.draw(key);
        }
        assert_eq!(buckets.all.len(), Buckets::<i32>::MOST);
        assert!(buckets.draw(0).is_ok(), "who is known goes on");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(buckets.draw(10_000).is_ok());
        assert_eq!(buckets.all.len(), 1);
    }
}
