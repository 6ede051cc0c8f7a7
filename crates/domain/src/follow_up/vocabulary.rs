//! The words of `lexicon/follow_up.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{NaiveTime, Weekday};

use super::digits::Digits;
use crate::text::fold::words;
use crate::text::lexicon::{expand, sections};

/// The half of the day that an hour is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    /// Around noon: eleven and twelve are as they are, one is 13:00.
    Noon,
    Afternoon,
}

/// A part of the day: when it begins, and until when it can still be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub from: NaiveTime,
    pub until: NaiveTime,
    pub half: Half,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Days,
    Weeks,
    Months,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub count: u32,
    pub unit: Unit,
}

/// A day that the calendar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    WeekEnd,
    Weekend,
    AfterWeekend,
    AfterSabbath,
    MonthStart,
    MonthEnd,
}

/// What a phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Promise,
    Other,
    Past,
    Told,
    Negation,
    Busy,
    Neutral,
    CalledOff,
    Closing,
    Yes,
    Better,
    Filler,
    Clause,
    At,
    About,
    After,
    Before,
    Until,
    Between,
    Or,
    In,
    FromNow,
    To,
    PastHour,
    HalfHour,
    Quarter,
    OClock,
    Am,
    Pm,
    Next,
    Coming,
    Day(u32),
    Weekday(Weekday),
    /// An ordinal number that may also be a day of the week.
    MaybeWeekday(Weekday),
    Week(u32),
    Anchor(Anchor),
    Part(Part),
    /// A part of today.
    Today(Part),
    Clock(NaiveTime),
    Month(u32),
    OfMonth,
    Number(u32),
    Ordinal(u32),
    /// Hours are sixty minutes.
    Unit(Unit, u32),
    Span(Span),
    Amount,
    Idiom,
    Digits(Digits),
    Unknown,
    /// A comma, a dash, a bracket.
    Pause,
    /// The end of a sentence; true for a question.
    Stop(bool),
}

/// Phrases of one or more words, single spaces between.
pub(super) struct Vocabulary {
    phrases: HashMap<String, Sense>,
    /// Words of the longest phrase.
    pub longest: usize,
}

static STANDARD: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::read(include_str!("../../lexicon/follow_up.txt")));

impl Vocabulary {
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    fn read(source: &str) -> Self {
        let mut phrases = HashMap::new();
        let mut longest = 1;
        for section in sections(source) {
            let Some(sense) = sense(section.name) else {
                debug_assert!(false, "no section is called [{}]", section.name);
                continue;
            };
            for phrase in section.patterns.into_iter().flat_map(expand) {
                let words = words(&phrase);
                longest = longest.max(words.len());
                let before = phrases.insert(words.join(" "), sense);
                debug_assert!(
                    before.is_none_or(|before| before == sense),
                    "{phrase:?} stands in two sections"
                );
            }
        }
        Self { phrases, longest }
    }

    pub fn find(&self, phrase: &str) -> Option<Sense> {
        self.phrases.get(phrase).copied()
    }
}

fn sense(section: &str) -> Option<Sense> {
    let (name, rest) = section.split_once(' ').unwrap_or((section, ""));
    let number = || rest.parse().ok();
    Some(match name {
        "weekday" => Sense::Weekday(rest.parse().ok()?),
        "maybe" => Sense::MaybeWeekday(rest.parse().ok()?),
        "day" => Sense::Day(number()?),
        "week" => Sense::Week(number()?),
        "month" => Sense::Month(number()?),
        "number" => Sense::Number(number()?),
        "ordinal" => Sense::Ordinal(number()?),
        "clock" => Sense::Clock(time(rest)?),
        "anchor" => Sense::Anchor(anchor(rest)?),
        "part" => Sense::Part(part(rest)?),
        "today" => Sense::Today(part(rest)?),
        "unit" => unit(rest).map(|(unit, each)| Sense::Unit(unit, each))?,
        "span" => {
            let (count, name) = rest.split_once(' ')?;
            let (unit, each) = unit(name)?;
            let count = count.parse::<u32>().ok()? * each;
            Sense::Span(Span { count, unit })
        }
        _ => plain(section)?,
    })
}

fn plain(section: &str) -> Option<Sense> {
    Some(match section {
        "promise" => Sense::Promise,
        "other" => Sense::Other,
        "past" => Sense::Past,
        "told" => Sense::Told,
        "yes" => Sense::Yes,
        "negation" => Sense::Negation,
        "busy" => Sense::Busy,
        "neutral" => Sense::Neutral,
        "called off" => Sense::CalledOff,
        "closing" => Sense::Closing,
        "better" => Sense::Better,
        "filler" => Sense::Filler,
        "clause" => Sense::Clause,
        "at" => Sense::At,
        "about" => Sense::About,
        "after" => Sense::After,
        "before" => Sense::Before,
        "until" => Sense::Until,
        "between" => Sense::Between,
        "or" => Sense::Or,
        "in" => Sense::In,
        "from now" => Sense::FromNow,
        "to" => Sense::To,
        "past hour" => Sense::PastHour,
        "half" => Sense::HalfHour,
        "quarter" => Sense::Quarter,
        "oclock" => Sense::OClock,
        "am" => Sense::Am,
        "pm" => Sense::Pm,
        "next" => Sense::Next,
        "coming" => Sense::Coming,
        "of the month" => Sense::OfMonth,
        "amount" => Sense::Amount,
        "idiom" => Sense::Idiom,
        _ => return None,
    })
}

fn unit(name: &str) -> Option<(Unit, u32)> {
    Some(match name {
        "minutes" => (Unit::Minutes, 1),
        "hours" => (Unit::Minutes, 60),
        "days" => (Unit::Days, 1),
        "weeks" => (Unit::Weeks, 1),
        "months" => (Unit::Months, 1),
        _ => return None,
    })
}

fn anchor(name: &str) -> Option<Anchor> {
    Some(match name {
        "week end" => Anchor::WeekEnd,
        "weekend" => Anchor::Weekend,
        "after weekend" => Anchor::AfterWeekend,
        "after sabbath" => Anchor::AfterSabbath,
        "month start" => Anchor::MonthStart,
        "month end" => Anchor::MonthEnd,
        _ => return None,
    })
}

fn part(text: &str) -> Option<Part> {
    let mut words = text.split(' ');
    let (from, until) = (time(words.next()?)?, time(words.next()?)?);
    let half = match words.next()? {
        "am" => Half::Morning,
        "noon" => Half::Noon,
        "pm" => Half::Afternoon,
        _ => return None,
    };
    Some(Part { from, until, half })
}

fn time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}
