//! Account XML.
//!
//! Two forms, which may be mixed; a declaration and elements around them are fine:
//! ```xml
//! <account>ID</account><password>SECRET</password>
//! ```
//! ```xml
//! <map>
//!   <string name="deviceAccount">ID</string>
//!   <string name="devicePassword">SECRET</string>
//!   <int name="packs" value="3" />
//! </map>
//! ```
//! The first is a row of elements, each a field, whose text is typed as a CSV cell is;
//! every further `<account>` begins another account. The second is what Android keeps
//! of an app's preferences; its entries say their types. The id is the account in the
//! file, else the file's stem.
//!
//! | part | does |
//! |---|---|
//! | `leaf` | well-formed XML into a flat row of elements, within the limits |
//! | `entry` | one element into a field with its type |
//! | `account` | the row into accounts |

mod account;
mod entry;
mod leaf;
#[cfg(test)]
mod tests;

use crate::error::Fault;
use crate::record::Records;
use crate::text;

/// The longest XML file that is read, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// How deep elements may be nested.
pub const MAX_DEPTH: usize = 16;

/// Reads account XML. `stem` is the file's name without its extension, the id of an
/// account that doesn't say its own.
///
/// ```
/// let found = lariat_accounts::xml::parse(b"<account>a1</account><password>s</password>", "x")?;
/// assert_eq!(found.records[0].id.as_str(), "a1");
/// # Ok::<(), lariat_accounts::Fault>(())
/// ```
///
/// # Errors
/// The first thing that is wrong, with its place; nothing of such a file is taken.
pub fn parse(bytes: &[u8], stem: &str) -> Result<Records, Fault> {
    let text = text::decode(bytes)?;
    let leaves = leaf::leaves(text)?;
    account::accounts(text, &leaves, stem)
}
