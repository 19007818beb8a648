//! Well-formed XML as a flat row of the elements that hold values.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::MAX_DEPTH;
use crate::error::{AccountError, Fault};
use crate::place::Place;

/// An element that holds a value and no elements, except for a `set`, whose elements
/// are its items.
pub(super) struct Leaf<'a> {
    pub(super) tag: &'a str,
    pub(super) name: Option<String>,
    pub(super) value: Option<String>,
    pub(super) text: Cow<'a, str>,
    pub(super) items: Vec<String>,
    /// How many elements are around it, not counting `<map>`.
    pub(super) depth: usize,
    pub(super) offset: usize,
}

/// All such elements, in the order in which they begin.
pub(super) fn leaves(text: &str) -> Result<Vec<Leaf<'_>>, Fault> {
    if let Some(at) = text.bytes().position(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        let byte = text.as_bytes().get(at).copied().unwrap_or_default();
        return Err(Fault::at(Place::of(text.as_bytes(), at), AccountError::Binary(byte)));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut parser = Parser { text, open: Vec::new(), leaves: Vec::new() };
    loop {
        let offset = position(reader.buffer_position());
        let at = |offset, error| Fault::at(Place::of(text.as_bytes(), offset), error);
        let event =
            reader.read_event().map_err(|error| at(position(reader.error_position()), syntax(&error)))?;
        let done = matches!(event, Event::Eof);
        // The end of the file says little about where an element was left open.
        let offset = match (done, parser.open.last()) {
            (true, Some(open)) => open.leaf.offset,
            _ => offset,
        };
        parser.take(event, offset).map_err(|error| at(offset, error))?;
        if done {
            return Ok(parser.leaves);
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    open: Vec<Open<'a>>,
    leaves: Vec<Leaf<'a>>,
}

struct Open<'a> {
    leaf: Leaf<'a>,
    has_elements: bool,
}

impl Open<'_> {
    fn is_set(&self) -> bool {
        self.leaf.tag == "set" && self.leaf.name.is_some()
    }

    fn is_map(&self) -> bool {
        self.leaf.tag == "map" && self.leaf.name.is_none()
    }
}

impl<'a> Parser<'a> {
    fn take(&mut self, event: Event<'a>, offset: usize) -> Result<(), AccountError> {
        match event {
            Event::Start(element) => self.start(&element, offset),
            Event::End(_) => self.end(),
            Event::Text(text) => self.append(text.xml10_content()),
            Event::CData(text) => self.append(text.xml10_content()),
            Event::GeneralRef(reference) => self.append(resolve(&reference)?),
            Event::DocType(_) => Err(AccountError::Doctype),
            Event::Decl(declaration) => check_encoding(&declaration, self.text),
            Event::Eof => match self.open.last() {
                Some(open) => Err(AccountError::CutOff(open.leaf.tag.to_owned())),
                None => Ok(()),
            },
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) => Ok(()),
        }
    }

    fn start(&mut self, element: &BytesStart<'a>, offset: usize) -> Result<(), AccountError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(AccountError::TooDeep(MAX_DEPTH));
        }
        if let Some(parent) = self.open.last_mut() {
            if parent.leaf.tag == "account" {
                return Err(AccountError::NestedAccount);
            }
            if !parent.leaf.text.trim().is_empty() {
                return Err(AccountError::StrayText);
            }
            parent.has_elements = true;
        }
        let mut leaf = Leaf {
            // The event owns its name; the text holds the same for longer.
            tag: self.text.get(offset + 1..offset + 1 + element.name().as_ref().len()).unwrap_or_default(),
            name: None,
            value: None,
            text: Cow::Borrowed(""),
            items: Vec::new(),
            depth: self.open.iter().filter(|open| !open.is_map()).count(),
            offset,
        };
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| AccountError::Syntax(error.to_string()))?;
            let target = match attribute.key.as_ref() {
                "name" => &mut leaf.name,
                "value" => &mut leaf.value,
                _ => continue,
            };
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            *target = Some(value.map_err(|error| syntax(&error))?.into_owned());
        }
        self.open.push(Open { leaf, has_elements: false });
        Ok(())
    }

    fn end(&mut self) -> Result<(), AccountError> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        if let Some(parent) = self.open.last_mut()
            && parent.is_set()
        {
            parent.leaf.items.push(closed.leaf.text.into_owned());
        } else if closed.is_set() || !closed.has_elements && !closed.is_map() {
            self.leaves.push(closed.leaf);
        }
        Ok(())
    }

    fn append(&mut self, more: Cow<'a, str>) -> Result<(), AccountError> {
        let stray = |text: &str| !text.trim().is_empty();
        match self.open.last_mut() {
            Some(open) if !open.has_elements => {
                if open.leaf.text.is_empty() {
                    open.leaf.text = more;
                } else {
                    open.leaf.text.to_mut().push_str(&more);
                }
                Ok(())
            }
            _ if stray(&more) => Err(AccountError::StrayText),
            _ => Ok(()),
        }
    }
}

fn resolve<'a>(reference: &BytesRef<'a>) -> Result<Cow<'a, str>, AccountError> {
    if let Some(known) = resolve_predefined_entity(reference) {
        return Ok(Cow::Borrowed(known));
    }
    match reference.resolve_char_ref() {
        Ok(Some(c)) if c >= ' ' || matches!(c, '\t' | '\n' | '\r') => Ok(Cow::Owned(c.to_string())),
        _ => Err(AccountError::Entity),
    }
}

fn check_encoding(declaration: &BytesDecl<'_>, text: &str) -> Result<(), AccountError> {
    match declaration.encoding() {
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") || text.is_ascii() => Ok(()),
        Some(_) => Err(AccountError::Encoding),
        None => Ok(()),
    }
}

fn syntax(error: &Error) -> AccountError {
    match error {
        Error::Escape(_) | Error::IllFormed(IllFormedError::UnclosedReference) => AccountError::Entity,
        other => AccountError::Syntax(other.to_string()),
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
