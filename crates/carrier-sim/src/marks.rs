//! Marks in the samples of a recording, too quiet to be heard, by which any piece of it is recognised again.

use std::ops::Range;

use crate::recordings::SAMPLE_RATE;

/// What stands before the id in the marks.
const MARK_PREFIX: &str = "carrier-sim:";
/// Marks are looked for in so many samples; the longest is shorter than half of that.
const MARKED_SAMPLES: usize = 1200;

/// What a mark tells of the audio that it was found in.
#[derive(Debug, PartialEq)]
pub(crate) struct Mark {
    pub sid: String,
    /// From 1; 0 where both sides are mixed.
    pub channel: usize,
    /// Which part of the recording the audio is.
    pub seconds: Range<f64>,
}

/// The bits that the samples of a channel carry in their lowest place, one mark after the other: the id, the channel, and
/// the number of the mark. All marks of a channel are equally long.
pub(crate) fn mark(sid: &str, channel: usize, number: usize) -> Vec<u8> {
    let text = format!("{MARK_PREFIX}{sid}/{channel}/{number:08};");
    text.bytes()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect()
}

/// The first whole mark in the samples of a WAV file of one channel.
pub(crate) fn read_mark(audio: &[u8]) -> Option<Mark> {
    let reader = hound::WavReader::new(audio).ok()?;
    let samples = reader.duration();
    let bits: Vec<u8> = reader
        .into_samples::<i16>()
        .take(MARKED_SAMPLES)
        .map_while(Result::ok)
        .map(|sample| u8::from(sample & 1 == 1))
        .collect();
    (0..8).find_map(|offset| {
        let bytes: Vec<u8> = bits
            .get(offset..)?
            .chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit))
            .collect();
        let at = bytes
            .windows(MARK_PREFIX.len())
            .position(|window| window == MARK_PREFIX.as_bytes())?;
        let text = bytes.get(at + MARK_PREFIX.len()..)?;
        let end = text.iter().position(|byte| *byte == b';')?;
        let mut parts = std::str::from_utf8(&text[..end]).ok()?.split('/');
        let sid = parts.next()?.to_owned();
        let channel = parts.next()?.parse().ok()?;
        let number: usize = parts.next()?.parse().ok()?;
        let period = mark(&sid, channel, number).len();
        let first = (number * period).checked_sub(offset + at * 8)?;
        let from = first as f64 / f64::from(SAMPLE_RATE);
        let seconds = from..from + f64::from(samples) / f64::from(SAMPLE_RATE);
        Some(Mark {
            sid,
            channel,
            seconds,
        })
    })
}
