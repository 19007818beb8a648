//! A hook's patch, checked against the plan's shape and laid over the plan. Whether the
//! values make sense is for the phase `validate` to say, which runs afterwards.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::HookPoint;
use crate::definition::LaunchSettings;
use crate::definition::problem::unknown;
use crate::ids::{InstanceId, PoolName};
use crate::launch::{DraftPlan, Phase};

/// The fields that a patch may have.
const FIELDS: [&str; 6] = ["bot_count", "instances", "routine", "config", "options", "account_pool"];

/// The plan with the patch laid over it: `config` and `options` are merged, everything
/// else is replaced.
///
/// # Errors
/// The first field that isn't accepted, and what is.
pub(crate) fn apply(
    plan: &DraftPlan,
    point: HookPoint,
    patch: &Map<String, Value>,
) -> Result<DraftPlan, String> {
    let mut plan = plan.clone();
    let pool_is_open = point.phase != Phase::ResolvePool;
    for (field, value) in patch {
        match field.as_str() {
            "bot_count" => plan.bot_count = whole(field, value)?,
            "routine" => plan.routine = typed(field, value, "a text")?,
            "instances" => plan.instances = instances(value)?,
            "config" => plan.config.extend(table(field, value)?.clone()),
            "options" => {
                for (name, value) in table(field, value)? {
                    let settings = option(name, value)?;
                    if pool_is_open && settings.refresh_pool.is_some() {
                        return Err(too_late("options.refresh_pool"));
                    }
                    plan.options = plan.options.with(&settings);
                }
            }
            "account_pool" if pool_is_open => return Err(too_late(field)),
            "account_pool" => {
                plan.account_pool = typed::<Option<PoolName>>(field, value, "a pool's name")?;
            }
            other => return Err(format!("patch: {}", unknown("field of the plan", other, FIELDS))),
        }
    }
    Ok(plan)
}

fn too_late(field: &str) -> String {
    format!("patch.{field}: can be changed before:resolve_pool only; the pool is open by now")
}

fn wrong(field: &str, value: &Value, accepted: &str) -> String {
    format!("patch.{field}: {value} is not {accepted}")
}

fn typed<T: DeserializeOwned>(field: &str, value: &Value, accepted: &str) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|_| wrong(field, value, accepted))
}

fn table<'a>(field: &str, value: &'a Value) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| wrong(field, value, "a table"))
}

/// A whole number that isn't negative, also when it was written as `3.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(field: &str, value: &Value) -> Result<u32, String> {
    let float = || value.as_f64().filter(|f| f.fract() == 0.0 && *f >= 0.0 && *f <= f64::from(u32::MAX));
    let number = value.as_u64().and_then(|n| u32::try_from(n).ok()).or_else(|| float().map(|f| f as u32));
    number.ok_or_else(|| wrong(field, value, "a whole number"))
}

fn instances(value: &Value) -> Result<Vec<InstanceId>, String> {
    let items = value.as_array().ok_or_else(|| wrong("instances", value, "a list of instance ids"))?;
    let mut ids = Vec::new();
    for item in items {
        let id = InstanceId(whole("instances", item)?);
        if ids.contains(&id) {
            return Err(format!("patch.instances: {id} is listed twice"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// One option as a layer of its own.
fn option(name: &str, value: &Value) -> Result<LaunchSettings, String> {
    if !LaunchSettings::KEYS.contains(&name) {
        let what = unknown("launch option", name, LaunchSettings::KEYS.iter().copied());
        return Err(format!("patch.options: {what}"));
    }
    serde_json::from_value(json!({ name: value })).map_err(|error| format!("patch.options.{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::GroupDefinition;
    use crate::hook::Moment;
    use crate::launch::Overrides;

    fn patched(phase: Phase, patch: Value) -> Result<DraftPlan, String> {
        let group = json!({"name": "G", "routine": "R", "instances": [0, 1, 2], "config": {"a": 1, "b": 2}});
        let group: GroupDefinition = serde_json::from_value(group).unwrap();
        let plan = DraftPlan::new(&group, &LaunchSettings::default(), &Overrides::default());
        apply(&plan, HookPoint::new(Moment::Before, phase), patch.as_object().unwrap())
    }

    #[test]
    fn tables_are_merged_and_everything_else_is_replaced() {
        let patch = json!({
            "bot_count": 1.0, "instances": [2, 0], "routine": "S", "account_pool": "Q",
            "config": {"b": 3, "c": 4}, "options": {"stagger_delay": "3s", "refresh_pool": "always"},
        });
        let plan = patched(Phase::ResolvePool, patch).unwrap();
        assert_eq!((plan.bot_count, plan.routine.as_str()), (1, "S"));
        assert_eq!(plan.instances, [InstanceId(2), InstanceId(0)]);
        assert_eq!(Value::Object(plan.config), json!({"a": 1, "b": 3, "c": 4}));
        assert_eq!(plan.account_pool.unwrap().as_str(), "Q");
        assert_eq!(plan.options.stagger_delay.to_string(), "3s");
        assert_eq!(plan.options.max_accounts, 0, "what isn't named stays");
        assert!(patched(Phase::ResolvePool, json!({"account_pool": null})).unwrap().account_pool.is_none());
    }

    #[test]
    fn what_is_not_accepted_is_named_with_what_is() {
        for (phase, patch, told) in [
            (Phase::Validate, json!({"bot_cuont": 1}), "did you mean \"bot_count\"?"),
            (Phase::Validate, json!({"group": "H"}), "unknown field of the plan \"group\""),
            (Phase::Validate, json!({"bot_count": "one"}), "patch.bot_count: \"one\" is not a whole number"),
            (Phase::Validate, json!({"bot_count": -1}), "is not a whole number"),
            (Phase::Validate, json!({"bot_count": 1.5}), "is not a whole number"),
            (Phase::Validate, json!({"bot_count": 4_294_967_296_u64}), "is not a whole number"),
            (Phase::Validate, json!({"instances": 1}), "is not a list of instance ids"),
            (Phase::Validate, json!({"instances": [1, 1]}), "1 is listed twice"),
            (Phase::Validate, json!({"config": [1]}), "patch.config: [1] is not a table"),
            (Phase::Validate, json!({"options": {"stager_delay": 1}}), "did you mean \"stagger_delay\"?"),
            (Phase::Validate, json!({"options": {"on_conflict": "fight"}}), "patch.options.on_conflict:"),
            (Phase::Validate, json!({"options": {"refresh_pool": "always"}}), "before:resolve_pool only"),
            (Phase::Validate, json!({"account_pool": "Q"}), "before:resolve_pool only"),
            (Phase::ResolvePool, json!({"account_pool": 1.5}), "is not a pool's name"),
        ] {
            let error = patched(phase, patch.clone()).unwrap_err();
            assert!(error.contains(told), "{patch}: {error}");
        }
    }
}
