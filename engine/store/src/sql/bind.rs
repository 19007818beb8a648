//! Values as SQLite takes them.

use lariat_core::definition::{Parameter, ParameterType, Problem};
use serde_json::Value;

/// One bound value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
}

impl Bound {
    /// A definition's value by its own type: `true` is 1, `false` is 0.
    pub(super) fn of(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Bool(value) => Ok(Self::Int((*value).into())),
            Value::String(text) => Ok(Self::Text(text.clone())),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Ok(Self::Int(whole)),
                (None, Some(real)) if !number.is_u64() => Ok(Self::Real(real)),
                _ => Err(format!("{number} is larger than a 64-bit number; the largest is {}", i64::MAX)),
            },
            Value::Array(_) | Value::Object(_) => Err("takes one text, number, true or false".to_owned()),
        }
    }

    /// A parameter by the type that it declares. The definition's own rules have
    /// checked that the value is of it.
    fn parameter(parameter: &Parameter) -> Result<Self, String> {
        let bound = Self::of(&parameter.value)?;
        Ok(match (parameter.parameter_type, bound) {
            // A float without a fraction reads as a whole number.
            (ParameterType::Float, Self::Int(_)) => parameter.value.as_f64().map_or(Self::Null, Self::Real),
            (_, bound) => bound,
        })
    }
}

/// The values of a raw query, in their order.
pub(super) fn parameters(parameters: &[Parameter]) -> Result<Vec<Bound>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut bound = Vec::with_capacity(parameters.len());
    for (index, parameter) in parameters.iter().enumerate() {
        match Bound::parameter(parameter) {
            Ok(value) => bound.push(value),
            Err(message) => problems.push(Problem::at(format!("query.parameters[{index}].value"), message)),
        }
    }
    if problems.is_empty() { Ok(bound) } else { Err(problems) }
}
