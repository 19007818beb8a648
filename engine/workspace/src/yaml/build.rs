//! Builds the tree from the parser's events, within limits.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::yaml::text::Wrong;
use crate::yaml::tree::{Entry, Kind, Mark, Node, Style};
use crate::yaml::{refuse, syntax};

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 64;
/// How many nodes aliases may stand for, all together.
const MAX_ALIASED: usize = 10_000;
/// How many nodes may carry anchors or stand below them; each is kept once more.
const MAX_ANCHORED: usize = 100_000;

/// The tree of a text; `None` if there is nothing but comments.
pub(super) fn tree(text: &str) -> Result<Option<Node>, Wrong> {
    let mut builder = Builder { text: text.chars().collect(), ..Builder::default() };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) =
            next.map_err(|error| unreadable(text, error.info(), mark(error.marker()), &builder))?;
        builder.event(event, span).map_err(|wrong| {
            let path = match (builder.path(), wrong.path.as_str()) {
                (path, "") => path,
                (path, key) if path.is_empty() => key.to_owned(),
                (path, key) => format!("{path}.{key}"),
            };
            Wrong { path, ..wrong }
        })?;
    }
    Ok(builder.root)
}

/// A complaint of the parser, with the lines it is about.
fn unreadable(text: &str, info: &str, mark: Mark, builder: &Builder) -> Wrong {
    let lines: Vec<&str> = text.lines().collect();
    let line = |number: usize| lines.get(number.saturating_sub(1)).copied().unwrap_or_default();
    let tab =
        |line: &str| line.chars().position(|c| c != ' ').filter(|at| line.chars().nth(*at) == Some('\t'));
    // The parser may tell the line above the one with the tab.
    let tabbed = [mark.line, mark.line + 1].into_iter().find_map(|number| Some((number, tab(line(number))?)));
    let mark = match tabbed {
        Some((number, at)) if info.contains("tab") => Mark { line: number, column: at + 1, ..mark },
        _ => mark,
    };
    let above = lines.iter().take(mark.line.saturating_sub(1)).rev();
    let previous = above.copied().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Wrong { mark, path: builder.path(), message: syntax::explain(info, line(mark.line), previous) }
}

fn mark(marker: &Marker) -> Mark {
    Mark { index: marker.index(), line: marker.line(), column: marker.col() + 1 }
}

/// A collection that isn't closed yet.
struct Open {
    node: Node,
    anchor: usize,
    keys: HashMap<String, usize>,
    key: Option<(String, Mark, usize)>,
}

#[derive(Default)]
struct Builder {
    text: Vec<char>,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    open_anchors: HashSet<usize>,
    aliased: usize,
    anchored: usize,
    documents: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Wrong> {
        let (start, end) = (mark(&span.start), span.end.index());
        let flow = start.index != end;
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Wrong::at(
                        start,
                        "a second document begins here; a file holds one definition, so split the file",
                    ));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse::tag(tag, start)?;
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                if style == Style::Plain {
                    refuse::number(&text, self.expects_key(), start)?;
                }
                let end = match style {
                    Style::Single => self.closed(start.index, '\''),
                    Style::Double => self.closed(start.index, '"'),
                    Style::Plain | Style::Block => end,
                };
                let kind = Kind::Scalar { text: text.into_owned(), style };
                self.add(Node { kind, start, end, alias: false }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse::tag(tag, start)?;
                self.begin(Kind::Sequence { items: Vec::new(), flow }, anchor, start)
            }
            Event::MappingStart(anchor, tag) => {
                refuse::tag(tag, start)?;
                self.begin(Kind::Mapping { entries: Vec::new(), flow }, anchor, start)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, anchor, .. }) = self.open.pop() else { return Ok(()) };
                node.end = match &node.kind {
                    Kind::Sequence { items, flow: false } => {
                        items.last().map_or(node.start.index, |item| item.end)
                    }
                    Kind::Mapping { entries, flow: false } => {
                        entries.last().map_or(node.start.index, entry_end)
                    }
                    // Just the bracket; the parser counts the comment behind it too.
                    _ => start.index + 1,
                };
                self.open_anchors.remove(&anchor);
                self.add(node, anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, start, end),
            _ => Ok(()),
        }
    }

    /// Where the quoted text ends that begins at `from`; the parser counts the blanks
    /// and the comment behind it too.
    fn closed(&self, from: usize, quote: char) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let mut chars = rest.iter().enumerate().skip_while(|(_, c)| **c != quote).skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            let doubled = quote == '\'' && chars.peek().is_some_and(|(_, next)| **next == quote);
            if (*c == '\\' && quote == '"') || (*c == quote && doubled) {
                chars.next();
            } else if *c == quote {
                return from + at + 1;
            }
        }
        self.text.len()
    }

    /// The path of what is being read.
    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            match (&open.node.kind, &open.key) {
                (Kind::Sequence { items, .. }, _) => path.push_str(&format!("[{}]", items.len())),
                (_, Some((key, ..))) if path.is_empty() => path.push_str(key),
                (_, Some((key, ..))) => path.push_str(&format!(".{key}")),
                _ => {}
            }
        }
        path
    }

    fn expects_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.key.is_none() && matches!(open.node.kind, Kind::Mapping { .. }))
    }

    fn begin(&mut self, kind: Kind, anchor: usize, start: Mark) -> Result<(), Wrong> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Wrong::at(start, format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        if anchor != 0 {
            self.open_anchors.insert(anchor);
        }
        let node = Node { kind, start, end: start.index, alias: false };
        self.open.push(Open { node, anchor, keys: HashMap::new(), key: None });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, start: Mark, end: usize) -> Result<(), Wrong> {
        if self.open_anchors.contains(&anchor) {
            return Err(Wrong::at(start, "the alias stands inside its own anchor"));
        }
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(Wrong::at(start, "the alias names no anchor above it"));
        };
        self.aliased += target.count();
        if self.aliased > MAX_ALIASED {
            return Err(Wrong::at(
                start,
                format!("aliases stand for more than {MAX_ALIASED} values; write the values out"),
            ));
        }
        let mut node = target.clone();
        node.alias = true;
        (node.start, node.end) = (start, end);
        self.add(node, 0)
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        if anchor != 0 {
            self.anchored += node.count();
            if self.anchored > MAX_ANCHORED {
                return Err(Wrong::at(node.start, "there is too much below anchors; write the values out"));
            }
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.kind {
            Kind::Sequence { items, .. } => items.push(node),
            Kind::Mapping { entries, .. } => match parent.key.take() {
                None => parent.key = Some(refuse::key(node, &mut parent.keys)?),
                Some((key, key_start, key_end)) => {
                    entries.push(Entry { key, key_start, key_end, value: node });
                }
            },
            Kind::Scalar { .. } => {}
        }
        Ok(())
    }
}

/// Where an entry ends; one without a value ends with its key.
fn entry_end(entry: &Entry) -> usize {
    entry.value.end.max(entry.key_end)
}
