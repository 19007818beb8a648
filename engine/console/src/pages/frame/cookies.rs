//! The two small cookies: the theme, and the message for the next page. Neither says who
//! asks.

use axum::http::{HeaderMap, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A cookie of the request.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    percent_decode_str(value).decode_utf8().ok().map(Into::into)
}

/// The header that sets a cookie for so many seconds; 0 removes it.
pub(super) fn write(name: &str, value: &str, seconds: u32) -> Option<HeaderValue> {
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict");
    HeaderValue::from_str(&text).ok()
}
