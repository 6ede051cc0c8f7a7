//! What was learned of services, as bytes: how much a unit of a weight is (four, little-endian as all), how many pieces are
//! known (four), their hashes in order (four each), how rare each is (one), where the weights of each begin and where the last
//! end (four each), and the weights: a service (two) and so many units (one).
//!
//! This file is compiled into the crate and into its build script.

/// How rare a piece is in so many parts of one.
pub(crate) const PARTS: f32 = 24.0;

/// A learned table.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    unit: f32,
    pieces: &'a [[u8; 4]],
    rarity: &'a [u8],
    starts: &'a [[u8; 4]],
    weights: &'a [[u8; 3]],
}

/// What speaks for services.
pub(crate) struct Scores {
    /// Of each: above 0 for, below 0 against it; 1 is much.
    pub scores: Vec<f32>,
    /// How much of the text is known: some 55 of two short sentences, 140 of a conversation of a minute.
    pub known: f32,
}

impl<'a> Table<'a> {
    /// Of its bytes; one that was cut short knows nothing.
    pub fn new(bytes: &'a [u8]) -> Self {
        let (unit, rest) = bytes.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let (known, rest) = rest.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let known = u32::from_le_bytes(*known) as usize;
        let (pieces, rest) = rest.split_at_checked(known * 4).unwrap_or_default();
        let (rarity, rest) = rest.split_at_checked(known).unwrap_or_default();
        let (starts, weights) = rest.split_at_checked((known + 1) * 4).unwrap_or_default();
        Self {
            unit: f32::from_le_bytes(*unit),
            pieces: pieces.as_chunks().0,
            rarity,
            starts: starts.as_chunks().0,
            weights: weights.as_chunks().0,
        }
    }

    /// How much what a text shows speaks for each of so many services.
    pub fn scores(&self, values: impl Iterator<Item = (u32, f32)>, services: usize) -> Scores {
        let mut scores = vec![0.0; services];
        let mut squares = 0.0_f32;
        for (piece, value) in values {
            let known = self
                .pieces
                .binary_search_by_key(&piece, |piece| u32::from_le_bytes(*piece));
            let Ok(place) = known else { continue };
            let value = value * f32::from(self.rarity[place]) / PARTS;
            squares += value * value;
            for [low, high, weight] in self.of_piece(place) {
                let service = usize::from(u16::from_le_bytes([*low, *high]));
                if let Some(score) = scores.get_mut(service) {
                    *score += value * f32::from(weight.cast_signed());
                }
            }
        }
        // Long texts and short ones weigh alike.
        let known = squares.sqrt();
        for score in &mut scores {
            *score *= self.unit / known.max(f32::MIN_POSITIVE);
        }
        Scores { scores, known }
    }

    fn of_piece(&self, place: usize) -> &'a [[u8; 3]] {
        let start = |place: usize| {
            self.starts
                .get(place)
                .map(|at| u32::from_le_bytes(*at) as usize)
        };
        let range = start(place).zip(start(place + 1));
        let weights = range.and_then(|(from, to)| self.weights.get(from..to));
        weights.unwrap_or_default()
    }
}
