//! When a person's move says that automation was wrong.

use chrono::{DateTime, TimeDelta, Utc};

/// How long after an automatic change a person's move still says something about it. Three days let a change of Thursday
/// be put right on Sunday, after a weekend (Friday and Saturday in Israel) on which nobody looked at the board. A decision
/// that has stood for so long has been accepted; what moves the lead afterwards is how the sale went on.
pub const WINDOW: TimeDelta = TimeDelta::hours(72);

/// Whether a person's move to another status corrects the automatic change before it.
///
/// A board does not tell progress (`interested` → `won`, since they bought) from a correction (`interested` →
/// `not_relevant`, since they never were). Two signs do. Where a newer conversation has been decided on, whatever became of
/// it, the person answers to that one and not to the change before it. And a move that comes late answers to what happened
/// since. An undo needs no such signs: it says what it means, and always counts.
#[must_use]
pub fn is_correction(
    changed_at: DateTime<Utc>,
    moved_at: DateTime<Utc>,
    is_newest_decision: bool,
) -> bool {
    is_newest_decision && moved_at - changed_at <= WINDOW
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::at_once(0, true, true)]
    #[case::in_the_last_second(72 * 3_600, true, true)]
    #[case::a_second_late(72 * 3_600 + 1, true, false)]
    #[case::after_a_newer_conversation(60, false, false)]
    // Two processes whose clocks differ a little.
    #[case::seemingly_before(-1, true, true)]
    fn a_move_corrects_soon_and_while_nothing_newer_was_said(
        #[case] seconds_later: i64,
        #[case] is_newest: bool,
        #[case] corrects: bool,
    ) {
        let changed_at = DateTime::UNIX_EPOCH;
        let moved_at = changed_at + TimeDelta::seconds(seconds_later);
        assert_eq!(is_correction(changed_at, moved_at, is_newest), corrects);
    }
}
