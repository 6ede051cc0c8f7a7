//! What a text is told by: the pieces of three and four letters of its words, which are still there when a word is inflected,
//! has letters before it or is misspelt.
//!
//! This file is compiled into the crate and into its build script, so that both see a text alike.

use std::collections::BTreeMap;

/// The shortest and the longest pieces.
const PIECES: [usize; 2] = [3, 4];

/// The pieces of a text, by the hash of each, and how often each was said.
#[derive(Debug, Default)]
pub(crate) struct Features {
    counts: BTreeMap<u32, f32>,
}

impl Features {
    /// Counts the pieces of a folded word so often.
    pub fn add(&mut self, word: &str, times: f32) {
        let letters: Vec<char> = [' '].into_iter().chain(word.chars()).chain([' ']).collect();
        for length in PIECES {
            for piece in letters.windows(length) {
                *self.counts.entry(hash(piece)).or_default() += times;
            }
        }
    }

    /// Each piece with what it is worth by itself: the second time says less than the first.
    pub fn values(&self) -> impl Iterator<Item = (u32, f32)> {
        let value = |count: f32| if count < 1.0 { count } else { 1.0 + count.ln() };
        let counts = self.counts.iter();
        counts.map(move |(piece, count)| (*piece, value(*count)))
    }
}

/// The upper half of the 64 bits of FNV-1a (Fowler, Noll and Vo 1991), over letters.
fn hash(letters: &[char]) -> u32 {
    let hash = letters
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, letter| {
            (hash ^ u64::from(*letter)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash >> 32) as u32
}
