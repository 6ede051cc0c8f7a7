//! How the services are learned: a linear classifier of each service against the next best (the passive-aggressive steps PA-II of
//! Crammer, Dekel, Keshet, Shalev-Shwartz and Singer 2006) over tf-idf values (Salton and Buckley 1988), in one order and without
//! chance, so that the same texts always teach the same.
//!
//! This file is compiled into the build script.

use std::collections::BTreeMap;

use super::features::Features;
use super::shuffle::shuffle;
use super::table::PARTS;

const ROUNDS: usize = 8;
/// How far a step may go.
const AGGRESSIVENESS: f32 = 0.1;
/// A piece that fewer texts show tells nothing that lasts.
const SEEN: usize = 3;
/// Weights of fewer units are left out: two in five are of one unit, and what they add to a text is chance.
const LEAST_UNITS: u8 = 2;

/// A text and which service it is about.
pub(crate) struct Example {
    /// Its place among the services.
    pub service: usize,
    /// What it shows.
    pub features: Features,
}

/// A text as the classifier sees it: rows of weights with their values, whose squares add up to one.
struct Seen {
    service: usize,
    values: Vec<(usize, f32)>,
}

/// Teaches so many services by examples; answers the bytes of the table.
pub(crate) fn teach(examples: &[Example], services: usize) -> Vec<u8> {
    let known = known(examples);
    let rows = known.keys().enumerate();
    let rows: BTreeMap<u32, usize> = rows.map(|(row, piece)| (*piece, row)).collect();
    let see = |example: &Example| {
        let values = example.features.values();
        let values =
            values.filter_map(|(piece, value)| Some((*rows.get(&piece)?, value * known[&piece])));
        normed(example.service, values.collect())
    };
    let seen: Vec<Seen> = examples.iter().map(see).collect();
    let mean = learned(&seen, known.len(), services);
    bytes(&known, &mean, services)
}

/// The pieces that enough texts show, and how rare each is: ln((1 + n) / (1 + n with it)) + 1.
fn known(examples: &[Example]) -> BTreeMap<u32, f32> {
    let mut with: BTreeMap<u32, usize> = BTreeMap::new();
    for (piece, _) in examples
        .iter()
        .flat_map(|example| example.features.values())
    {
        *with.entry(piece).or_default() += 1;
    }
    let all = 1.0 + examples.len() as f32;
    let with = with.into_iter().filter(|(_, with)| *with >= SEEN);
    with.map(|(piece, with)| (piece, (all / (1.0 + with as f32)).ln() + 1.0))
        .collect()
}

fn normed(service: usize, mut values: Vec<(usize, f32)>) -> Seen {
    let squares: f32 = values.iter().map(|(_, value)| value * value).sum();
    let norm = squares.sqrt().max(f32::MIN_POSITIVE);
    for (_, value) in &mut values {
        *value /= norm;
    }
    Seen { service, values }
}

/// The mean of the weights after each of the later rounds: which text came last leaves no mark.
fn learned(seen: &[Seen], rows: usize, services: usize) -> Vec<f32> {
    let mut weights = vec![0.0_f32; rows * services];
    let mut mean = weights.clone();
    let mut order: Vec<usize> = (0..seen.len()).collect();
    for round in 0..ROUNDS {
        shuffle(&mut order, round as u64);
        for index in &order {
            step(&seen[*index], &mut weights, services);
        }
        if round >= ROUNDS / 2 {
            for (mean, weight) in mean.iter_mut().zip(&weights) {
                *mean += weight / (ROUNDS - ROUNDS / 2) as f32;
            }
        }
    }
    mean
}

/// As far as it takes until the text's own service stands before the next best by a margin of one.
fn step(text: &Seen, weights: &mut [f32], services: usize) {
    let mut scores = vec![0.0_f32; services];
    for (row, value) in &text.values {
        let weights = &weights[row * services..][..services];
        for (score, weight) in scores.iter_mut().zip(weights) {
            *score += weight * value;
        }
    }
    let others = (0..services).filter(|service| *service != text.service);
    let Some(rival) = others.max_by(|one, other| scores[*one].total_cmp(&scores[*other])) else {
        return;
    };
    let loss = 1.0 - scores[text.service] + scores[rival];
    if loss <= 0.0 {
        return;
    }
    // The squares of a text's values add up to one, and two services change.
    let step = loss / (2.0 + 0.5 / AGGRESSIVENESS);
    for (row, value) in &text.values {
        weights[row * services + text.service] += step * value;
        weights[row * services + rival] -= step * value;
    }
}

/// Weights in a byte each, without those that come to little.
fn bytes(known: &BTreeMap<u32, f32>, mean: &[f32], services: usize) -> Vec<u8> {
    let most = mean
        .iter()
        .fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
    let unit = most / 127.0;
    let mut starts = vec![0_u32];
    let mut weights: Vec<[u8; 3]> = Vec::new();
    for row in mean.chunks(services) {
        for (service, weight) in row.iter().enumerate() {
            let units = (weight / unit).round() as i8;
            if units.unsigned_abs() >= LEAST_UNITS {
                let [low, high] = (service as u16).to_le_bytes();
                weights.push([low, high, units.cast_unsigned()]);
            }
        }
        starts.push(weights.len() as u32);
    }
    let mut bytes = unit.to_le_bytes().to_vec();
    bytes.extend((known.len() as u32).to_le_bytes());
    bytes.extend(known.keys().flat_map(|piece| piece.to_le_bytes()));
    bytes.extend(known.values().map(|rarity| (rarity * PARTS).round() as u8));
    bytes.extend(starts.into_iter().flat_map(u32::to_le_bytes));
    bytes.extend(weights.as_flattened());
    bytes
}
