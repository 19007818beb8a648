//! The table of `lariat.hook`.

use lariat_core::duration::Span;
use lariat_core::hook::{HookInfo, HookPoint};
use mlua::Value;

use super::Declaration;
use crate::names;

impl Declaration<'_> {
    pub(super) fn hook(&mut self) -> HookInfo {
        let info = HookInfo {
            name: self.name(),
            description: self.text("description").unwrap_or_default(),
            on: self.points(),
            band: self.word("band", &["early", "normal", "late"]).unwrap_or_default(),
            order: self.order(),
            before: self.texts("before"),
            after: self.texts("after"),
            on_error: self.word("on_error", &["deny", "warn", "ignore"]).unwrap_or_default(),
            timeout: self.timeout(),
            params: self.params(),
            off_by_default: false,
            file: Some(self.source.path.clone()),
        };
        self.main_function("run");
        info
    }

    fn points(&mut self) -> Vec<HookPoint> {
        let hint = "as in on = { \"before:validate\" }";
        if self.get("on").is_nil() {
            self.wrong("on", "on is missing: a hook says when it runs", Some(hint));
            return Vec::new();
        }
        let (before, texts) = (self.findings.len(), self.texts("on"));
        if texts.is_empty() && self.findings.len() == before {
            self.wrong("on", "on is empty: the hook would never run", Some(hint));
        }
        let mut points = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(point) if points.contains(&point) => {}
                Ok(point) => points.push(point),
                Err(unknown) => self.wrong("on", format!("on: {unknown}"), None),
            }
        }
        points
    }

    #[allow(clippy::cast_possible_truncation)]
    fn order(&mut self) -> i32 {
        match self.get("order") {
            Value::Nil => 0,
            Value::Number(order) if order.fract() == 0.0 && order.abs() <= f64::from(i32::MAX) => {
                order as i32
            }
            Value::Integer(order) if i32::try_from(order).is_ok() => i32::try_from(order).unwrap_or_default(),
            other => {
                let message = format!("order is a {}; it takes a whole number", names::type_of(&other));
                self.wrong("order", message, Some("smaller numbers run earlier"));
                0
            }
        }
    }

    fn timeout(&mut self) -> Option<Span> {
        let value = self.get("timeout");
        if value.is_nil() {
            return None;
        }
        let span = crate::api::span(&value).filter(|span| !span.is_zero());
        if span.is_none() {
            let got = crate::api::show(&value);
            let message = format!("timeout is {got}; it takes a duration such as \"2s\", above zero");
            self.wrong("timeout", message, None);
        }
        span.map(Span::from)
    }
}
