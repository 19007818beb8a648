//! The API's routes, each declared once: for the router, and for the OpenAPI document at
//! `/api/v1/openapi.json`.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, get, on};
use axum::{Json, Router};
use lariat_core::ids::MAX_NAME_BYTES;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::Shared;
use super::answer::Problem;

/// Where the document is.
const HERE: &str = "/openapi.json";

/// Tells a type's schema.
type Describe = fn(&mut SchemaGenerator) -> Value;

/// How one route is asked, and what it answers.
pub(super) struct Told {
    summary: &'static str,
    query: Option<Describe>,
    body: Option<Describe>,
    answer: Option<Describe>,
    /// Another answer, with its status.
    also: Option<(&'static str, Describe)>,
    /// Whether what a path names is a number.
    number: bool,
    status: &'static str,
    kind: &'static str,
    /// Other things that it may answer with, as texts.
    or: &'static [&'static str],
    if_match: bool,
}

/// A route, in one line.
pub(super) const fn told(summary: &'static str) -> Told {
    Told {
        summary,
        query: None,
        body: None,
        answer: None,
        also: None,
        number: false,
        status: "200",
        kind: "application/json",
        or: &[],
        if_match: false,
    }
}

fn schema<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    schemas.subschema_for::<T>().to_value()
}

/// The schema itself, for its properties to become parameters.
fn inline<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    T::json_schema(schemas).to_value()
}

impl Told {
    pub(super) const fn query<T: JsonSchema>(self) -> Self {
        Self { query: Some(inline::<T>), ..self }
    }

    pub(super) const fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some(schema::<T>), ..self }
    }

    pub(super) const fn answer<T: JsonSchema>(self) -> Self {
        Self { answer: Some(schema::<T>), ..self }
    }

    /// It may also answer that, with another status.
    pub(super) const fn also<T: JsonSchema>(self, status: &'static str) -> Self {
        Self { also: Some((status, schema::<T>)), ..self }
    }

    /// What its path names is a number; a name or an id otherwise.
    pub(super) const fn number(self) -> Self {
        Self { number: true, ..self }
    }

    pub(super) const fn status(self, status: &'static str) -> Self {
        Self { status, ..self }
    }

    /// What an answer is that isn't JSON.
    pub(super) const fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// What it may be instead, as a text.
    pub(super) const fn or(self, or: &'static [&'static str]) -> Self {
        Self { or, ..self }
    }

    /// It honours `If-Match`.
    pub(super) const fn if_match(self) -> Self {
        Self { if_match: true, ..self }
    }

    fn named(&self) -> Value {
        if self.number {
            json!({"type": "integer", "format": "int64"})
        } else {
            json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME_BYTES})
        }
    }

    fn operation(&self, method: &str, path: &str, schemas: &mut SchemaGenerator) -> Value {
        let mut parameters: Vec<Value> = path
            .split(['{', '}'])
            .skip(1)
            .step_by(2)
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": self.named()}))
            .collect();
        if let Some(query) = self.query {
            let asked = query(schemas);
            for (name, schema) in asked.get("properties").and_then(Value::as_object).into_iter().flatten() {
                parameters.push(json!({"name": name, "in": "query", "schema": schema}));
            }
        }
        if self.if_match {
            parameters.push(json!({
                "name": "If-Match", "in": "header", "schema": {"type": "string"},
                "description": "The ETag of what was seen, or `*`; 412 when something else is there.",
            }));
        }
        let answer = self.answer.map_or_else(|| json!({}), |answer| answer(schemas));
        let problem = schema::<Problem>(schemas);
        let mut operation = json!({
            "operationId": name(method, path),
            "summary": self.summary,
            "parameters": parameters,
            "responses": {
                self.status: {"description": self.summary, "content": {self.kind: {"schema": answer}}},
                "default": {
                    "description": "Why not.",
                    "content": {"application/problem+json": {"schema": problem}},
                },
            },
        });
        let texts = format!("/responses/{}/content", self.status);
        if let Some(Value::Object(content)) = operation.pointer_mut(&texts) {
            let text = |kind: &&str| ((*kind).to_owned(), json!({"schema": {"type": "string"}}));
            content.extend(self.or.iter().map(text));
        }
        if let Some((status, answer)) = self.also {
            let answer =
                json!({"description": self.summary, "content": {self.kind: {"schema": answer(schemas)}}});
            if let Some(Value::Object(responses)) = operation.get_mut("responses") {
                responses.insert(status.to_owned(), answer);
            }
        }
        if let (Some(body), Value::Object(operation)) = (self.body, &mut operation) {
            let schema = body(schemas);
            let body = json!({"content": {"application/json": {"schema": schema}}});
            operation.insert("requestBody".into(), body);
        }
        operation
    }
}

/// What a client's function is called for a route: `get_pools_name_yaml`.
fn name(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// Routes with what is told of them.
#[derive(Default)]
pub(super) struct Api {
    router: Router<Shared>,
    told: Vec<(&'static str, &'static str, Told)>,
}

impl Api {
    pub(super) fn get<H: Handler<T, Shared>, T: 'static>(self, path: &'static str, h: H, told: Told) -> Self {
        self.on(MethodFilter::GET, "get", path, h, told)
    }

    pub(super) fn post<H: Handler<T, Shared>, T: 'static>(
        self,
        path: &'static str,
        h: H,
        told: Told,
    ) -> Self {
        self.on(MethodFilter::POST, "post", path, h, told)
    }

    pub(super) fn put<H: Handler<T, Shared>, T: 'static>(self, path: &'static str, h: H, told: Told) -> Self {
        self.on(MethodFilter::PUT, "put", path, h, told)
    }

    pub(super) fn delete<H: Handler<T, Shared>, T: 'static>(
        self,
        path: &'static str,
        h: H,
        told: Told,
    ) -> Self {
        self.on(MethodFilter::DELETE, "delete", path, h, told)
    }

    fn on<H: Handler<T, Shared>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
        told: Told,
    ) -> Self {
        self.told.push((path, method, told));
        Self { router: self.router.route(path, on(filter, handler)), ..self }
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.told.extend(other.told);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// All of them, and the document that tells them.
    pub(super) fn router(mut self) -> Router<Shared> {
        self.told.push((HERE, "get", told("This document: OpenAPI 3.1.").answer::<Map<String, Value>>()));
        let document = Arc::new(document(&self.told));
        self.router.route(HERE, get(async move || Json(Value::clone(&document))))
    }
}

fn document(routes: &[(&'static str, &'static str, Told)]) -> Value {
    let settings = SchemaSettings::draft2020_12();
    let settings = settings.with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for (path, method, told) in routes {
        let operation = told.operation(method, path, &mut schemas);
        let methods = paths.entry(*path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = methods {
            methods.insert((*method).to_owned(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Lariat", "version": env!("CARGO_PKG_VERSION")},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": "The token, or the one that may only look, of `.lariat/engine.json`.",
            }},
        },
    })
}
