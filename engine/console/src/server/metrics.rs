//! `/metrics`: numbers for Prometheus. They are read when they are asked for, so that
//! nothing is counted twice. The names of pools and groups are labels; there are never
//! more than [`MOST`] of each.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::Shared;
use super::answer::Problem;

/// Pools and groups beyond this many are left out, and counted in
/// `lariat_metrics_left_out`.
const MOST: usize = 500;

type Labels = Vec<(&'static str, String)>;
type Counts = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;

pub(super) async fn tell(State(shared): State<Shared>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("lariat");
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The engine's version", version);
    events(&shared, &mut registry);
    engine(&shared, &mut registry);
    shared.meter.tell(&mut registry);
    definitions(&shared, &mut registry).await;
    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|error| Problem::from(crate::ServiceError::new(crate::Code::Failed, error.to_string())))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// What happened since the engine began.
fn events(shared: &Shared, registry: &mut Registry) {
    let counts = shared.history.counts();
    let (by_type, settled, missed) = (Counts::default(), Counts::default(), Counter::<u64>::default());
    for (name, count) in counts.by_type {
        by_type.get_or_create(&vec![("type", name)]).inc_by(count);
    }
    for (outcome, count) in counts.settled {
        settled.get_or_create(&vec![("outcome", outcome)]).inc_by(count);
    }
    missed.inc_by(counts.missed);
    registry.register("events", "Events, by their type", by_type);
    registry.register("leases_settled", "Leases that ended, by their outcome", settled);
    registry.register("events_missed", "Events that came too fast to be counted", missed);
}

/// How the engine and its server stand.
fn engine(shared: &Shared, registry: &mut Registry) {
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let orchestrator = shared.service.orchestrator();
    let store = orchestrator.pool_manager().health().outage().is_none();
    gauge("store_up", "Whether the store can be written", i64::from(store));
    if let Some((waiting, most)) = shared.service.store_queue() {
        gauge("store_queue", "Requests that wait for the store's writer", number(waiting));
        gauge("store_queue_most", "Requests that may wait for it; beyond, who asks waits", number(most));
    }
    let listeners = super::shared::MOST_LISTENERS - shared.listeners.available_permits();
    gauge("event_listeners", "Those who follow the events", number(listeners));
    let started = shared.service.started_at().as_second();
    gauge("start_time_seconds", "When the engine began, in seconds since 1970", started);
}

/// Pools and groups.
async fn definitions(shared: &Shared, registry: &mut Registry) {
    let orchestrator = shared.service.orchestrator();
    let (accounts, pool_usable, groups, left_out) =
        (Gauges::default(), Gauges::default(), Gauges::default(), Gauges::default());
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let listed = shared.service.pools_that_many().await;
    let beyond = |all: usize| number(all.saturating_sub(MOST));
    left_out.get_or_create(&vec![("kind", "pool".to_owned())]).set(beyond(listed.len()));
    for pool in listed.into_iter().take(MOST) {
        let counts = pool.counts;
        for (state, count) in [
            ("available", counts.available),
            ("in_use", counts.in_use),
            ("completed", counts.completed),
            ("failed", counts.failed),
            ("skipped", counts.skipped),
        ] {
            let labels = vec![("pool", pool.name.clone()), ("state", state.to_owned())];
            accounts.get_or_create(&labels).set(number(count));
        }
        let usable = i64::from(pool.error.is_none());
        pool_usable.get_or_create(&vec![("pool", pool.name)]).set(usable);
    }
    let listed = orchestrator.list_groups();
    left_out.get_or_create(&vec![("kind", "group".to_owned())]).set(beyond(listed.len()));
    let running = Gauge::<i64>::default();
    running.set(number(listed.iter().filter(|group| group.state.runs()).count()));
    registry.register("launches_running", "Launches under way", running);
    for group in listed.into_iter().take(MOST) {
        let running = i64::from(group.state.runs());
        groups.get_or_create(&vec![("group", group.name)]).set(running);
    }
    registry.register("pool_accounts", "Accounts of a pool, by their state", accounts);
    registry.register("pool_usable", "Whether a pool can be used and its file is right", pool_usable);
    registry.register("group_running", "Whether a group runs", groups);
    registry.register("metrics_left_out", "Pools and groups that are too many to be told here", left_out);
}
