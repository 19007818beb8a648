//! An account as a file gives it.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lariat_core::ids::AccountId;
use serde_json::{Map, Value};

use super::kind::Kind;
use crate::packs;
use crate::path;
use crate::record::Record;
use crate::scan::Found;

/// An account from a file. `Debug` leaves the fields out, since they may be secrets.
#[derive(Clone, PartialEq)]
pub struct ImportedAccount {
    /// What the account is known by.
    pub id: AccountId,
    /// What the file says about it. One from XML has `pack_count`, where a field or
    /// the file's name tells it.
    pub fields: Map<String, Value>,
    /// Its XML file, as seen from the workspace (with `/` between the parts), absolute
    /// if it lies elsewhere. `None` for an account from a table.
    pub xml_path: Option<String>,
    /// When its XML file was last modified.
    pub last_modified: Option<Timestamp>,
    /// The file that it comes from.
    pub origin: PathBuf,
}

impl ImportedAccount {
    pub(super) fn new(record: Record, file: &Found, kind: Kind, base: &Path) -> Self {
        let Record { id, mut fields, .. } = record;
        let origin = file.path.clone();
        if kind != Kind::Xml {
            return Self { id, fields, xml_path: None, last_modified: None, origin };
        }
        if let Some(count) = packs::count(&fields, path::stem(&origin).unwrap_or_default()) {
            fields.insert("pack_count".into(), count.into());
        }
        let xml_path = Some(path::seen_from(&origin, base));
        Self { id, fields, xml_path, last_modified: file.stamp.modified(), origin }
    }
}

impl fmt::Debug for ImportedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImportedAccount({}, {})", self.id, self.origin.display())
    }
}
