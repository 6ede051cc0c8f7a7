//! A stored recording piece by piece: some minutes of one channel, read by ranges, as a WAV file of its own. The recording
//! itself is never in memory.

use bytes::Bytes;

use crate::cut;
use crate::media::{Media, ReadError};
use crate::wav::{self, Wav};

/// So much of the recording is read at once.
const READ_BYTES: u64 = 1024 * 1024;

/// A piece is no larger than this, whatever its sampling rate: speech servers refuse more than 25 MB.
const LARGEST_PIECE_BYTES: u64 = 12 * 1024 * 1024;

/// A file that cannot be cut is sent whole up to here.
const LARGEST_WHOLE_BYTES: u64 = 16 * 1024 * 1024;

/// A stored recording and where its audio lies.
pub(crate) struct Recorded {
    /// Its key in the object store.
    pub key: String,
    /// What its header says.
    pub wav: Wav,
    /// The most that is heard at once.
    pub piece_ms: u32,
}

/// A piece, as it is sent.
pub(crate) struct Piece {
    /// Its end, from the start of the recording.
    pub ends_at_ms: u32,
    /// Nobody speaks in it.
    pub is_silent: bool,
    /// A WAV file.
    pub file: Bytes,
}

/// Why a piece cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PieceError {
    /// The stored file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It would have to be cut.
    #[error("the recording is not 16-bit PCM, and too large to be sent whole")]
    CannotBeCut,
}

impl Recorded {
    pub(crate) async fn open(media: &Media, key: String, piece_ms: u32) -> Result<Self, ReadError> {
        let wav = media.header(&key).await?;
        Ok(Self { key, wav, piece_ms })
    }

    /// How many channels are heard apart. One that cannot be cut is heard as it is.
    pub(crate) fn channels(&self) -> u16 {
        self.wav.pcm16.map_or(1, |_| self.wav.channels)
    }

    /// Its length.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length is positive, and a longer one than 49 days is cut off there"
    )]
    pub(crate) fn ms(&self) -> u32 {
        (self.wav.seconds * 1000.0).ceil() as u32
    }

    /// The piece of a channel that starts there. Asked again, it is the same piece.
    pub(crate) async fn piece(
        &self,
        media: &Media,
        channel: u16,
        starts_at_ms: u32,
    ) -> Result<Piece, PieceError> {
        let Some(rate) = self.wav.pcm16 else {
            let file = media.whole(&self.key, LARGEST_WHOLE_BYTES).await?;
            return Ok(Piece {
                ends_at_ms: self.ms(),
                is_silent: false,
                file: file.ok_or(PieceError::CannotBeCut)?,
            });
        };
        let largest_ms = LARGEST_PIECE_BYTES * 1000 / (u64::from(rate) * 2);
        let longest = u32::try_from(largest_ms).map_or(self.piece_ms, |ms| ms.min(self.piece_ms));
        let left = self.ms().saturating_sub(starts_at_ms);
        let (next_ms, search_ms) = cut::next_ms(left, longest);
        let mut ends_at_ms = starts_at_ms + next_ms;
        let first = sample_at(starts_at_ms, rate);
        let mut file = self
            .read(media, channel, first, sample_at(ends_at_ms, rate))
            .await?;
        if next_ms < left {
            let audio = &file[wav::HEADER_BYTES..];
            ends_at_ms = starts_at_ms + cut::quietest_ms(audio, rate, search_ms);
            let samples = sample_at(ends_at_ms, rate) - first;
            let bytes = usize::try_from(samples * 2).unwrap_or(usize::MAX);
            file.truncate(wav::HEADER_BYTES.saturating_add(bytes));
        }
        let audio = &file[wav::HEADER_BYTES..];
        let is_silent = cut::is_silent(audio, rate);
        let header = wav::header(rate, u32::try_from(audio.len()).unwrap_or(u32::MAX));
        file[..wav::HEADER_BYTES].copy_from_slice(&header);
        Ok(Piece {
            ends_at_ms,
            is_silent,
            file: file.into(),
        })
    }

    /// The samples of one channel, behind the place for a header.
    async fn read(
        &self,
        media: &Media,
        channel: u16,
        first: u64,
        end: u64,
    ) -> Result<Vec<u8>, ReadError> {
        let block = u64::from(self.wav.channels) * 2;
        let place = |sample: u64| (self.wav.audio.start + sample * block).min(self.wav.audio.end);
        let wanted = usize::try_from((end - first) * 2).unwrap_or(usize::MAX);
        let mut samples = Vec::with_capacity(wav::HEADER_BYTES.saturating_add(wanted));
        samples.resize(wav::HEADER_BYTES, 0);
        let (mut at, end) = (place(first), place(end));
        let step = (READ_BYTES / block).max(1) * block;
        let offset = usize::from(channel) * 2;
        while at < end {
            let next = (at + step).min(end);
            let read = media.part(&self.key, at..next).await?;
            let blocks = read.chunks_exact(usize::from(self.wav.channels) * 2);
            for block in blocks {
                samples.extend_from_slice(&block[offset..offset + 2]);
            }
            at = next;
        }
        Ok(samples)
    }
}

/// The sample that is heard at a time.
fn sample_at(ms: u32, rate: u32) -> u64 {
    u64::from(ms) * u64::from(rate) / 1000
}
