//! Account files into the account table: reads what lies in files and folders.
//!
//! | part | does |
//! |---|---|
//! | `account` | an account as a file gives it |
//! | `kind` | which reader a file's name asks for |
//! | `files` | the files that a user's paths name, in a stable order |
//! | [`fingerprint`] | tells cheaply whether anything changed since |

mod account;
mod files;
mod fingerprint;
mod kind;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lariat_core::ids::AccountId;

pub use account::ImportedAccount;
pub use fingerprint::fingerprint;

use crate::error::{AccountError, Fault, FileProblem};
use crate::record::Records;
use crate::scan::Found;
use crate::{parallel, path, text};
use kind::Kind;

/// What files said about accounts.
#[derive(Debug, Default)]
pub struct ImportSet {
    /// The accounts in the order of the paths, each id once.
    pub accounts: Vec<ImportedAccount>,
    /// Files and folders of which nothing was read, and why.
    pub problems: Vec<FileProblem>,
    /// What else was passed over: ids that came again, links that weren't followed.
    pub warnings: Vec<FileProblem>,
}

/// How much is read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest CSV or JSON file, in bytes.
    pub max_table_bytes: u64,
    /// The longest XML file, in bytes.
    pub max_xml_bytes: u64,
}

impl Default for Limits {
    /// 64 MiB and 1 MiB.
    fn default() -> Self {
        Self { max_table_bytes: 64 * 1024 * 1024, max_xml_bytes: crate::xml::MAX_BYTES }
    }
}

/// Reads files and folders, the latter with all their folders: `.xml`, `.csv`, `.json`,
/// `.jsonl` and `.ndjson`; files of other kinds in a folder are ignored. Relative paths
/// start at `base`, the workspace. A bad file is a problem and is skipped; the rest is
/// read. Blocks; an async caller runs it in `spawn_blocking`.
pub fn read_paths(base: &Path, paths: &[String]) -> ImportSet {
    read_paths_within(base, paths, &Limits::default())
}

/// [`read_paths`] with other limits.
pub fn read_paths_within(base: &Path, paths: &[String], limits: &Limits) -> ImportSet {
    let base = path::absolute(base);
    let listed = files::files(&base, paths);
    let read = parallel::map(&listed.files, |(file, kind)| read_file(file, *kind, limits));
    let mut set = ImportSet { problems: listed.problems, warnings: listed.warnings, ..ImportSet::default() };
    let mut first_in: HashMap<AccountId, PathBuf> = HashMap::new();
    for ((file, kind), result) in listed.files.iter().zip(read) {
        let records = match result {
            Ok(records) => records,
            Err(fault) => {
                set.problems.push(fault.in_file(&file.path));
                continue;
            }
        };
        set.warnings.extend(records.warnings.iter().map(|fault| fault.in_file(&file.path)));
        for record in records.records {
            if let Some(first) = first_in.get(&record.id) {
                let first = first.strip_prefix(&base).unwrap_or(first).to_path_buf();
                let error = AccountError::RepeatedFile { id: record.id, first };
                set.warnings.push(Fault::at(record.place, error).in_file(&file.path));
                continue;
            }
            first_in.insert(record.id.clone(), file.path.clone());
            set.accounts.push(ImportedAccount::new(record, file, *kind, &base));
        }
    }
    for problems in [&mut set.problems, &mut set.warnings] {
        *problems = std::mem::take(problems).into_iter().map(|problem| problem.seen_from(&base)).collect();
    }
    set
}

fn read_file(file: &Found, kind: Kind, limits: &Limits) -> Result<Records, Fault> {
    let limit = match kind {
        Kind::Xml => limits.max_xml_bytes,
        Kind::Csv | Kind::Json => limits.max_table_bytes,
    };
    let bytes = text::read(&file.path, file.stamp.size, limit)?;
    match kind {
        Kind::Xml => crate::xml::parse(&bytes, path::stem(&file.path)?),
        Kind::Csv => crate::csv::parse(&bytes),
        Kind::Json => crate::json::parse(&bytes),
    }
}
