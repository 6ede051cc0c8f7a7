//! How often a secret may be guessed: so many attempts are free, then each one is followed by a lock twice as long as the one
//! before. An attempt counts when it is made, not when it has failed, so that many at once gain nothing; the right answer
//! takes it back. What is tried during a lock does not count, and no lock is longer than a quarter of an hour: a stranger can
//! slow an owner down, never keep them out.

use chrono::{DateTime, TimeDelta, Utc};

/// The first lock.
const FIRST_LOCK: TimeDelta = TimeDelta::seconds(30);
/// The longest lock.
const LONGEST_LOCK: TimeDelta = TimeDelta::minutes(15);
/// After so long without an attempt, those before are forgotten.
pub const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(1);

/// How many attempts are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    free: i32,
}

/// Of one account, and of one browser that its owner signed in from before.
pub const ACCOUNT: Rule = Rule { free: 10 };
/// Of one client address, behind which a whole office may be.
pub const ADDRESS: Rule = Rule { free: 100 };

/// What counts against an account or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Attempts that failed or are under way.
    pub failures: i32,
    /// When the last one was.
    pub last_at: DateTime<Utc>,
    /// Until when no other is let through.
    pub locked_until: Option<DateTime<Utc>>,
}

impl Rule {
    /// The count with one more attempt at `now`.
    ///
    /// # Errors
    /// Until when none is let through.
    pub fn attempt(
        self,
        before: Option<Count>,
        now: DateTime<Utc>,
    ) -> Result<Count, DateTime<Utc>> {
        let known = before.filter(|count| now - count.last_at < FORGOTTEN_AFTER);
        if let Some(until) = known.and_then(|count| count.locked_until)
            && until > now
        {
            return Err(until);
        }
        let failures = known.map_or(0, |count| count.failures).saturating_add(1);
        Ok(Count {
            failures,
            last_at: now,
            locked_until: self.lock(failures).map(|lock| now + lock),
        })
    }

    fn lock(self, failures: i32) -> Option<TimeDelta> {
        let doublings = u32::try_from(failures - self.free).ok()?;
        let lock = 2_i32.checked_pow(doublings).map(|times| FIRST_LOCK * times);
        Some(lock.map_or(LONGEST_LOCK, |lock| lock.min(LONGEST_LOCK)))
    }
}

impl Count {
    /// The count once an attempt turned out to be right: as if it had not been made.
    #[must_use]
    pub const fn taken_back(self) -> Self {
        Self {
            failures: self.failures - 1,
            locked_until: None,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
    }

    /// Seconds of the lock after each of `attempts` attempts, each made as soon as it may be.
    fn locks(rule: Rule, attempts: usize) -> Vec<i64> {
        let (mut count, mut now, mut locks) = (None, start(), Vec::new());
        for _ in 0..attempts {
            let next = rule.attempt(count, now).expect("it is not locked");
            let until = next.locked_until.unwrap_or(now);
            locks.push((until - now).num_seconds());
            (count, now) = (Some(next), until);
        }
        locks
    }

    #[test]
    fn locks_double_up_to_a_quarter_of_an_hour() {
        let free = vec![0; 9];
        let expected = [free, vec![30, 60, 120, 240, 480, 900, 900]].concat();
        assert_eq!(locks(ACCOUNT, 16), expected);
        assert_eq!(locks(ADDRESS, 100)[98..], [0, 30]);
        assert_eq!(ACCOUNT.lock(i32::MAX), Some(LONGEST_LOCK));
    }

    #[test]
    fn what_is_tried_during_a_lock_does_not_prolong_it() {
        let locked = Count {
            failures: 12,
            last_at: start(),
            locked_until: Some(start() + TimeDelta::seconds(120)),
        };
        for seconds in [0, 60, 119] {
            let now = start() + TimeDelta::seconds(seconds);
            let until = start() + TimeDelta::seconds(120);
            assert_eq!(ACCOUNT.attempt(Some(locked), now), Err(until));
        }
        let after = ACCOUNT.attempt(Some(locked), start() + TimeDelta::seconds(120));
        assert_eq!(after.map(|count| count.failures), Ok(13));
    }

    #[test]
    fn a_day_without_an_attempt_is_a_fresh_start() {
        let old = Count {
            failures: 50,
            last_at: start(),
            locked_until: None,
        };
        let next = ACCOUNT.attempt(Some(old), start() + FORGOTTEN_AFTER);
        assert_eq!(next.map(|count| count.failures), Ok(1));
    }

    #[test]
    fn the_right_answer_leaves_what_was_before_it() {
        let before = Count {
            failures: 100,
            last_at: start(),
            locked_until: Some(start()),
        };
        let tried = ADDRESS.attempt(Some(before), start()).expect("admitted");
        assert!(tried.locked_until.is_some());
        let taken_back = tried.taken_back();
        assert_eq!((taken_back.failures, taken_back.locked_until), (100, None));
    }
}
