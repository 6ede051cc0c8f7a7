//! Whether a call had words at all, and if not, how that is called.

use domain::call::{AnsweredBy, CallStatus};
use domain::events::SuggestionSource;
use domain::text::Classifier;
use speech::Unanswered;
use storage::conversations::Claimed;

/// An answered call that is shorter and has no words is no conversation: the phone was picked up and put down.
const SHORTEST_CONVERSATION_SECONDS: i32 = 3;

/// How a call without words ended; none where there were words, or where it is not known. What is written is no call.
pub(crate) fn without_words(conversation: &Claimed) -> Option<Unanswered> {
    if conversation.source != SuggestionSource::CallSummary {
        return None;
    }
    by_its_end(
        conversation.outcome,
        conversation.answered_by,
        conversation.duration_seconds,
    )
    .or_else(|| {
        let said = conversation.transcript.as_deref().map(str::trim);
        let is_short = conversation.duration_seconds < SHORTEST_CONVERSATION_SECONDS;
        match said {
            None | Some("") if is_short => Some(Unanswered::HungUp),
            Some("") => Some(Unanswered::Silent),
            // The carrier's detection is not always on, and not always right.
            Some(words) if Classifier::standard().is_voicemail(words) => {
                Some(Unanswered::Voicemail)
            }
            None | Some(_) => None,
        }
    })
}

/// What the end of a call alone tells: that there are no words to be had. A call of a second or two was answered; whether
/// anything was said in it, its recording tells.
pub(crate) fn by_its_end(
    status: CallStatus,
    answered_by: Option<AnsweredBy>,
    duration_seconds: i32,
) -> Option<Unanswered> {
    match status {
        CallStatus::Busy => Some(Unanswered::Busy),
        CallStatus::Failed => Some(Unanswered::Failed),
        CallStatus::Canceled => Some(Unanswered::Canceled),
        CallStatus::NoAnswer => Some(Unanswered::NoAnswer),
        CallStatus::Completed
        // A call that has ended is in none of these.
        | CallStatus::Initiated
        | CallStatus::Ringing
        | CallStatus::InProgress => match answered_by {
            Some(AnsweredBy::Machine | AnsweredBy::Fax) => Some(Unanswered::Voicemail),
            _ if duration_seconds <= 0 => Some(Unanswered::NoAnswer),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(CallStatus::Busy, None, 0, Some(Unanswered::Busy))]
    #[case(CallStatus::NoAnswer, None, 0, Some(Unanswered::NoAnswer))]
    #[case(CallStatus::Completed, None, 0, Some(Unanswered::NoAnswer))]
    #[case(
        CallStatus::Completed,
        Some(AnsweredBy::Machine),
        20,
        Some(Unanswered::Voicemail)
    )]
    #[case(CallStatus::Completed, Some(AnsweredBy::Human), 1, None)]
    #[case(CallStatus::Completed, Some(AnsweredBy::Unknown), 20, None)]
    fn the_end_of_a_call_tells(
        #[case] status: CallStatus,
        #[case] answered_by: Option<AnsweredBy>,
        #[case] seconds: i32,
        #[case] expected: Option<Unanswered>,
    ) {
        assert_eq!(by_its_end(status, answered_by, seconds), expected);
    }
}
