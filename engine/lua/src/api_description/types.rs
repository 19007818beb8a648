//! Types as they are written in the description, for LuaLS and for Luau.
//!
//! The notation is that of LuaLS, with the classes of the description by their bare
//! names, which begin with a capital letter.

use std::fmt::Write;

/// A type that was read.
#[derive(Debug)]
enum Type<'a> {
    /// `string`, `Account`, or `"before"`.
    Word(&'a str),
    /// `T[]`
    List(Box<Type<'a>>),
    /// `T?`
    Maybe(Box<Type<'a>>),
    /// `table<K, V>`
    Table(Box<Type<'a>>, Box<Type<'a>>),
    /// `A|B`
    Either(Vec<Type<'a>>),
    /// `fun(a: T, b?: U): R, S`
    Function(Vec<(&'a str, Type<'a>)>, Vec<Type<'a>>),
}

/// As LuaLS reads it: classes get their prefix.
pub(super) fn for_luals(ty: &str) -> String {
    let mut out = String::new();
    let mut rest = ty;
    let mut quoted = false;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(if word == 0 { first.len_utf8() } else { word });
        quoted ^= piece == "\"";
        if !quoted && first.is_ascii_uppercase() {
            out.push_str("lariat.");
        }
        out.push_str(piece);
        rest = tail;
    }
    out
}

/// As Luau reads it.
pub(super) fn for_luau(ty: &str) -> String {
    let mut reader = Reader { rest: ty };
    let read = reader.union();
    debug_assert!(reader.rest.trim().is_empty(), "{ty}: {} is left", reader.rest);
    let mut out = String::new();
    luau(&read, &mut out);
    out
}

fn luau(ty: &Type<'_>, out: &mut String) {
    match ty {
        Type::Word("integer") => out.push_str("number"),
        Type::Word("function") => out.push_str("(...any) -> ...any"),
        Type::Word(word) if word.starts_with(|c: char| c.is_ascii_uppercase()) => {
            // Writing to a text can't fail.
            let _ = write!(out, "Lariat{word}");
        }
        Type::Word(word) => out.push_str(word),
        Type::List(item) => {
            out.push_str("{ ");
            luau(item, out);
            out.push_str(" }");
        }
        Type::Maybe(inner) => {
            let wrap = matches!(**inner, Type::Either(_) | Type::Function(..));
            out.push_str(if wrap { "(" } else { "" });
            luau(inner, out);
            out.push_str(if wrap { ")?" } else { "?" });
        }
        Type::Table(key, value) => {
            out.push_str("{ [");
            luau(key, out);
            out.push_str("]: ");
            luau(value, out);
            out.push_str(" }");
        }
        Type::Either(parts) => {
            for (at, part) in parts.iter().enumerate() {
                out.push_str(if at > 0 { " | " } else { "" });
                let wrap = matches!(part, Type::Function(..));
                out.push_str(if wrap { "(" } else { "" });
                luau(part, out);
                out.push_str(if wrap { ")" } else { "" });
            }
        }
        Type::Function(params, returns) => {
            out.push('(');
            for (at, (name, ty)) in params.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                let _ = write!(out, "{name}: ");
                luau(ty, out);
            }
            out.push_str(") -> ");
            returned(returns, out);
        }
    }
}

fn returned(returns: &[Type<'_>], out: &mut String) {
    let wrap = returns.len() != 1 || matches!(returns.first(), Some(Type::Either(_)));
    out.push_str(if wrap { "(" } else { "" });
    for (at, ty) in returns.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        luau(ty, out);
    }
    out.push_str(if wrap { ")" } else { "" });
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let length = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len()),
        };
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        word
    }

    fn union(&mut self) -> Type<'a> {
        let first = self.postfix();
        let mut parts = vec![first];
        while self.take("|") {
            parts.push(self.postfix());
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => Type::Either(parts.into_iter().chain(last).collect()),
        }
    }

    fn postfix(&mut self) -> Type<'a> {
        let mut ty = self.atom();
        loop {
            ty = if self.take("[]") {
                Type::List(Box::new(ty))
            } else if self.take("?") {
                Type::Maybe(Box::new(ty))
            } else {
                return ty;
            };
        }
    }

    fn atom(&mut self) -> Type<'a> {
        if self.take("(") {
            let inner = self.union();
            self.take(")");
            return inner;
        }
        match self.word() {
            "fun" => self.function(),
            "table" if self.take("<") => {
                let key = self.union();
                self.take(",");
                let value = self.union();
                self.take(">");
                Type::Table(Box::new(key), Box::new(value))
            }
            word => Type::Word(word),
        }
    }

    fn function(&mut self) -> Type<'a> {
        let mut params = Vec::new();
        self.take("(");
        while !self.take(")") && !self.rest.is_empty() {
            let name = self.word();
            let optional = self.take("?");
            self.take(":");
            let ty = self.union();
            params.push((name, if optional { Type::Maybe(Box::new(ty)) } else { ty }));
            self.take(",");
        }
        let mut returns = Vec::new();
        if self.take(":") {
            returns.push(self.union());
            while self.take(",") {
                returns.push(self.union());
            }
        }
        Type::Function(params, returns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_for_both() {
        let cases = [
            ("string", "string", "string"),
            ("integer[]?", "integer[]?", "{ number }?"),
            ("table<string, Param>", "table<string, lariat.Param>", "{ [string]: LariatParam }"),
            ("\"Early\"|\"late\"", "\"Early\"|\"late\"", "\"Early\" | \"late\""),
            (
                "Account[]|(fun(): Account?)",
                "lariat.Account[]|(fun(): lariat.Account?)",
                "{ LariatAccount } | (() -> LariatAccount?)",
            ),
            (
                "fun(given?: Plan, n: integer): boolean, string?",
                "fun(given?: lariat.Plan, n: integer): boolean, string?",
                "(given: LariatPlan?, n: number) -> (boolean, string?)",
            ),
        ];
        for (ty, luals, luau) in cases {
            assert_eq!((for_luals(ty).as_str(), for_luau(ty).as_str()), (luals, luau));
        }
    }
}
