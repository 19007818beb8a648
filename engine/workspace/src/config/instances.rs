//! What bots run on.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use lariat_core::definition::Problem;
use lariat_core::ids::InstanceId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

/// Most instances that one workspace may list.
pub const MAX_INSTANCES: usize = 100_000;

/// One provider of instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceProviderConfig {
    /// What the instances are: `static`, numbers that stand for something outside and are
    /// always ready, or a provider in `scripts/providers/`.
    pub provider: String,
    /// Their ids: numbers, and ranges such as `"0-63"`.
    pub ids: InstanceIds,
    /// The parameters of a provider that is a script.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
}

/// Instance ids as a list of numbers and ranges, `[0, 1, "4-7"]`, or one range, `"0-63"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceIds(pub Vec<InstanceId>);

/// An id that is listed more than once.
pub(super) fn problems(providers: &[InstanceProviderConfig]) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, provider) in providers.iter().enumerate() {
        if let Some(id) = provider.ids.0.iter().find(|id| !seen.insert(**id)) {
            found.push(Problem::at(
                format!("instances[{index}].ids"),
                format!("the instance {id} is listed twice"),
            ));
        }
    }
    found
}

impl InstanceIds {
    fn push(&mut self, first: u32, last: u32) -> Result<(), String> {
        let more = u64::from(last.saturating_sub(first)) + 1;
        if self.0.len() as u64 + more > MAX_INSTANCES as u64 {
            return Err(format!("more than {MAX_INSTANCES} instances are not accepted"));
        }
        self.0.extend((first..=last).map(InstanceId));
        Ok(())
    }

    fn push_text(&mut self, text: &str) -> Result<(), String> {
        let wrong = || format!("{text:?} is neither an instance id nor a range of them; write 3 or \"0-63\"");
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(format!("{text:?} ends before it begins"));
        }
        self.push(first, last)
    }
}

impl Serialize for InstanceIds {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl<'de> Deserialize<'de> for InstanceIds {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> de::Visitor<'de> for IdsVisitor {
    type Value = InstanceIds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of instance ids like [0, 1, \"4-7\"]")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<InstanceIds, E> {
        let mut ids = InstanceIds::default();
        ids.push_text(text).map_err(E::custom)?;
        Ok(ids)
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<InstanceIds, A::Error> {
        let mut ids = InstanceIds::default();
        while let Some(Range(first, last)) = list.next_element()? {
            ids.push(first, last).map_err(de::Error::custom)?;
        }
        Ok(ids)
    }
}

/// One entry of the list.
struct Range(u32, u32);

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(RangeVisitor)
    }
}

struct RangeVisitor;

impl de::Visitor<'_> for RangeVisitor {
    type Value = Range;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance id like 3, or a range like \"0-63\"")
    }
    fn visit_u64<E: de::Error>(self, id: u64) -> Result<Range, E> {
        let id = u32::try_from(id)
            .map_err(|_| E::custom(format!("{id} is too large; the most is {}", u32::MAX)))?;
        Ok(Range(id, id))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Range, E> {
        let mut ids = InstanceIds::default();
        ids.push_text(text).map_err(E::custom)?;
        match (ids.0.first(), ids.0.last()) {
            (Some(first), Some(last)) => Ok(Range(first.0, last.0)),
            _ => Err(E::custom("names no instance")),
        }
    }
}

impl JsonSchema for InstanceIds {
    fn schema_name() -> Cow<'static, str> {
        "InstanceIds".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let range = r"^\s*[0-9]+\s*(-\s*[0-9]+\s*)?$|\$\{";
        json_schema!({
            "description": "[0, 1, \"4-7\"], or one range \"0-63\"",
            "oneOf": [
                {"type": "string", "pattern": range},
                {"type": "array", "items": {"oneOf": [
                    {"type": "integer", "minimum": 0},
                    {"type": "string", "pattern": range}
                ]}}
            ]
        })
    }
}
