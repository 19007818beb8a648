//! Why accounts of one launch failed, or couldn't be had: the reasons that the summary
//! of a launch tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;

/// Most different reasons that are kept; what comes beyond counts for the last one.
const MOST: usize = 20;

/// A reason, as often as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trouble {
    /// The reason, without the calls that led there.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// The last account that it was given for, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

/// Reasons in the order in which they were given first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Troubles(Vec<Trouble>);

impl Troubles {
    /// Counts a reason.
    pub(crate) fn add(&mut self, reason: &str, account: Option<&AccountId>) {
        let reason = reason.lines().next().unwrap_or_default();
        let full = self.0.len() >= MOST;
        let known = self.0.iter().position(|known| known.reason == reason);
        match known.or(full.then_some(MOST - 1)).and_then(|at| self.0.get_mut(at)) {
            Some(known) => {
                reason.clone_into(&mut known.reason);
                known.count += 1;
                known.account = account.cloned();
            }
            None => self.0.push(Trouble { reason: reason.to_owned(), count: 1, account: account.cloned() }),
        }
    }

    /// The reasons.
    pub(crate) fn told(&self) -> Vec<Trouble> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_counted_and_many_different_ones_do_not_pile_up() {
        let mut troubles = Troubles::default();
        let (one, two) = (AccountId::new("one").unwrap(), AccountId::new("two").unwrap());
        troubles.add("x.lua:3: boom\nx.lua:3 in f", Some(&one));
        troubles.add("x.lua:3: boom", Some(&two));
        let told = troubles.told();
        let boom = Trouble { reason: "x.lua:3: boom".into(), count: 2, account: Some(two) };
        assert_eq!(told, [boom]);
        for n in 0..100 {
            troubles.add(&format!("number {n}"), None);
        }
        let told = troubles.told();
        assert_eq!((told.len(), told.iter().map(|trouble| trouble.count).sum::<u64>()), (MOST, 102));
        assert_eq!(told.last().unwrap().reason, "number 99");
    }
}
