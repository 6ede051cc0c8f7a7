//! Where a recording is cut, and whether anybody speaks in a piece of it: by the energy of short frames of 16-bit samples.

/// Everything is measured in frames; words are longer and the pauses between them too.
const FRAME_MS: u32 = 20;

/// A cut is made in the middle of the quietest stretch of this length: longer than the closure before a plosive, which is
/// as quiet as a pause and lies inside a word.
const PAUSE_FRAMES: usize = 15;

/// A cut is looked for over so long, where pieces are long.
const SEARCH_MS: u32 = 10_000;

/// Root mean square of the samples below which a frame has no speech: -54 dB of full scale. A telephone line's own noise
/// lies below it, a whisper above.
const SILENCE_RMS: u64 = 64;

/// How much of `left` is the next piece, if none may be longer than `longest`, and in how much of its end the cut is looked
/// for. The pieces are as good as equal, so that none is a scrap: servers do badly with a few words alone.
pub(crate) fn next_ms(left: u32, longest: u32) -> (u32, u32) {
    if left <= longest {
        return (left, 0);
    }
    let search = SEARCH_MS.min(longest / 4);
    let pieces = left.div_ceil(longest - search);
    (left / pieces + search / 2, search)
}

/// How many milliseconds of a piece are heard before the cut: up to the quietest moment in the last `search_ms`.
pub(crate) fn quietest_ms(samples: &[u8], rate: u32, search_ms: u32) -> u32 {
    let energies: Vec<u64> = frames(samples, rate).collect();
    let search = energies.len().min((search_ms / FRAME_MS) as usize);
    let first = energies.len() - search;
    let pause = PAUSE_FRAMES.min(search).max(1);
    // Of stretches that are equally quiet, the latest.
    let quietest = energies[first..]
        .windows(pause)
        .enumerate()
        .min_by_key(|(at, stretch)| (stretch.iter().sum::<u64>(), std::cmp::Reverse(*at)))
        .map_or(energies.len(), |(at, _)| first + at + pause / 2);
    u32::try_from(quietest).unwrap_or(u32::MAX) * FRAME_MS
}

/// Whether nobody speaks in a piece.
pub(crate) fn is_silent(samples: &[u8], rate: u32) -> bool {
    frames(samples, rate).all(|energy| energy < SILENCE_RMS * SILENCE_RMS)
}

/// The mean of the squares of each whole frame.
fn frames(samples: &[u8], rate: u32) -> impl Iterator<Item = u64> {
    let start = move |frame: usize| frame * FRAME_MS as usize * rate as usize / 1000;
    let samples = samples.as_chunks::<2>().0;
    (0..)
        .map_while(move |frame| samples.get(start(frame)..start(frame + 1)))
        .map(|frame| {
            let squares = frame
                .iter()
                .map(|sample| u64::from(i16::from_le_bytes(*sample).unsigned_abs()).pow(2));
            squares.sum::<u64>() / (frame.len() as u64).max(1)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8000;

    /// A tone of so many milliseconds at each of these loudnesses, one after the other.
    fn sound(parts: &[(u32, i16)]) -> Vec<u8> {
        let part = |&(ms, loudness): &(u32, i16)| {
            (0..ms * RATE / 1000).flat_map(move |n| {
                let sample = if n % 20 < 10 { loudness } else { -loudness };
                sample.to_le_bytes()
            })
        };
        parts.iter().flat_map(part).collect()
    }

    #[test]
    fn the_cut_is_in_the_pause_near_the_end() {
        let piece = sound(&[(20_000, 8000), (600, 5), (4000, 8000)]);
        let cut = quietest_ms(&piece, RATE, SEARCH_MS);
        assert!((20_000..=20_600).contains(&cut), "{cut}");
    }

    #[test]
    fn a_closure_inside_a_word_is_no_pause() {
        let piece = sound(&[
            (20_000, 8000),
            (400, 200),
            (2000, 8000),
            (80, 0),
            (2000, 8000),
        ]);
        let cut = quietest_ms(&piece, RATE, SEARCH_MS);
        assert!((20_000..=20_400).contains(&cut), "{cut}");
    }

    #[test]
    fn a_pause_long_before_the_end_is_too_early() {
        let piece = sound(&[(20_000, 8000), (1000, 0), (15_000, 8000)]);
        assert!(quietest_ms(&piece, RATE, SEARCH_MS) > 25_000);
    }

    #[test]
    fn pieces_are_about_equal_and_none_is_too_long() {
        assert_eq!(next_ms(300_000, 300_000), (300_000, 0));
        for left in [300_001, 310_000, 3_600_000, 3_601_234] {
            let longest = 300_000;
            let (mut rest, mut lengths) = (left, Vec::new());
            while rest > 0 {
                let (next, search) = next_ms(rest, longest);
                assert!(next <= longest);
                // Whether the cut is early or late.
                let heard = next - if lengths.len() % 2 == 0 { search } else { 0 };
                lengths.push(heard);
                rest -= heard;
            }
            let shortest = lengths.iter().min().expect("a piece");
            assert!(*shortest > 130_000, "{left}: {lengths:?}");
        }
    }

    #[test]
    fn without_any_pause_the_piece_is_as_long_as_it_may_be() {
        let piece = sound(&[(30_000, 8000)]);
        let cut = quietest_ms(&piece, RATE, SEARCH_MS);
        assert!((29_000..=30_000).contains(&cut), "{cut}");
    }

    #[test]
    fn a_whisper_is_heard_and_a_line_that_hums_is_silent() {
        assert!(is_silent(&sound(&[(5000, 40)]), RATE));
        assert!(!is_silent(&sound(&[(5000, 0), (40, 200), (5000, 0)]), RATE));
        assert!(is_silent(&[], RATE));
    }
}
