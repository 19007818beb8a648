//! What a refresh selected, kept for whoever opens the pool later.

use jiff::Timestamp;

use crate::ids::{AccountId, NameError};

/// What a refresh selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSelection {
    /// When it was selected.
    pub at: Timestamp,
    /// By what: see [`PoolDefinition::selecting`](crate::definition::PoolDefinition::selecting).
    pub by: String,
    /// The accounts in the order to serve.
    pub accounts: AccountIds,
}

/// Ids of accounts in one text, since there may be a million: no id has a line's end in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountIds(String);

impl AccountIds {
    /// Reads them from [`AccountIds::lines`].
    ///
    /// # Errors
    /// When a line can't be an id.
    pub fn from_lines(lines: String) -> Result<Self, NameError> {
        lines.lines().try_for_each(|line| AccountId::new(line).map(drop))?;
        Ok(Self(lines))
    }

    /// One a line.
    pub fn lines(&self) -> &str {
        &self.0
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }
}

impl<'a> FromIterator<&'a str> for AccountIds {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        let mut lines = String::new();
        for id in ids {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(id);
        }
        Self(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_from_their_lines() {
        for ids in [&[][..], &["a"], &["a", "b c", "帳號"]] {
            let packed: AccountIds = ids.iter().copied().collect();
            assert_eq!(packed.iter().collect::<Vec<_>>(), ids);
            assert_eq!(AccountIds::from_lines(packed.lines().to_owned()), Ok(packed));
        }
        assert_eq!(AccountIds::from_lines("a\n\nb".to_owned()), Err(NameError::Empty));
    }
}
