//! How the learned part is made: a multinomial logistic regression over weighted features (tf-idf, after Salton and
//! Buckley 1988; steps after AdaGrad, Duchi et al. 2011), in one order and without chance, so that the same sayings
//! always teach the same.
//!
//! This file is compiled into the build script, and into the tests, which teach with a part of the sayings and ask for the
//! rest.

use super::features::{BUCKETS, features};
use super::fold::Folded;
use super::shuffle::shuffle;
use super::table::{CLASSES, PARTS, ROW, norm, probabilities};
use super::turns::{closing, conclusion, stretches};

const ROUNDS: usize = 16;
const RATE: f32 = 0.5;

/// A text and what it comes to.
pub(crate) struct Saying {
    /// Its place among the classes.
    pub class: usize,
    /// Buckets of its features.
    pub buckets: Vec<u32>,
}

/// Reads sayings: `GROUP | text`, with `\n` for a new line, or the `example:` lines of a file that has such. `class` gives a
/// name's place among the classes.
///
/// # Errors
/// The line that is none of these.
pub(crate) fn sayings(
    source: &str,
    class: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<Saying>, String> {
    let example = |line: &'_ str| line.starts_with("example: ");
    let has_examples = source.lines().any(example);
    let lines = source
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter(|line| !has_examples || example(line))
        .map(|line| line.strip_prefix("example: ").unwrap_or(line));
    lines
        .map(|line| {
            let found = line.split_once(" | ");
            let read = found.and_then(|(name, text)| Some((class(name.trim())?, text)));
            let (class, text) = read.ok_or_else(|| format!("no group before the text: {line}"))?;
            Ok(Saying {
                class,
                buckets: buckets(&text.replace("\\n", "\n")),
            })
        })
        .collect()
}

/// The buckets of a text's features, of the part that concludes it.
pub(crate) fn buckets(text: &str) -> Vec<u32> {
    let folded = Folded::new(text);
    let parts = stretches(&folded);
    let part = closing(&parts, conclusion(&folded.text, &parts));
    let found = features(&folded.text, &parts, part);
    found.iter().map(|feature| feature.bucket).collect()
}

/// Teaches with sayings. Returns the table: how much a unit of a weight is (four bytes, little-endian), then a row for each
/// bucket.
pub(crate) fn teach(sayings: &[&Saying]) -> Vec<u8> {
    let idf = rarity(sayings);
    let mut weights = vec![[0.0_f32; CLASSES]; BUCKETS];
    let mut squares = vec![[1e-6_f32; CLASSES]; BUCKETS];
    // The mean of the later rounds: which saying came last leaves no mark (Polyak and Juditsky 1992).
    let mut mean = vec![[0.0_f32; CLASSES]; BUCKETS];
    let mut order: Vec<usize> = (0..sayings.len()).collect();
    for round in 0..ROUNDS {
        shuffle(&mut order, round as u64);
        for &index in &order {
            step(sayings[index], &idf, &mut weights, &mut squares);
        }
        if round >= ROUNDS / 2 {
            let all = mean.iter_mut().flatten().zip(weights.iter().flatten());
            all.for_each(|(mean, weight)| *mean += weight / (ROUNDS - ROUNDS / 2) as f32);
        }
    }
    table(&mean, &idf)
}

/// How rare each feature is: ln((1 + n) / (1 + n with it)) + 1; nothing where no saying shows it.
fn rarity(sayings: &[&Saying]) -> Vec<f32> {
    let mut with = vec![0_u32; BUCKETS];
    for saying in sayings {
        let mut once = saying.buckets.clone();
        once.sort_unstable();
        once.dedup();
        for bucket in once {
            with[bucket as usize] += 1;
        }
    }
    let all = 1.0 + sayings.len() as f32;
    let rarity = |with: u32| match with {
        0 => 0.0,
        with => (all / (1.0 + with as f32)).ln() + 1.0,
    };
    with.into_iter().map(rarity).collect()
}

/// One step against the error of one saying.
fn step(
    saying: &Saying,
    idf: &[f32],
    weights: &mut [[f32; CLASSES]],
    squares: &mut [[f32; CLASSES]],
) {
    let norm = norm(saying.buckets.iter().map(|bucket| idf[*bucket as usize]));
    let mut scores = [0.0_f32; CLASSES];
    for bucket in &saying.buckets {
        let value = idf[*bucket as usize] / norm;
        let row = weights[*bucket as usize];
        for (score, weight) in scores.iter_mut().zip(row) {
            *score += weight * value;
        }
    }
    let mut errors = probabilities(scores);
    errors[saying.class] -= 1.0;
    for bucket in &saying.buckets {
        let value = idf[*bucket as usize] / norm;
        let row = &mut weights[*bucket as usize];
        let sums = &mut squares[*bucket as usize];
        for class in 0..CLASSES {
            let slope = errors[class] * value;
            sums[class] += slope * slope;
            row[class] -= RATE * slope / sums[class].sqrt();
        }
    }
}

/// Weights times rarity, in a byte each.
fn table(weights: &[[f32; CLASSES]], idf: &[f32]) -> Vec<u8> {
    let scaled: Vec<[f32; CLASSES]> = weights
        .iter()
        .zip(idf)
        .map(|(row, rarity)| row.map(|weight| weight * rarity))
        .collect();
    let most = scaled
        .iter()
        .flatten()
        .fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
    let unit = most / 127.0;
    let mut bytes = unit.to_le_bytes().to_vec();
    for (weights, rarity) in scaled.iter().zip(idf) {
        let mut row = [0; ROW];
        for (byte, weight) in row.iter_mut().zip(weights) {
            *byte = ((weight / unit).round() as i8).cast_unsigned();
        }
        row[CLASSES] = (rarity * PARTS).round() as u8;
        bytes.extend(row);
    }
    bytes
}
