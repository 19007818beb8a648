//! What can be wrong with an account file, and how it is told.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use lariat_core::ids::{AccountId, NameError};
use serde::Serialize;

use crate::place::Place;

/// What is wrong with a file, or with what was to be written. Messages say what to
/// do, and never quote a value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Nothing in it, or white space only.
    #[error("the file is empty; delete it, or put an account into it")]
    Empty,
    /// Longer than its kind may be.
    #[error("the file is {size} bytes long, and at most {limit} are read; split it")]
    TooLarge {
        /// Its length in bytes.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// It was there when its folder was listed, and isn't any more.
    #[error("there is no such file; correct the path, or create it")]
    Missing,
    /// The system refuses to read it.
    #[error("can't be read ({0}); check its permissions")]
    Unreadable(String),
    /// A pipe, a device, a name that isn't text, a kind that isn't known.
    #[error("{0}")]
    NotAccounts(String),
    /// A link, not followed.
    #[error("is a link that {0}, so it isn't followed; put the files themselves into the folder")]
    Link(&'static str),
    /// Bytes that are no UTF-8.
    #[error("isn't UTF-8 text; save the file as UTF-8")]
    NotUtf8,
    /// UTF-16, as some editors on Windows save.
    #[error("is UTF-16 text; save the file as UTF-8")]
    Utf16,
    /// An XML declaration that names another encoding.
    #[error("the XML declaration doesn't say UTF-8; save the file as UTF-8, and write encoding=\"UTF-8\"")]
    Encoding,
    /// A byte that no text holds.
    #[error("holds the byte 0x{0:02x}, which no text holds; this looks like a file of another kind")]
    Binary(u8),
    /// A document type, the door to entity bombs and to other files.
    #[error("a DOCTYPE is refused, since it can pull in other files; remove it")]
    Doctype,
    /// An entity other than XML's five.
    #[error(
        "unknown entity; only &lt; &gt; &amp; &apos; &quot; and &#NUMBER; are known, and a bare & is written &amp;"
    )]
    Entity,
    /// Not well-formed.
    #[error("{0}")]
    Syntax(String),
    /// Elements in elements in elements.
    #[error("elements are nested more than {0} deep; account files are flat")]
    TooDeep(usize),
    /// More fields than an account may have.
    #[error("an account of more than {0} fields; is this an account file?")]
    TooManyFields(usize),
    /// Text where elements are expected.
    #[error("text between the elements; put it into an element, as in <note>…</note>")]
    StrayText,
    /// `<account>` with elements in it.
    #[error("<account> holds other elements; write <account>ID</account> and the rest beside it")]
    NestedAccount,
    /// The file ends too early.
    #[error("the file ends before </{0}>; it seems to be cut off")]
    CutOff(String),
    /// No account, no field.
    #[error("holds no account; write <account>ID</account><password>SECRET</password>")]
    NoAccount,
    /// A field that can't be named so.
    #[error("a field's name {0}")]
    FieldName(NameError),
    /// A field that comes twice.
    #[error("\"{0}\" comes twice in one account; keep one of them (each account begins with its <account>)")]
    FieldTwice(String),
    /// A value that isn't what its element says.
    #[error("the value of \"{name}\" isn't {kind}")]
    Value {
        /// The field.
        name: String,
        /// `a whole number`, …
        kind: &'static str,
    },
    /// An id that can't be one.
    #[error("the account's id {0}")]
    Id(NameError),
    /// Several accounts, one of them without an id.
    #[error("an account without id; only a file with a single account may leave it out")]
    IdMissing,
    /// An id again.
    #[error("account \"{0}\" comes a second time; the first is kept")]
    Repeated(AccountId),
    /// An id that an earlier file holds.
    #[error("account \"{id}\" is already in {}; that one is kept", first.display())]
    RepeatedFile {
        /// The account.
        id: AccountId,
        /// The file that holds it first.
        first: PathBuf,
    },
    /// So many more of the same.
    #[error("… and {0} more like these")]
    More(usize),
    /// A field's name that XML can't hold.
    #[error("account \"{id}\" has a field whose name XML can't hold; export as JSON")]
    NotForXml {
        /// The account.
        id: AccountId,
    },
    /// Writing failed.
    #[error("can't be written ({0}); check the disk and the permissions")]
    Unwritable(String),
}

impl AccountError {
    pub(crate) fn reading(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// What is wrong, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{error}", place.map(|place| format!("{}:{}: ", place.line, place.column)).unwrap_or_default())]
pub struct Fault {
    /// Where; `None` when it is the file as a whole.
    pub place: Option<Place>,
    /// What.
    pub error: AccountError,
}

impl Fault {
    pub(crate) fn at(place: Place, error: AccountError) -> Self {
        Self { place: Some(place), error }
    }

    /// The same fault, of a file.
    pub fn in_file(&self, file: impl Into<PathBuf>) -> FileProblem {
        FileProblem {
            file: file.into(),
            line: self.place.map(|place| place.line),
            column: self.place.map(|place| place.column),
            message: self.error.to_string(),
        }
    }
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        Self { place: None, error }
    }
}

/// What is wrong with a file; `Display` writes `file:line:column: message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileProblem {
    /// The file or folder.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl FileProblem {
    /// The same, with the path as seen from `base` if it lies there.
    pub fn seen_from(mut self, base: &Path) -> Self {
        if let Ok(inside) = self.file.strip_prefix(base) {
            self.file = inside.to_path_buf();
        }
        self
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.message)
    }
}
