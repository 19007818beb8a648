//! A YAML file as a tree that remembers places: which line and column each key and
//! value has. The values themselves come from serde_yaml.

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In characters, from 0.
    pub index: usize,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Mark {
    pub const START: Mark = Mark { index: 0, line: 1, column: 1 };
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    /// `|` or `>`.
    Block,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar { text: String, style: Style },
    Sequence { items: Vec<Node>, flow: bool },
    Mapping { entries: Vec<Entry>, flow: bool },
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub kind: Kind,
    pub start: Mark,
    /// In characters; of a block collection, the end of its last value.
    pub end: usize,
    /// Whether it stands here by `*alias`, so that its marks are those of the anchor.
    pub alias: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub key_start: Mark,
    /// In characters.
    pub key_end: usize,
    pub value: Node,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Where a path leads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    /// The key, if the value has one.
    pub entry: Option<&'a Entry>,
    pub node: &'a Node,
}

impl Found<'_> {
    /// The place to show for a problem with the value.
    pub fn value_mark(&self) -> Mark {
        match (&self.node.kind, self.entry) {
            // An empty value or a block under a key is better shown by its key.
            (Kind::Scalar { text, style: Style::Plain }, Some(entry)) if text.is_empty() => entry.key_start,
            (Kind::Scalar { style: Style::Block, .. }, Some(entry)) => entry.key_start,
            (Kind::Mapping { flow: false, .. } | Kind::Sequence { flow: false, .. }, Some(entry)) => {
                entry.key_start
            }
            _ => self.node.start,
        }
    }

    /// The place to show for a problem with the key.
    pub fn key_mark(&self) -> Mark {
        self.entry.map_or(self.node.start, |entry| entry.key_start)
    }
}

impl Node {
    /// Follows a path such as `query.filters[2].value`; keys may contain dots.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        Found { entry: None, node: self }.follow(path, &mut Vec::new())
    }

    /// The steps of a path that leads somewhere.
    pub fn steps(&self, path: &str) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        Found { entry: None, node: self }.follow(path, &mut steps)?;
        Some(steps)
    }

    /// The value at `path`, or what is nearest above it.
    pub fn nearest(&self, path: &str) -> Found<'_> {
        let mut path = path;
        loop {
            if let Some(found) = self.find(path) {
                return found;
            }
            match path.rfind(['.', '[']) {
                Some(cut) => path = path.get(..cut).unwrap_or_default(),
                None => return Found { entry: None, node: self },
            }
        }
    }

    /// How many nodes it is, itself included.
    pub fn count(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::Sequence { items, .. } => items.iter().map(Node::count).sum(),
            Kind::Mapping { entries, .. } => entries.iter().map(|entry| 1 + entry.value.count()).sum(),
        }
    }
}

impl<'a> Found<'a> {
    fn follow(self, path: &str, steps: &mut Vec<Step>) -> Option<Found<'a>> {
        if path.is_empty() {
            return Some(self);
        }
        match &self.node.kind {
            Kind::Scalar { .. } => None,
            Kind::Sequence { items, .. } => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let index = index.parse::<usize>().ok()?;
                steps.push(Step::Index(index));
                Found { entry: None, node: items.get(index)? }.follow(rest, steps)
            }
            Kind::Mapping { entries, .. } => {
                let path = path.strip_prefix('.').unwrap_or(path);
                let depth = steps.len();
                entries.iter().find_map(|entry| {
                    let rest = path.strip_prefix(entry.key.as_str())?;
                    if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                        return None;
                    }
                    steps.truncate(depth);
                    steps.push(Step::Key(entry.key.clone()));
                    Found { entry: Some(entry), node: &entry.value }.follow(rest, steps)
                })
            }
        }
    }
}
