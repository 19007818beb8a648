//! The words of a script. Comments and texts are left out, which is all that a scan
//! by words needs to be right nearly always.

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The word, the sign, or `""` for a text.
    pub(crate) text: &'a str,
    /// From 1.
    pub(crate) line: usize,
}

impl Token<'_> {
    /// Whether it is a name or a keyword.
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }
}

/// All words of a script in their order.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a>(Vec<Token<'a>>);

/// Signs of two characters that mean something else than their parts.
const PAIRS: [&str; 12] = ["==", "~=", "<=", ">=", "..", "::", "//", "->", "<<", ">>", "+=", "-="];

impl<'a> Tokens<'a> {
    /// Takes a script apart. Never fails: an unfinished text or comment ends it.
    pub(crate) fn of(source: &'a str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = source;
        let mut line = 1;
        while let Some(first) = rest.chars().next() {
            let (length, kept) = next(rest, first);
            let (word, tail) = rest.split_at(length.clamp(first.len_utf8(), rest.len()));
            match kept {
                Kept::Word => tokens.push(Token { text: word, line }),
                Kept::Text => tokens.push(Token { text: "", line }),
                Kept::Nothing => {}
            }
            line += word.bytes().filter(|byte| *byte == b'\n').count();
            rest = tail;
        }
        Self(tokens)
    }

    /// The words.
    pub(crate) fn all(&self) -> &[Token<'a>] {
        &self.0
    }

    /// Where `key = …` is written first, `["key"]` aside, or `function R.key`.
    pub(crate) fn line_of_key(&self, key: &str) -> Option<usize> {
        let assigned = |pair: &[Token<'a>]| match pair {
            [word, sign] if word.text == key && (sign.text == "=" || sign.text == "(") => Some(word.line),
            _ => None,
        };
        self.0.windows(2).find_map(assigned)
    }

    /// Where a function of this name is called first.
    pub(crate) fn line_of_call(&self, name: &str) -> Option<usize> {
        self.0.iter().find(|word| word.text == name).map(|word| word.line)
    }
}

enum Kept {
    Word,
    Text,
    Nothing,
}

/// How long the next piece is, and what of it is kept.
fn next(rest: &str, first: char) -> (usize, Kept) {
    if first.is_whitespace() {
        return (first.len_utf8(), Kept::Nothing);
    }
    if let Some(comment) = rest.strip_prefix("--") {
        let length = long(comment).or_else(|| comment.find('\n')).unwrap_or(comment.len());
        return (2 + length, Kept::Nothing);
    }
    if let Some(length) = long(rest) {
        return (length, Kept::Text);
    }
    if matches!(first, '"' | '\'' | '`') {
        return (quoted(rest, first), Kept::Text);
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if word(first) {
        return (rest.find(|c| !word(c)).unwrap_or(rest.len()), Kept::Word);
    }
    let pair = rest.get(..2).is_some_and(|pair| PAIRS.contains(&pair));
    (if pair { 2 } else { first.len_utf8() }, Kept::Word)
}

/// The length of a `[[…]]` or `[==[…]==]` at the beginning.
fn long(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.bytes().take_while(|byte| *byte == b'=').count();
    inner.get(level..)?.strip_prefix('[')?;
    let end = format!("]{}]", "=".repeat(level));
    Some(text.find(&end).map_or(text.len(), |at| at + end.len()))
}

/// The length of a quoted text at the beginning.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A text in quotes ends with its line at the latest.
            '\n' if quote != '`' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_left_out() {
        let source = "a -- b\n--[[ c\n d ]] e = [[ f ]] 'g\\'h' \"i\" `j` k.l:m(1)\n--[==[ n ]] ]==] o";
        let tokens = Tokens::of(source);
        let words: Vec<(&str, usize)> = tokens.all().iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(
            words,
            [
                ("a", 1),
                ("e", 3),
                ("=", 3),
                ("", 3),
                ("", 3),
                ("", 3),
                ("", 3),
                ("k", 3),
                (".", 3),
                ("l", 3),
                (":", 3),
                ("m", 3),
                ("(", 3),
                ("1", 3),
                (")", 3),
                ("o", 4)
            ]
        );
    }

    #[test]
    fn whatever_comes_it_ends() {
        for source in ["'", "[[", "--[[", "`", "\u{e4}", "[=", "a\\", "\"\\"] {
            Tokens::of(source);
        }
    }
}
