//! Environment variables in the texts of `lariat.yaml`: `${NAME}`, `${NAME:-default}`
//! where the variable is unset or empty, and `$$` for a dollar sign. A dollar sign
//! before anything else stands for itself.

/// A text with its variables replaced; `None` if there is nothing to replace.
///
/// # Errors
/// A variable that is unset and has no default, or a `${` that is no variable.
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
    if !text.contains("${") && !text.contains("$$") {
        return Ok(None);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let Some((inside, after)) = after.split_once('}') else {
                return Err("`${` has no `}`; write ${NAME}, or $${ for a `${` itself".to_owned());
            };
            out.push_str(&variable(inside, lookup)?);
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(Some(out))
}

fn variable(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!(
            "`${{{inside}}}` is not a variable; write ${{NAME}} or ${{NAME:-default}}, or $${{ for a `${{` itself"
        ));
    }
    match (lookup(name), default) {
        (Some(value), _) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (Some(empty), None) => Ok(empty),
        (None, None) => {
            Err(format!("the environment variable {name} is not set; set it, or write ${{{name}:-default}}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<Option<String>, String> {
        expand(text, &|name| match name {
            "HOST" => Some("db".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn variables_defaults_and_dollar_signs() {
        for (text, wanted) in [
            ("${HOST}", "db"),
            ("a ${HOST}:${PORT:-5432} b", "a db:5432 b"),
            ("${EMPTY:-x}${EMPTY}${GONE:-}", "x"),
            ("$${HOST} costs $$5 or $6", "${HOST} costs $5 or $6"),
            ("$$${HOST}", "$db"),
            ("${HOST:-a:-b}", "db"),
        ] {
            assert_eq!(expanded(text).unwrap().as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(expanded("pa$word $HOST").unwrap(), None);
    }

    #[test]
    fn what_is_no_variable_is_told() {
        for text in ["${GONE}", "${HOST", "${}", "${1}", "${a b}", "${HOST?}"] {
            assert!(expanded(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_variable_brings_no_variables_in() {
        let evil = |name: &str| (name == "A").then(|| "${B} $$".to_owned());
        assert_eq!(expand("${A}", &evil).unwrap().as_deref(), Some("${B} $$"));
    }
}
