//! The type of a value that a file gives as bare text. One rule for the cells of a
//! CSV file and the plain elements of an XML file.

use lariat_core::secret::is_secret_name;
use serde_json::Value;

/// The value that a text stands for: a whole number as it is usually written (so
/// `007` and `+1` stay text), a number with a decimal point, `true` or `false`,
/// nothing, or else the text itself.
///
/// ```
/// use lariat_accounts::typed::value;
/// assert_eq!(value("37"), 37);
/// assert_eq!(value("0.5"), 0.5);
/// assert_eq!(value("007"), "007");
/// assert!(value("").is_null());
/// ```
pub fn value(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if let Some(number) = integer(text) {
        return number.into();
    }
    match float(text) {
        Some(number) => number.into(),
        None => text.into(),
    }
}

/// As [`value`], except that a secret is always text, so that it is masked even if
/// it consists of digits.
pub fn value_of(name: &str, text: &str) -> Value {
    match is_secret_name(name) && !text.is_empty() {
        true => text.into(),
        false => value(text),
    }
}

fn integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let usual = digits == "0" && number == 0 && !text.starts_with('-') || !digits.starts_with(['0', '+']);
    usual.then_some(number)
}

fn float(text: &str) -> Option<f64> {
    let (whole, rest) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (rest, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let usual = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    if !usual || !digits(fraction) || !exponent.is_none_or(digits) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_that_looks_unusual_stays_text() {
        for text in
            ["007", "+1", "-0", "1e5", ".5", "5.", "1.2.3", "0x10", "NaN", "inf", "00.5", "1.5e", " 3"]
        {
            assert_eq!(value(text), json!(text), "{text}");
        }
        assert_eq!(value("9223372036854775808"), json!("9223372036854775808"));
        assert_eq!(value("1.0e999"), json!("1.0e999"));
    }

    #[test]
    fn numbers_and_truths() {
        assert_eq!(value("0"), json!(0));
        assert_eq!(value("-12"), json!(-12));
        assert_eq!(value("-1.5e-3"), json!(-0.0015));
        assert_eq!(value("TRUE"), json!(true));
        assert_eq!(value("false"), json!(false));
    }

    #[test]
    fn a_secret_of_digits_is_text() {
        assert_eq!(value_of("devicePassword", "123456"), json!("123456"));
        assert_eq!(value_of("devicePassword", ""), json!(null));
    }
}
