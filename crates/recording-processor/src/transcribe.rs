//! The words of the stored recordings, one piece at a time: each is kept before the next is asked for, so who goes on after a
//! crash pays for the missing ones only; and each renews the lease, so a long call on a slow server does not lose it.

use domain::ids::BusinessId;
use domain::messages::Language;
use speech::{SpeechError, Transcript};
use storage::StorageError;
use storage::conversations::{Achieved, Claimed};
use storage::recordings::{self, Recording};
use storage::transcript_pieces::{self, Piece, Stretch};
use storage::transcription_days::{self, Reserved};
use tracing::warn;

use crate::Processor;
use crate::dialogue::{Heard, Part};
use crate::measures;
use crate::media::ReadError;
use crate::missing::Missing;
use crate::pieces::{PieceError, Recorded};
use crate::server::Refusal;
use crate::steps::{Failure, Step};

/// Why nothing was heard.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    /// The speech server.
    #[error(transparent)]
    Speech(#[from] Refusal),
    /// The stored recording.
    #[error(transparent)]
    Piece(#[from] PieceError),
    /// What the business may have transcribed in a day.
    #[error("the business has no minutes left today")]
    BudgetSpent,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ReadError> for ListenError {
    fn from(error: ReadError) -> Self {
        Self::Piece(error.into())
    }
}

/// What is known of a call's words.
struct Known {
    recordings: Vec<Recording>,
    pieces: Vec<Piece>,
    hint: Option<Language>,
}

/// Hears the next piece; or, when none is missing, puts them together.
pub(crate) async fn transcribe(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    if !processor.speech.can_listen() {
        return Ok(Step::Achieved(Missing::NoTranscriber.given_up(None)));
    }
    let error = match listen(processor, business, claimed).await {
        Ok(achieved) => return Ok(Step::Achieved(achieved)),
        Err(error) => error,
    };
    let missing = match &error {
        ListenError::BudgetSpent => Missing::BudgetSpent,
        _ if is_final(processor, claimed, &error) => Missing::TranscriptionFailed,
        _ => return Ok(Step::Failed(failure(processor, error))),
    };
    warn!(
        call_sid = claimed.source_event_id,
        error = &error as &dyn std::error::Error,
        "no transcript; going on without it"
    );
    let why = format!("{:#}", anyhow::Error::new(error));
    Ok(Step::Achieved(missing.given_up(Some(why))))
}

fn is_final(processor: &Processor, claimed: &Claimed, error: &ListenError) -> bool {
    let (work, now) = (&processor.work, processor.clock.now());
    match error {
        ListenError::BudgetSpent | ListenError::Piece(PieceError::CannotBeCut) => true,
        ListenError::Speech(refusal) => refusal.is_final(work, claimed, now, work.stt_outage()),
        ListenError::Piece(PieceError::Read(_)) | ListenError::Storage(_) => {
            work.is_last_attempt(claimed.attempts)
        }
    }
}

fn failure(processor: &Processor, error: ListenError) -> Failure {
    match error {
        ListenError::Speech(refusal) => Failure::refused(refusal, processor.clock.now()),
        error => anyhow::Error::new(error).into(),
    }
}

async fn listen(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> Result<Achieved, ListenError> {
    let call = claimed.source_event_id.clone();
    let known = processor
        .db
        .tenant(business, move |tx| {
            Ok::<Known, StorageError>(Known {
                recordings: recordings::of_call(tx, &call)?,
                pieces: transcript_pieces::of_call(tx, &call)?,
                hint: transcription_days::language_hint(tx)?,
            })
        })
        .await?;
    if known.recordings.is_empty() {
        // It was waited for so long that its days are over.
        return Ok(Missing::NoRecording.given_up(None));
    }
    let mut all = Heard::default();
    for recording in &known.recordings {
        let Some(key) = recording.object_key.clone() else {
            continue;
        };
        let recorded = Recorded::open(&processor.media, key, processor.work.piece_ms()).await?;
        let mut parts = Vec::new();
        for channel in 0..recorded.channels() {
            let heard = heard(&known.pieces, recording, channel);
            let heard_ms = heard.last().map_or(0, |piece| piece.stretch.ends_at_ms);
            let from = u32::try_from(heard_ms).unwrap_or_default();
            if from < recorded.ms() {
                let next = Next {
                    recording,
                    channel,
                    from,
                };
                let piece = hear(processor, business, &recorded, next, known.hint).await?;
                return Ok(Achieved::Heard(piece));
            }
            for piece in heard {
                parts.extend(part(piece, channel)?);
            }
        }
        all.append(Heard::of(parts, recorded.channels()));
    }
    Ok(Achieved::Transcribed {
        transcription: Some(all.text),
        transcript: Some(all.dialogue),
        language: all.language,
        why: None,
        error: None,
    })
}

/// The pieces of a channel that are known, from its start to the first gap.
fn heard<'a>(pieces: &'a [Piece], recording: &Recording, channel: u16) -> Vec<&'a Piece> {
    let mut at = 0;
    pieces
        .iter()
        .filter(|piece| {
            piece.stretch.recording == recording.id
                && u16::try_from(piece.stretch.channel) == Ok(channel)
        })
        .take_while(|piece| {
            let follows = piece.stretch.starts_at_ms == at;
            at = piece.stretch.ends_at_ms;
            follows
        })
        .collect()
}

/// A piece that has words.
fn part(piece: &Piece, channel: u16) -> Result<Option<Part>, StorageError> {
    let Some(transcript) = piece.transcript.clone() else {
        return Ok(None);
    };
    let transcript: Transcript = serde_json::from_value(transcript)
        .map_err(|error| StorageError::Corrupt(format!("transcript of a piece: {error}")))?;
    Ok(Some(Part {
        channel,
        starts_at: f64::from(piece.stretch.starts_at_ms) / 1000.0,
        transcript,
    }))
}

/// The piece that is heard next.
#[derive(Clone, Copy)]
struct Next<'a> {
    recording: &'a Recording,
    channel: u16,
    from: u32,
}

/// Hears a piece. One in which nobody speaks is not paid for.
async fn hear(
    processor: &Processor,
    business: BusinessId,
    recorded: &Recorded,
    next: Next<'_>,
    hint: Option<Language>,
) -> Result<Piece, ListenError> {
    processor.speech.listens()?;
    let piece = recorded
        .piece(&processor.media, next.channel, next.from)
        .await?;
    let stretch = Stretch {
        recording: next.recording.id,
        channel: i16::try_from(next.channel).unwrap_or(i16::MAX),
        starts_at_ms: i32::try_from(next.from).unwrap_or(i32::MAX),
        ends_at_ms: i32::try_from(piece.ends_at_ms).unwrap_or(i32::MAX),
    };
    if piece.is_silent {
        return Ok(Piece {
            stretch,
            transcript: None,
        });
    }
    let reserved = reserve(processor, business, stretch).await?;
    match processor.speech.transcribe(piece.file, hint).await {
        Ok(transcript) => {
            let seconds = u64::try_from(reserved.ms / 1000).unwrap_or_default();
            measures::TRANSCRIBED.count(&[]).increment(seconds);
            let transcript = serde_json::to_value(transcript).map_err(|error| {
                Refusal::from(SpeechError::Malformed {
                    reason: error.to_string(),
                })
            })?;
            Ok(Piece {
                stretch,
                transcript: Some(transcript),
            })
        }
        Err(refusal) => {
            if !refusal.error.may_cost() {
                processor
                    .db
                    .tenant(business, move |tx| {
                        transcription_days::give_back(tx, reserved)
                    })
                    .await?;
            }
            Err(refusal.into())
        }
    }
}

async fn reserve(
    processor: &Processor,
    business: BusinessId,
    stretch: Stretch,
) -> Result<Reserved, ListenError> {
    let now = processor.clock.now();
    let ms = i64::from(stretch.ends_at_ms) - i64::from(stretch.starts_at_ms);
    processor
        .db
        .tenant(business, move |tx| transcription_days::reserve(tx, now, ms))
        .await?
        .ok_or(ListenError::BudgetSpent)
}
