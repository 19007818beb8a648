//! Whether a comment got lost.

use std::collections::HashMap;
use std::path::Path;

use crate::yaml::Document;
use crate::yaml::tree::{Kind, Node};

/// Whether `before` has a comment that `after` hasn't.
pub(crate) fn lost(before: &str, after: &str) -> bool {
    let mut kept: HashMap<String, usize> = HashMap::new();
    for comment in comments(after) {
        *kept.entry(comment).or_default() += 1;
    }
    comments(before).into_iter().any(|comment| match kept.get_mut(&comment) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}

/// The comments of a text: from a `#` after white space, and not inside a value, to
/// the end of the line.
fn comments(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    if let Some(tree) = Document::from_text(text, Path::new("")).ok().as_ref().and_then(Document::tree) {
        spans(tree, &mut values);
    }
    values.sort_unstable();
    let mut values = values.into_iter().peekable();
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut before = '\n';
    for (index, c) in text.chars().enumerate() {
        while values.peek().is_some_and(|(_, end)| *end <= index) {
            values.next();
        }
        let inside = values.peek().is_some_and(|(start, _)| *start <= index);
        match &mut current {
            Some(comment) if c == '\n' => {
                found.push(comment.trim_end().to_owned());
                current = None;
            }
            Some(comment) => comment.push(c),
            None if c == '#' && before.is_whitespace() && !inside => current = Some("#".to_owned()),
            None => {}
        }
        before = c;
    }
    found.extend(current);
    found
}

/// Where scalars stand, in characters.
fn spans(node: &Node, found: &mut Vec<(usize, usize)>) {
    match &node.kind {
        _ if node.alias => {}
        Kind::Scalar { .. } => found.push((node.start.index, node.end)),
        Kind::Sequence { items, .. } => items.iter().for_each(|item| spans(item, found)),
        Kind::Mapping { entries, .. } => {
            for entry in entries {
                found.push((entry.key_start.index, entry.key_end));
                spans(&entry.value, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_inside_a_value_is_no_comment() {
        let text = "# one\na: 'x # no' # two\nb: |\n  # no\n  y\n# three\nc: d#no\n";
        assert_eq!(comments(text), ["# one", "# two", "# three"]);
    }

    #[test]
    fn comments_are_counted() {
        assert!(!lost("a: 1 # x\n", "a: 2 # x\n"));
        assert!(lost("# x\na: 1 # x\n", "a: 1 # x\n"));
    }
}
