//! Warnings up to a number, and how many more there were.

use crate::error::AccountError;

/// How many warnings of one fetch are told one by one.
const MAX_WARNINGS: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Warnings {
    told: Vec<String>,
    untold: usize,
}

impl Warnings {
    /// Takes a warning, which is only worded if it is told.
    pub(super) fn push(&mut self, warning: impl FnOnce() -> String) {
        if self.told.len() < MAX_WARNINGS {
            self.told.push(warning());
        } else {
            self.untold += 1;
        }
    }

    pub(super) fn finish(mut self) -> Vec<String> {
        if self.untold > 0 {
            self.told.push(AccountError::More(self.untold).to_string());
        }
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_bad_files_does_not_flood() {
        let mut warnings = Warnings::default();
        (0..1234).for_each(|n| warnings.push(|| n.to_string()));
        let told = warnings.finish();
        assert_eq!((told.len(), told[100].as_str()), (101, "… and 1134 more like these"));
    }
}
