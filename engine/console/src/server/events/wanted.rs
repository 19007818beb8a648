//! Which events somebody wants.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// What a request asks for: `?group=`, `?pool=`, `?launch_id=`, and `?types=`, a list of
/// types such as `launch.started,lease.*`.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Wanted {
    group: Option<String>,
    pool: Option<String>,
    launch_id: Option<String>,
    types: Option<String>,
    /// Everything after this number first; as `Last-Event-ID`.
    pub(super) since: Option<u64>,
    /// At most so many, where they aren't followed.
    pub(super) limit: Option<usize>,
}

impl Wanted {
    pub(super) fn takes(&self, event: &Value) -> bool {
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        let fits = |wanted: &Option<String>, key: &str| {
            wanted
                .as_deref()
                .filter(|wanted| !wanted.is_empty())
                .is_none_or(|wanted| text(key) == Some(wanted))
        };
        fits(&self.group, "group")
            && fits(&self.pool, "pool")
            && fits(&self.launch_id, "launch_id")
            && self.takes_type(text("type").unwrap_or_default())
    }

    fn takes_type(&self, found: &str) -> bool {
        let Some(types) = self.types.as_deref().filter(|types| !types.is_empty()) else { return true };
        types.split(',').map(str::trim).any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => found.starts_with(beginning),
            None => found == wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_listed_by_name_or_family() {
        let wanted = Wanted { types: Some("launch.started, lease.*".into()), ..Wanted::default() };
        for (name, takes) in [("launch.started", true), ("launch.finished", false), ("lease.granted", true)] {
            assert_eq!(wanted.takes(&json!({"type": name})), takes, "{name}");
        }
        let wanted = Wanted { group: Some("G".into()), ..Wanted::default() };
        assert!(wanted.takes(&json!({"type": "x", "group": "G"})));
        assert!(!wanted.takes(&json!({"type": "x", "group": "H"})) && !wanted.takes(&json!({"type": "x"})));
    }
}
