//! The texts of a call in `call_log`: transcript, summary and what was extracted. Everything else of that table is the
//! dialer's.

use diesel::prelude::*;

use crate::schema::call_log as t;
use crate::{Result, TenantTx};

/// What is known of a call's content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallTexts<'a> {
    /// The carrier's id of the recording.
    pub recording_sid: Option<&'a str>,
    /// Its address at the carrier.
    pub recording_url: Option<&'a str>,
    /// With speakers, as shown and classified.
    pub final_transcript: Option<&'a str>,
    /// The summary, with its tag.
    pub summary: Option<&'a str>,
    /// The service asked for.
    pub service: Option<&'a str>,
    /// Where.
    pub city: Option<&'a str>,
    /// 0 to 1.
    pub confidence: Option<f64>,
}

/// Writes the texts of a call. False when the business has no such call.
///
/// # Errors
/// When the statement fails.
pub fn write(tx: &mut TenantTx<'_>, call_sid: &str, texts: &CallTexts<'_>) -> Result<bool> {
    let written = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq(call_sid))
        .set((
            t::recording_sid.eq(texts.recording_sid),
            t::recording_url.eq(texts.recording_url),
            t::final_transcript.eq(texts.final_transcript),
            t::summary.eq(texts.summary),
            t::extracted_service.eq(texts.service),
            t::extracted_city.eq(texts.city),
            t::extraction_confidence.eq(texts.confidence),
        ))
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// Notes which recording a call has, when it arrives after the texts were written.
///
/// # Errors
/// When the statement fails.
pub fn note_recording(
    tx: &mut TenantTx<'_>,
    call_sid: &str,
    recording_sid: &str,
    url: &str,
) -> Result<()> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq(call_sid))
        .filter(t::recording_sid.is_null())
        .set((t::recording_sid.eq(recording_sid), t::recording_url.eq(url)))
        .execute(tx.conn)?;
    Ok(())
}

/// Keeps what the speech server gave, as it gave it.
pub(crate) fn note_transcription(
    tx: &mut TenantTx<'_>,
    call_sid: &str,
    transcription: &str,
) -> Result<()> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq(call_sid))
        .set(t::transcription.eq(transcription))
        .execute(tx.conn)?;
    Ok(())
}
