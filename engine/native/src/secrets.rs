//! The account's secrets, taken out of what a plugin says.

use lariat_core::account::Account;
use lariat_core::secret::MASK;

/// Shorter secrets would mask half of every message.
const SHORTEST: usize = 3;

/// The secrets of one account, the longest first, so that none leaves a part of another.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn of(account: Option<&Account>) -> Self {
        let all = account.into_iter().flat_map(Account::secrets);
        let mut secrets: Vec<String> = all.filter(|secret| secret.len() >= SHORTEST).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    pub(crate) fn mask(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text }
        })
    }
}
