//! The header of a WAV file (RIFF, as in Microsoft's and IBM's "Multimedia Programming Interface and Data
//! Specifications 1.0"): what the file itself says of its length. The carrier's own word is rounded to whole seconds.

/// What a WAV file says of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wav {
    /// Channels.
    pub channels: u16,
    /// Length in seconds.
    pub seconds: f64,
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

/// Reads the header from the first [`HEAD_BYTES`] (or all) of a file of `total` bytes.
pub(crate) fn read(head: &[u8], total: u64) -> Result<Wav, NotWav> {
    if head.get(..4) != Some(b"RIFF") || head.get(8..12) != Some(b"WAVE") {
        return Err(NotWav::Foreign);
    }
    let mut at = 12;
    let mut format: Option<(u16, u32)> = None;
    loop {
        let (name, length) = chunk_header(head, at).ok_or(NotWav::Truncated)?;
        let body = at + 8;
        match (name, format) {
            (b"fmt ", _) => {
                let channels = u16_at(head, body + 2).ok_or(NotWav::Truncated)?;
                let bytes_per_second = u32_at(head, body + 8).ok_or(NotWav::Truncated)?;
                if channels == 0 || bytes_per_second == 0 {
                    return Err(NotWav::Foreign);
                }
                format = Some((channels, bytes_per_second));
            }
            (b"data", Some((channels, bytes_per_second))) => {
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
                let seconds = audio as f64 / f64::from(bytes_per_second);
                return Ok(Wav { channels, seconds });
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
        assert_eq!(read(head, file.len() as u64), Ok(Wav { channels, seconds }));
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
