//! Something wrong at one place of a definition.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong, with the key's path (`query.parameters[2].type`), so
/// that whoever read the file can tell the line and column. The message says what
/// is accepted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The path of the key; empty for the document as a whole.
    pub path: String,
    /// What is wrong, and what is accepted.
    pub message: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// The nearest of `known` to a mistyped `word`, near enough to be meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let length = candidate.chars().count();
            *distance <= 1 + length / 4 && *distance * 2 <= length
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// `unknown NOUN "word"`, with the likely meaning or else all that is known.
pub fn unknown<'a>(noun: &str, word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(meant) = did_you_mean(word, known.clone()) {
        return format!("unknown {noun} \"{word}\"; did you mean \"{meant}\"?");
    }
    let known: Vec<&str> = known.into_iter().collect();
    match known.as_slice() {
        [] => format!("unknown {noun} \"{word}\"; there is none yet"),
        many => format!("unknown {noun} \"{word}\"; there is {}", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_near_words_only() {
        let known = ["retry_failed", "max_failures", "sort_method"];
        assert_eq!(did_you_mean("retry_faild", known), Some("retry_failed"));
        assert_eq!(did_you_mean("MAX_FAILURES", known), Some("max_failures"));
        assert_eq!(did_you_mean("colour", known), None);
    }
}
