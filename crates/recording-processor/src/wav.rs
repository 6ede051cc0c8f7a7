//! WAV files (RIFF, as in Microsoft's and IBM's "Multimedia Programming Interface and Data Specifications 1.0"): what a
//! file itself says of its audio (the carrier's own word is rounded to whole seconds), and the header of a file of our own.

use std::ops::Range;

/// What a WAV file says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wav {
    /// Channels.
    pub channels: u16,
    /// Length in seconds.
    pub seconds: f64,
    /// Samples a second in each channel, where they are 16-bit PCM; none of another coding.
    pub pcm16: Option<u32>,
    /// Where the audio lies in the file.
    pub audio: Range<u64>,
}

/// Why a file is not a WAV file, or not a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotWav {
    #[error("the file is not a WAV file")]
    Foreign,
    #[error("the file ends before its audio does")]
    Truncated,
}

/// Enough of a file's start to hold every header that is met in practice.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// A stream whose length was not known when its header was written.
const UNKNOWN_LENGTH: u32 = u32::MAX;

/// Codings of the samples ("WAVE form Registration Numbers").
const PCM: u16 = 1;
/// The coding itself stands further behind.
const EXTENSIBLE: u16 = 0xFFFE;

/// The chunk that tells how the samples are written.
#[derive(Debug, Clone, Copy)]
struct Format {
    channels: u16,
    bytes_per_second: u32,
    pcm16: Option<u32>,
}

impl Format {
    fn read(head: &[u8], at: usize) -> Result<Self, NotWav> {
        let short = |offset| u16_at(head, at + offset).ok_or(NotWav::Truncated);
        let long = |offset| u32_at(head, at + offset).ok_or(NotWav::Truncated);
        let (channels, bytes_per_second) = (short(2)?, long(8)?);
        if channels == 0 || bytes_per_second == 0 {
            return Err(NotWav::Foreign);
        }
        let coding = match short(0)? {
            EXTENSIBLE => short(24)?,
            coding => coding,
        };
        let (rate, bits) = (long(4)?, short(14)?);
        let is_pcm16 = coding == PCM
            && bits == 16
            && rate > 0
            && u64::from(bytes_per_second) == u64::from(rate) * u64::from(channels) * 2;
        Ok(Self {
            channels,
            bytes_per_second,
            pcm16: is_pcm16.then_some(rate),
        })
    }
}

/// Reads the header from the first [`HEAD_BYTES`] (or all) of a file of `total` bytes.
pub(crate) fn read(head: &[u8], total: u64) -> Result<Wav, NotWav> {
    if head.get(..4) != Some(b"RIFF") || head.get(8..12) != Some(b"WAVE") {
        return Err(NotWav::Foreign);
    }
    let mut at = 12;
    let mut format: Option<Format> = None;
    loop {
        let (name, length) = chunk_header(head, at).ok_or(NotWav::Truncated)?;
        let body = at + 8;
        match (name, format) {
            (b"fmt ", _) => format = Some(Format::read(head, body)?),
            (b"data", Some(format)) => {
                let there = total.saturating_sub(body as u64);
                let audio = match length {
                    UNKNOWN_LENGTH => there,
                    told if u64::from(told) > there => return Err(NotWav::Truncated),
                    // Written before the length was known, and never corrected.
                    0 => there,
                    told => u64::from(told),
                };
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a recording has far fewer than 2^53 bytes"
                )]
                let seconds = audio as f64 / f64::from(format.bytes_per_second);
                return Ok(Wav {
                    channels: format.channels,
                    seconds,
                    pcm16: format.pcm16,
                    audio: body as u64..body as u64 + audio,
                });
            }
            (b"data", None) => return Err(NotWav::Foreign),
            _ => {}
        }
        // Chunks start at even places.
        let length = usize::try_from(length).map_err(|_| NotWav::Foreign)?;
        at = body
            .checked_add(length + length % 2)
            .ok_or(NotWav::Foreign)?;
    }
}

/// Length of the header that [`header`] writes.
pub(crate) const HEADER_BYTES: usize = 44;

/// The header of a file of so many bytes of 16-bit PCM in one channel.
pub(crate) fn header(rate: u32, audio_bytes: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&audio_bytes.saturating_add(36).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    put(&PCM.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&rate.to_le_bytes());
    put(&rate.saturating_mul(2).to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&audio_bytes.to_le_bytes());
    header
}

fn chunk_header(head: &[u8], at: usize) -> Option<(&[u8; 4], u32)> {
    let name = head.get(at..at + 4)?.try_into().ok()?;
    Some((name, u32_at(head, at + 4)?))
}

fn u16_at(head: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(head: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A file of 16-bit samples at 8 kHz whose header tells `told` bytes of audio and which has `there`.
    fn file(channels: u16, told: u32, there: usize, extra_chunk: bool) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        if extra_chunk {
            file.extend(b"LIST\x03\0\0\0abc\0");
        }
        file.extend(b"fmt \x10\0\0\0\x01\0");
        file.extend(channels.to_le_bytes());
        file.extend(8000_u32.to_le_bytes());
        file.extend((8000 * 2 * u32::from(channels)).to_le_bytes());
        file.extend((2 * channels).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(told.to_le_bytes());
        file.resize(file.len() + there, 0);
        file
    }

    #[rstest]
    #[case::mono(1, 16_000, false, 1.0)]
    #[case::stereo(2, 16_000, false, 0.5)]
    #[case::odd_chunk_before(1, 24_000, true, 1.5)]
    #[case::length_never_corrected(1, 0, false, 1.5)]
    #[case::endless(1, u32::MAX, false, 1.5)]
    fn tells_channels_and_seconds(
        #[case] channels: u16,
        #[case] told: u32,
        #[case] extra: bool,
        #[case] seconds: f64,
    ) {
        let there = if told == 0 || told == u32::MAX {
            24_000
        } else {
            told as usize
        };
        let file = file(channels, told, there, extra);
        let head = &file[..file.len().min(HEAD_BYTES)];
        let wav = read(head, file.len() as u64).expect("a WAV");
        assert_eq!((wav.channels, wav.seconds), (channels, seconds));
        assert_eq!(wav.pcm16, Some(8000));
        let first = if extra { 56 } else { 44 };
        assert_eq!(wav.audio, first..file.len() as u64);
    }

    #[rstest]
    #[case::ulaw(7, 8, None)]
    #[case::alaw(6, 8, None)]
    #[case::eight_bits(1, 8, None)]
    #[case::sixteen_bits(1, 16, Some(8000))]
    fn only_sixteen_bits_can_be_cut(
        #[case] coding: u16,
        #[case] bits: u16,
        #[case] pcm16: Option<u32>,
    ) {
        let mut file = file(1, 8000, 8000, false);
        file[20..22].copy_from_slice(&coding.to_le_bytes());
        file[28..32].copy_from_slice(&(1000 * u32::from(bits)).to_le_bytes());
        file[34..36].copy_from_slice(&bits.to_le_bytes());
        assert_eq!(read(&file, 8044).map(|wav| wav.pcm16), Ok(pcm16));
    }

    #[test]
    fn what_is_written_is_read_by_others() {
        let mut file = header(8000, 6).to_vec();
        file.extend([1, 0, 2, 0, 255, 255]);
        let reader = hound::WavReader::new(file.as_slice()).expect("a WAV");
        assert_eq!(
            (reader.spec().channels, reader.spec().sample_rate),
            (1, 8000)
        );
        let samples: Vec<i16> = reader
            .into_samples()
            .map(|sample| sample.expect("a sample"))
            .collect();
        assert_eq!(samples, [1, 2, -1]);
    }

    #[test]
    fn what_broke_off_is_not_a_recording() {
        let file = file(1, 16_000, 15_999, false);
        assert_eq!(read(&file, file.len() as u64), Err(NotWav::Truncated));
        for length in 0..44 {
            assert!(read(&file[..length], length as u64).is_err(), "{length}");
        }
    }

    #[test]
    fn an_error_page_is_not_a_recording() {
        let page = b"<html><body>Service unavailable</body></html>";
        assert_eq!(read(page, page.len() as u64), Err(NotWav::Foreign));
    }
}
