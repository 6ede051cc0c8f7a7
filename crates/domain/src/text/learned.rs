//! What the sayings teach, as made by the build script: the group that a text most likely comes to.

use super::Group;
use super::features::{BUCKETS, Feature, features};
use super::fold::Folded;
use super::table::{CLASSES, PARTS, ROW, norm, probabilities};
use super::turns::{Stretch, is_dialogue};

static TOLD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/learned.bin"));
static SPOKEN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/spoken.bin"));

/// The learned table.
#[derive(Clone, Copy)]
pub(crate) struct Learned<'a> {
    /// How much a unit of a weight is.
    unit: f32,
    rows: &'a [[u8; ROW]],
}

/// What a text most likely comes to.
pub(crate) struct Guess {
    /// None where most likely nothing.
    pub group: Option<Group>,
    /// 0 to 1.
    pub probability: f32,
    /// How many words it rests on.
    pub words: usize,
    features: Vec<Feature>,
    class: usize,
}

/// Of a longer conclusion only the end is looked at.
const LONGEST_BYTES: usize = 4_000;

/// At most so many words are shown as evidence.
const EVIDENCE: usize = 3;

impl Learned<'static> {
    /// What the crate's own sayings teach, and of a dialogue how calls end as well.
    pub fn of(stretches: &[Stretch]) -> Self {
        Self::new(if is_dialogue(stretches) { SPOKEN } else { TOLD })
    }
}

impl<'a> Learned<'a> {
    pub fn new(table: &'a [u8]) -> Self {
        let (unit, rows) = table.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let (rows, _) = rows.as_chunks();
        debug_assert_eq!(rows.len(), BUCKETS, "the table is cut short");
        Self {
            unit: f32::from_le_bytes(*unit),
            rows,
        }
    }

    fn row(&self, feature: &Feature) -> [u8; ROW] {
        let row = self.rows.get(feature.bucket as usize);
        row.copied().unwrap_or_default()
    }

    /// Guesses from a byte range of a folded text; none where it shows nothing that any saying does.
    pub fn guess(
        &self,
        folded: &Folded,
        stretches: &[Stretch],
        part: (usize, usize),
    ) -> Option<Guess> {
        let mut from = part.0.max(part.1.saturating_sub(LONGEST_BYTES));
        while !folded.text.is_char_boundary(from) {
            from += 1;
        }
        let features = features(&folded.text, stretches, (from, part.1));
        let mut sums = [0_i64; CLASSES];
        let mut squares = 0_u64;
        for feature in &features {
            let row = self.row(feature);
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i64::from(weight.cast_signed());
            }
            squares += u64::from(row[CLASSES]) * u64::from(row[CLASSES]);
        }
        if squares == 0 {
            return None;
        }
        let norm = norm(std::iter::once((squares as f32).sqrt() / PARTS));
        let probabilities = probabilities(sums.map(|sum| sum as f32 * self.unit / norm));
        let best = (0..CLASSES)
            .max_by(|one, other| probabilities[*one].total_cmp(&probabilities[*other]))?;
        let words = features.chunk_by(|one, other| one.word == other.word);
        Some(Guess {
            words: words.filter(|word| word[0].word.0 < word[0].word.1).count(),
            group: Group::ALL.get(best).copied(),
            probability: probabilities[best],
            features,
            class: best,
        })
    }

    /// The words that speak most for a guess, as bytes of the folded text, in order of place.
    pub fn evidence(&self, guess: &Guess) -> Vec<(usize, usize)> {
        let mut words: Vec<((usize, usize), i32)> = Vec::new();
        for feature in &guess.features {
            let weight = i32::from(self.row(feature)[guess.class].cast_signed());
            match words.last_mut() {
                Some((word, sum)) if *word == feature.word => *sum += weight,
                _ => words.push((feature.word, weight)),
            }
        }
        words.retain(|((start, end), sum)| start < end && *sum > 0);
        words.sort_by_key(|(word, sum)| (-sum, *word));
        words.truncate(EVIDENCE);
        let mut places: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
        places.sort_unstable();
        places
    }
}
