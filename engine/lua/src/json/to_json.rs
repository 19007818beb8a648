//! Lua to JSON, with limits: a small table can be a large JSON text, or an endless one.

use std::ffi::c_void;
use std::fmt;

use mlua::{Table, Value};
use serde_json::{Map, Value as Json};

use crate::names::type_of;

/// The largest number up to which Lua holds every integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How large a JSON text may become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// About so many bytes.
    pub(crate) bytes: usize,
    /// Tables in tables.
    pub(crate) depth: usize,
}

/// What has no JSON form, and where it is: `.found[3] is a function, …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoJson {
    path: Vec<String>,
    why: String,
}

impl fmt::Display for NoJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("it")?;
        }
        for part in self.path.iter().rev() {
            f.write_str(part)?;
        }
        write!(f, " {}", self.why)
    }
}

impl NoJson {
    fn new(why: impl Into<String>) -> Self {
        Self { path: Vec::new(), why: why.into() }
    }
    fn at(mut self, part: String) -> Self {
        self.path.push(part);
        self
    }
}

/// The JSON of a Lua value. Runs no code of the script: metatables are ignored.
pub(crate) fn to_json(value: &Value, limits: Limits) -> Result<Json, NoJson> {
    Converter { limits, left: limits.bytes, above: Vec::new() }.convert(value)
}

struct Converter {
    limits: Limits,
    left: usize,
    above: Vec<*const c_void>,
}

impl Converter {
    fn spend(&mut self, bytes: usize) -> Result<(), NoJson> {
        let limit = self.limits.bytes;
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| NoJson::new(format!("is larger than {limit} bytes of JSON")))?;
        Ok(())
    }

    fn convert(&mut self, value: &Value) -> Result<Json, NoJson> {
        self.spend(2)?;
        Ok(match value {
            Value::Nil => Json::Null,
            Value::LightUserData(null) if null.0.is_null() => Json::Null,
            Value::Boolean(yes) => Json::Bool(*yes),
            Value::Integer(integer) => Json::from(*integer),
            Value::Number(number) => self.number(*number)?,
            Value::String(text) => {
                let text = text.to_str().map_err(|_| {
                    NoJson::new("is not UTF-8 text; JSON has no bytes, encode them as hex or base64")
                })?;
                self.spend(text.len())?;
                Json::String(text.to_owned())
            }
            Value::Table(table) => self.table(table)?,
            other => {
                return Err(NoJson::new(format!("is a {}, which JSON can't hold", type_of(other))));
            }
        })
    }

    #[allow(clippy::cast_possible_truncation)]
    fn number(&mut self, number: f64) -> Result<Json, NoJson> {
        self.spend(6)?;
        if number.fract() == 0.0 && number.abs() <= EXACT {
            return Ok(Json::from(number as i64));
        }
        serde_json::Number::from_f64(number)
            .map(Json::Number)
            .ok_or_else(|| NoJson::new(format!("is {number}, which JSON can't hold")))
    }

    fn table(&mut self, table: &Table) -> Result<Json, NoJson> {
        let address = table.to_pointer();
        if self.above.contains(&address) {
            return Err(NoJson::new("is a table that contains itself"));
        }
        if self.above.len() >= self.limits.depth {
            return Err(NoJson::new(format!("is nested deeper than {} tables", self.limits.depth)));
        }
        // Tables take their time: the limit of bytes is one of work, too.
        self.spend(14)?;
        self.above.push(address);
        let length = table.raw_len();
        let json = if length > 0 { self.list(table, length) } else { self.object(table) };
        self.above.pop();
        json
    }

    fn list(&mut self, table: &Table, length: usize) -> Result<Json, NoJson> {
        for pair in table.pairs::<Value, Value>() {
            let (key, _) = pair.map_err(|error| NoJson::new(error.to_string()))?;
            #[allow(clippy::cast_precision_loss)]
            let inside = match &key {
                Value::Integer(key) => usize::try_from(*key).is_ok_and(|key| (1..=length).contains(&key)),
                Value::Number(key) => key.fract() == 0.0 && (1.0..=length as f64).contains(key),
                _ => false,
            };
            if !inside {
                let key = show(&key);
                return Err(NoJson::new(format!(
                    "is a list of {length} that has the key {key} too; JSON has either"
                )));
            }
        }
        let mut items = Vec::new();
        for index in 1..=length {
            let item = table.raw_get(index).map_err(|error| NoJson::new(error.to_string()))?;
            if matches!(item, Value::Nil) {
                return Err(NoJson::new(format!("is a list with nothing at {index}; put lariat.null there")));
            }
            items.push(self.convert(&item).map_err(|error| error.at(format!("[{index}]")))?);
        }
        Ok(Json::Array(items))
    }

    fn object(&mut self, table: &Table) -> Result<Json, NoJson> {
        let mut fields = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair.map_err(|error| NoJson::new(error.to_string()))?;
            let name = match &key {
                Value::String(name) => name.to_str().ok().map(|name| name.to_owned()),
                _ => None,
            };
            let Some(name) = name else {
                let key = show(&key);
                return Err(NoJson::new(format!(
                    "has the key {key}; keys are texts, or 1 to n without a gap"
                )));
            };
            self.spend(name.len() + 3)?;
            let value = self.convert(&value).map_err(|error| error.at(format!(".{name}")))?;
            fields.push((name, value));
        }
        // An empty table is an object, unless it was decoded from a list.
        if fields.is_empty() && table.metatable().is_some_and(|mark| marks_list(&mark)) {
            return Ok(Json::Array(Vec::new()));
        }
        fields.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(Json::Object(fields.into_iter().collect::<Map<_, _>>()))
    }
}

fn marks_list(mark: &Table) -> bool {
    mark.weak_lua()
        .try_upgrade()
        .and_then(|lua| super::empty_list_mark(&lua).ok())
        .is_some_and(|known| known.to_pointer() == mark.to_pointer())
}

fn show(key: &Value) -> String {
    match key {
        Value::String(text) => format!("{:?}", text.to_string_lossy()),
        Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => key.to_string().unwrap_or_default(),
        other => format!("of type {}", type_of(other)),
    }
}
