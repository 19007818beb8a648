//! The rows that give no account, counted rather than told one by one.

use lariat_core::ids::NameError;

/// How many rows were passed over, and why.
#[derive(Debug, Default)]
pub(super) struct PassedOver {
    /// NULL or empty ids.
    pub(super) without_id: usize,
    /// Ids that came before.
    pub(super) repeated: usize,
    unusable: usize,
    first: Option<NameError>,
}

impl PassedOver {
    /// Counts an id that can't be one.
    pub(super) fn count(&mut self, error: NameError) {
        if error == NameError::Empty {
            self.without_id += 1;
        } else {
            self.unusable += 1;
            self.first.get_or_insert(error);
        }
    }

    /// One sentence for each kind.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut told = Vec::new();
        if self.without_id > 0 {
            told.push(format!("{} passed over: the id is NULL or empty", rows(self.without_id)));
        }
        if let Some(error) = &self.first {
            told.push(format!(
                "{} passed over: the id can't be used (the first {error})",
                rows(self.unusable)
            ));
        }
        if self.repeated > 0 {
            told.push(format!(
                "{} passed over: the id came before, and an account keeps its first place",
                rows(self.repeated)
            ));
        }
        told
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row was".to_owned() } else { format!("{count} rows were") }
}
