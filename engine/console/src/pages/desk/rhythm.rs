//! How soon pages are told: at once what somebody waits for, a little later the numbers that
//! run.

use super::topic::Touched;

/// So many events in a breath, and nobody reads each of their numbers.
const MANY: usize = 100;

/// What isn't told yet.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    kept: Touched,
}

impl Rhythm {
    /// What is told of what was touched by so many events in a breath. When they are many,
    /// what each lease touches is told with every second breath: whoever works pays for each
    /// page that is made anew.
    pub(super) fn tell(&mut self, mut touched: Touched, events: usize) -> Touched {
        let kept = std::mem::take(&mut self.kept);
        if kept.is_empty() && events >= MANY {
            self.kept = touched.take(Touched::by_leases());
        }
        touched.add(kept);
        touched
    }

    /// Whether something is to be told with the next breath, whatever happens.
    pub(super) fn keeps(&self) -> bool {
        !self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leases_touch_is_told_every_second_time_when_they_are_many() {
        let mut rhythm = Rhythm::default();
        let (leases, others) = (Touched::by_leases(), Touched::by_holding());
        let all = {
            let mut all = leases;
            all.add(others);
            all
        };
        assert_eq!(rhythm.tell(leases, MANY - 1), leases, "few are told at once");
        assert!(!rhythm.keeps());
        let now = rhythm.tell(all, MANY);
        assert!(!now.is_empty() && now != all && rhythm.keeps());
        assert_eq!(rhythm.tell(leases, MANY), leases);
        assert!(!rhythm.keeps());
        assert!(rhythm.tell(leases, MANY).is_empty());
        assert_eq!(rhythm.tell(Touched::default(), 0), leases, "though nothing else happens");
        assert!(!rhythm.keeps());
    }
}
