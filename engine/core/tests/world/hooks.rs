//! Hooks as closures, and what is seen of them.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use lariat_core::duration::Span;
use lariat_core::hook::{Hook, HookCall, HookError, HookInfo, HookPoint, Moment, Verdict};
use lariat_core::launch::{LaunchReport, LaunchRequest};
use lariat_core::registry::Registry;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{World, done, group, seen};

type Body = Box<dyn Fn(HookCall) -> BoxFuture<'static, Result<Verdict, HookError>> + Send + Sync>;

struct Closure {
    info: HookInfo,
    body: Body,
}

#[async_trait]
impl Hook for Closure {
    fn info(&self) -> &HookInfo {
        &self.info
    }
    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        (self.body)(call).await
    }
}

/// Registers a hook, written in `NAME.lua`.
pub fn add<F, R>(registry: &Registry<dyn Hook>, info: HookInfo, body: F) -> u64
where
    F: Fn(HookCall) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Verdict, HookError>> + Send + 'static,
{
    let (name, origin) = (info.name.clone(), format!("{}.lua", info.name));
    let body: Body = Box::new(move |call| Box::pin(body(call)));
    registry.register(name, origin, Arc::new(Closure { info, body }))
}

/// What a hook of that name at these points says about itself.
pub fn at(name: &str, points: &[&str]) -> HookInfo {
    let on = points.iter().map(|point| point.parse().unwrap()).collect();
    HookInfo { name: name.into(), on, ..HookInfo::default() }
}

/// A hook that always gives the same answer.
pub fn answers(world: &World, info: HookInfo, verdict: Verdict) {
    add(&world.hooks, info, move |_| {
        let verdict = verdict.clone();
        async move { Ok(verdict) }
    });
}

/// A hook that notes its name and the point, and goes on.
pub fn notes(world: &World, info: HookInfo) -> Arc<Mutex<Vec<HookCall>>> {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let noted = calls.clone();
    add(&world.hooks, info, move |call| {
        noted.lock().push(call);
        async { Ok(Verdict::Continue) }
    });
    calls
}

/// A world with the routine "R", which ends at once, and the group "G" on two instances.
pub fn simple() -> World {
    with_settings(json!({}))
}

/// The same with these `hooks:` in `lariat.yaml`.
pub fn with_settings(settings: Value) -> World {
    let any = Arc::new(lariat_core::instance::StaticProvider::any());
    let world = World::with_hooks(vec![any], settings);
    world.routine("R", |_| async { done() });
    define(&world, json!({"name": "G", "routine": "R", "instances": [0, 1]}));
    world
}

pub fn define(world: &World, definition: Value) {
    use lariat_core::definition::DefinitionStore;
    world.definitions.create_group(serde_json::from_value(definition).unwrap()).unwrap();
}

/// Launches "G" and gives the report with the events.
pub async fn launch(world: &World) -> (LaunchReport, Vec<Value>) {
    let mut events = world.events.subscribe();
    let report = world.orchestrator.launch_group(LaunchRequest::new(group("G"))).await.unwrap();
    (report, seen(&mut events))
}

/// `hook point outcome` of each answer.
pub fn answered(events: &[Value]) -> Vec<String> {
    let text = |event: &Value, key: &str| event[key].as_str().unwrap().to_owned();
    let answers = events.iter().filter(|event| event["type"] == "hook.answered");
    answers
        .map(|event| format!("{} {} {}", text(event, "hook"), text(event, "point"), text(event, "outcome")))
        .collect()
}

/// All points that belong to phases which bring the launch up, without the errors.
pub fn bring_up() -> Vec<HookPoint> {
    HookPoint::all()
        .filter(|p| p.moment != Moment::Error && !["stop", "release"].contains(&p.phase.as_str()))
        .collect()
}

pub fn patch(fields: Value) -> Verdict {
    Verdict::Patch { patch: fields.as_object().unwrap().clone() }
}

pub fn deny(reason: &str) -> Verdict {
    Verdict::Deny { reason: reason.into() }
}

pub fn skip(instance: u32) -> Verdict {
    Verdict::SkipInstance { instance: super::instance(instance), reason: "not this one".into() }
}

pub fn retry(seconds: u64) -> Verdict {
    Verdict::Retry { after: Span::from_secs(seconds), reason: "not yet".into() }
}
