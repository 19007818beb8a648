//! What a pool serves of one file.

use std::path::Path;

use jiff::Timestamp;
use lariat_core::account::AccountRow;
use serde_json::Value;

use crate::error::{AccountError, Fault, FileProblem};
use crate::scan::Found;
use crate::{packs, path, text, xml};

/// An account, ready to be served, and what it is selected and ordered by.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) row: AccountRow,
    pub(super) packs: i64,
    pub(super) modified: Option<Timestamp>,
}

/// A file's accounts, or why there are none.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The file as seen from the workspace.
    pub(super) path: String,
    pub(super) candidates: Vec<Candidate>,
    pub(super) warnings: Vec<FileProblem>,
}

impl Content {
    /// Reads a file; `None` if it is gone since it was listed.
    pub(super) fn read(file: &Found, workspace: &Path) -> Option<Self> {
        let mut content = Self { path: path::seen_from(&file.path, workspace), ..Self::default() };
        if let Err(fault) = content.fill(file) {
            if fault.error == AccountError::Missing {
                return None;
            }
            content.warnings.push(fault.in_file(&content.path));
        }
        Some(content)
    }

    fn fill(&mut self, file: &Found) -> Result<(), Fault> {
        let stem = path::stem(&file.path)?;
        let bytes = text::read(&file.path, file.stamp.size, xml::MAX_BYTES)?;
        let found = xml::parse(&bytes, stem)?;
        let modified = file.stamp.modified();
        // Always as many digits, so that the texts sort as the times do.
        let last_modified = modified.map_or(Value::Null, |time| format!("{time:.3}").into());
        self.warnings.extend(found.warnings.iter().map(|fault| fault.in_file(&self.path)));
        for record in found.records {
            let mut fields = record.fields;
            let packs = packs::count(&fields, stem).unwrap_or_default();
            fields.insert("xml_path".into(), self.path.clone().into());
            fields.insert("pack_count".into(), packs.into());
            fields.insert("last_modified".into(), last_modified.clone());
            self.candidates.push(Candidate { row: AccountRow::new(record.id, fields), packs, modified });
        }
        Ok(())
    }
}
