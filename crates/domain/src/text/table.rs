//! The learned table as bytes: how much a unit of a weight is (four, little-endian), then a row for each feature.
//!
//! This file is compiled into the crate and into its build script.

/// The five groups in order of their priority, and none.
pub(crate) const CLASSES: usize = 6;

/// One row of the learned table in bytes: a weight per class, the feature's own weight, and one to spare.
pub(crate) const ROW: usize = 8;
/// The feature's own weight in so many parts of one.
pub(crate) const PARTS: f32 = 24.0;

/// What a text's values are divided by, so that long and short ones weigh alike.
pub(crate) fn norm(values: impl Iterator<Item = f32>) -> f32 {
    let sum: f32 = values.map(|value| value * value).sum();
    sum.sqrt().max(f32::MIN_POSITIVE)
}

/// The softmax of scores.
pub(crate) fn probabilities(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
