//! When somebody promised to be in touch again: "call me Tuesday at ten", "תחזרו אליי מחר אחרי חמש".
//!
//! Only contact counts, by whichever side: the time of an appointment, of a delivery or of an opening is none, and neither is
//! what was said of the past. The newest time that nobody refused stands; a time that leaves out its day or its hour takes
//! it from the one before ("tomorrow?" "after five"). What words mean is in `lexicon/follow_up.txt`:
//!
//! * a day of the week is the next one, never today; "next Tuesday" is that of the next week, which begins on Sunday in Israel
//!   and on Monday elsewhere; "next week" is its first working day;
//! * hours from 1 to 7 are in the afternoon where nothing else is said; a day without an hour is 10:00, a part of the day
//!   begins as the lexicon says; "before five" is an hour before, "after five" is five;
//! * an hour without a day is today's, or tomorrow's when that is past; "today at ten", said at noon, is ten in the evening;
//! * a date without a year is the next one; dates in digits are day before month;
//! * a time that the clocks skip in spring is that much later; what is further off than 400 days is no date to keep.
//!
//! What names no day ("later", "after the holidays") is none.

mod calendar;
mod date;
mod digits;
mod hour;
mod sentence;
mod talk;
mod tokens;
mod vocabulary;
mod when;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::text::fold::Folded;
use crate::text::{Speaker, clip, spoken};
use calendar::Moment;
use sentence::Sentence;
use talk::Talk;
use tokens::{Token, tokens};
use vocabulary::{Sense, Vocabulary};

/// How exactly a time was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// A day only: the hour is the business's opening.
    Day,
    /// A part of the day: "tomorrow evening".
    PartOfDay,
    /// An hour.
    Time,
}

/// When to be in touch again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The moment; after the conversation.
    pub at: DateTime<Utc>,
    /// How much of it was said.
    pub precision: Precision,
    /// The words that name it, as they stand in the transcript.
    pub text: String,
    /// Offset of their first byte.
    pub start: usize,
    /// Offset behind their last byte.
    pub end: usize,
}

/// The time that was promised in a conversation (lines may begin with their speaker) which took place at `occurred_at`,
/// understood on the clock of `zone`.
#[must_use]
pub fn follow_up(transcript: &str, occurred_at: DateTime<Utc>, zone: Tz) -> Option<FollowUp> {
    let transcript = clip(transcript);
    let folded = Folded::new(transcript);
    let vocabulary = Vocabulary::standard();
    let turns: Vec<(Speaker, Vec<Token>)> = spoken(&folded)
        .map(|(speaker, from, to)| (speaker, tokens(&folded.text, from, to, vocabulary)))
        .collect();
    let mut sentences = Vec::new();
    for (turn, (speaker, tokens)) in turns.iter().enumerate() {
        let ends = |token: &Token| matches!(token.sense, Sense::Stop(_));
        let spoken = tokens
            .split_inclusive(ends)
            .filter(|tokens| !tokens.iter().all(ends));
        sentences.extend(spoken.map(|tokens| Sentence {
            speaker: *speaker,
            turn,
            tokens,
        }));
    }
    let moment = Moment {
        at: occurred_at,
        zone,
    };
    let agreed = Talk::new(moment).hear(&sentences)?;
    let (start, end) = folded.original(agreed.place.0, agreed.place.1);
    Some(FollowUp {
        at: agreed.at,
        precision: agreed.precision,
        text: transcript[start..end].to_owned(),
        start,
        end,
    })
}
