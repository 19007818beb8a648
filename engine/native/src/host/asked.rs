//! What a library may ask of the host, by the method's name.

use std::time::Duration;

use lariat_abi::{LARIAT_CANCELLED, LARIAT_FAILED, LARIAT_INVALID, LARIAT_UNSUPPORTED};
use lariat_core::kv::KvError;
use serde_json::{Map, Value};

use super::{Answer, HostSide};

impl HostSide {
    /// Answers what a plugin asks.
    pub(crate) fn asked(&'static self, op: u64, method: &str, payload: &[u8], answer: Answer) {
        let payload: Map<String, Value> = match payload {
            [] => Map::new(),
            some => match serde_json::from_slice(some) {
                Ok(payload) => payload,
                Err(error) => {
                    return answer.fail(LARIAT_INVALID, format!("the payload of {method}: {error}"));
                }
            },
        };
        let operation = self.pending(op);
        if method == "ctx.log" {
            return match serde_json::from_value(Value::Object(payload)) {
                Ok(line) => {
                    self.log(operation.as_deref(), line);
                    answer.give(&Value::Null);
                }
                Err(error) => answer.fail(LARIAT_INVALID, format!("the payload of ctx.log: {error}")),
            };
        }
        let Some(operation) = operation else {
            return answer
                .fail(LARIAT_CANCELLED, format!("{method}: the operation is over, or there is none"));
        };
        match method {
            "ctx.progress" => {
                let number = |name: &str| payload.get(name).and_then(Value::as_f64);
                let progress = operation.about.work.as_ref().and_then(|work| work.progress.as_ref());
                match (progress, number("current"), number("total")) {
                    (Some(progress), Some(current), Some(total)) => progress.report(current, total),
                    (None, Some(_), Some(_)) => {}
                    _ => {
                        return answer
                            .fail(LARIAT_INVALID, "ctx.progress takes `current` and `total`".into());
                    }
                }
                answer.give(&Value::Null);
            }
            "ctx.stopping" => answer.give(&Value::Bool(operation.told() != 0)),
            "ctx.sleep" => match payload.get("ms").and_then(Value::as_u64) {
                Some(ms) => {
                    // Only this much of it, so that sleeping on keeps nothing of it.
                    let end = operation.end().clone();
                    operation.asker.runtime.spawn(async move {
                        tokio::select! {
                            biased;
                            () = end.cancelled() => answer.fail(LARIAT_CANCELLED, "told to end".into()),
                            () = tokio::time::sleep(Duration::from_millis(ms)) => answer.give(&Value::Null),
                        }
                    });
                }
                None => answer.fail(LARIAT_INVALID, "ctx.sleep takes `ms`, a number from 0 on".into()),
            },
            "ctx.report" | "ctx.scale" => {
                let control = operation.about.work.as_ref().and_then(|work| work.control.clone());
                let Some(launch) = control else {
                    let why = "there is no launch: only hooks have one, and none while a plan is tried";
                    return answer.fail(LARIAT_FAILED, why.into());
                };
                if method == "ctx.report" {
                    return match serde_json::to_value(launch.report()) {
                        Ok(report) => answer.give(&report),
                        Err(error) => answer.fail(LARIAT_FAILED, error.to_string()),
                    };
                }
                let bots =
                    payload.get("bots").and_then(Value::as_u64).and_then(|bots| u32::try_from(bots).ok());
                let Some(bots) = bots else {
                    return answer.fail(LARIAT_INVALID, "ctx.scale takes `bots`, a number from 0 on".into());
                };
                operation.asker.runtime.spawn(async move {
                    match launch.scale(bots).await {
                        Ok(running) => answer.give(&running.into()),
                        Err(why) => answer.fail(LARIAT_FAILED, why),
                    }
                });
            }
            "ctx.store.get" | "ctx.store.set" | "ctx.store.keys" => {
                let (method, extension) = (method.to_owned(), operation.asker.extension.clone());
                operation.asker.runtime.spawn(async move {
                    match self.stored(&extension, &method, payload).await {
                        Ok(value) => answer.give(&value),
                        Err(error) => answer.fail(LARIAT_FAILED, error.to_string()),
                    }
                });
            }
            _ => answer.fail(LARIAT_UNSUPPORTED, format!("this host has no method {method}")),
        }
    }

    async fn stored(
        &self,
        extension: &str,
        method: &str,
        mut payload: Map<String, Value>,
    ) -> Result<Value, KvError> {
        let key = payload.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
        match method {
            "ctx.store.get" => Ok(self.kv.get(extension, &key).await?.unwrap_or_default()),
            "ctx.store.keys" => Ok(self.kv.keys(extension).await?.into()),
            _ => {
                let value = payload.remove("value").unwrap_or_default();
                lariat_core::kv::check_limits(&key, &value)?;
                self.kv.set(extension, &key, value).await.map(|()| Value::Null)
            }
        }
    }
}
