//! What YAML has and a definition doesn't take.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::Tag;

use crate::yaml::text::Wrong;
use crate::yaml::tree::{Kind, Mark, Node, Style};

/// The key that a node is, if it can be one and isn't there yet.
pub(super) fn key(node: Node, keys: &mut HashMap<String, usize>) -> Result<(String, Mark, usize), Wrong> {
    let Kind::Scalar { text, style } = node.kind else {
        return Err(Wrong::at(
            node.start,
            "a key must be a plain text; a text that begins with [ or { must be in quotes",
        ));
    };
    if text == "<<" && style == Style::Plain {
        return Err(Wrong::at(node.start, "merge keys (`<<`) are not supported; write the keys out"));
    }
    if let Some(first) = keys.insert(text.clone(), node.start.line) {
        let lines = format!("on line {first} and on line {}", node.start.line);
        let wrong = Wrong::at(node.start, format!("the key `{text}` is there twice, {lines}; keep one"));
        return Err(Wrong { path: text, ..wrong });
    }
    Ok((text, node.start, node.end))
}

/// No tag but `!!str`, which says what the text says anyway.
pub(super) fn tag(tag: Option<Cow<'_, Tag>>, start: Mark) -> Result<(), Wrong> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(()),
        Some(tag) => {
            let handle = if tag.is_yaml_core_schema() { "!!" } else { tag.handle.as_str() };
            Err(Wrong::at(
                start,
                format!(
                    "the YAML tag `{handle}{}` is not accepted; remove it, or put a text that begins with ! in quotes",
                    tag.suffix
                ),
            ))
        }
    }
}

/// Numbers that would become others, or nothing. A key is never a number.
pub(super) fn number(text: &str, is_key: bool, start: Mark) -> Result<(), Wrong> {
    if is_endless(text) {
        let message = format!("`{text}` is no number that is accepted; put it in quotes if it is a text");
        return Err(Wrong::at(start, message));
    }
    if !is_key && is_huge(text) {
        return Err(Wrong::at(start, "is too large for a number; put it in quotes if it is a text"));
    }
    Ok(())
}

/// YAML's infinities and not-a-number, which JSON and SQL don't have.
fn is_endless(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// A whole number that neither an i64 nor a u64 can hold.
fn is_huge(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole =
        !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}
