//! The parser's complaints in people's words.

/// What a syntax error of the parser means, and what to do. `line` is the text of
/// the line at fault, `previous` the nearest one above that isn't empty.
pub(super) fn explain(info: &str, line: &str, previous: &str) -> String {
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    if indent.contains('\t') || info.contains("tabs disallowed") || info.contains("tab") {
        return "a tab is not allowed in the indentation; use spaces".to_owned();
    }
    let found = |what: &str| info.contains(what);
    let text = if found("recursion limit") {
        "is nested deeper than 64 levels"
    } else if found("mapping values are not allowed") {
        "a `:` is not allowed here; check the indentation, or put a text that contains `: ` in quotes"
    } else if found("unexpected end of stream") && found("quoted scalar") {
        "the quote that begins here is never closed"
    } else if found("unknown escape character") {
        "an escape in the double-quoted text is unknown; write \\\\ for a backslash, or use single quotes"
    } else if found("quoted scalar") {
        "the quoted text that begins here is never closed, or its next line isn't indented"
    } else if found("unknown anchor") {
        "the alias names no anchor above it; a text that begins with * must be in quotes"
    } else if found("simple key") {
        "this line is no `key: value`; add a `:`, or indent it if it belongs to the value above"
    } else if found("did not find expected '-' indicator") {
        "a `- ` is missing here; every entry of a list begins with one, in the same column"
    } else if (found("flow") || found("illegal placement")) && line.contains("${") {
        "inside [ ] and { }, a text with ${NAME} must be in quotes"
    } else if found("flow") || found("illegal placement of ':'") {
        "a `]`, `}` or `,` is missing before this"
    } else if found("unexpected character") {
        "a text can't begin with this character; put it in quotes"
    } else if found("document start") || found("expected key") || found("block mapping") || found("indent") {
        if indent.len() > previous.chars().take_while(|c| *c == ' ').count() {
            "the line is indented deeper than its neighbours; keys of one mapping stand in one column"
        } else {
            "the indentation doesn't fit the lines above; keys of one mapping stand in one column"
        }
    } else {
        return format!("not valid YAML: {info}");
    };
    text.to_owned()
}
