//! The last step: the texts of a call and the suggestion, in one transaction with the end of the work. Who has lost the
//! claim writes nothing, so a conversation has exactly one suggestion.

use anyhow::Context as _;
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::BusinessId;
use storage::call_texts::CallTexts;
use storage::conversations::{self, Claimed, SavedSummary};
use storage::{TenantTx, call_texts, outbox, recordings};
use tracing::info;

use crate::listen::suggested_outcome;
use crate::{Processor, measures, outcome};

pub(crate) async fn raise(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<()> {
    let now = processor.clock.now();
    let claimed = claimed.clone();
    let summary = claimed
        .summary
        .clone()
        .context("a summarised conversation without a summary")?;
    let call_sid = claimed.source_event_id.clone();
    let raised = processor
        .db
        .tenant(business, move |tx| {
            if !conversations::finish(tx, now, &claimed)? {
                return Ok(false);
            }
            // A WhatsApp session has its texts in its own messages.
            if claimed.source == SuggestionSource::CallSummary {
                write_call_texts(tx, &claimed, &summary)?;
            }
            let suggestion = StatusSuggested {
                business_id: business,
                lead_id: claimed.lead,
                source: claimed.source,
                source_event_id: claimed.source_event_id.clone(),
                direction: claimed.direction,
                outcome: outcome::without_words(&claimed)
                    .and_then(suggested_outcome)
                    .map(str::to_owned),
                summary: summary.text,
                // Without a recommendation the summary's confidence says nothing about a status.
                confidence: summary.recommendation.as_ref().and(summary.confidence),
                recommendation: summary.recommendation,
                service: summary.service,
                city: summary.city,
                follow_up_at: summary.follow_up_at,
                dropped_label: summary.dropped_label,
                occurred_at: claimed.occurred_at,
            };
            outbox::stage(tx, now, suggestion)?;
            Ok::<bool, storage::StorageError>(true)
        })
        .await?;
    if raised {
        measures::SUGGESTIONS.count(&[]).increment(1);
        info!(business_id = business.0, call_sid, "suggestion raised");
    }
    Ok(())
}

fn write_call_texts(
    tx: &mut TenantTx<'_>,
    claimed: &Claimed,
    summary: &SavedSummary,
) -> storage::Result<()> {
    let recording = recordings::of_call(tx, &claimed.source_event_id)?
        .into_iter()
        .find(|recording| !recording.is_announced);
    let texts = CallTexts {
        recording_sid: recording.as_ref().map(|found| found.recording_sid.as_str()),
        recording_url: recording.as_ref().map(|found| found.source_url.as_str()),
        final_transcript: claimed.transcript.as_deref(),
        summary: Some(&summary.text),
        service: summary.service.as_deref(),
        city: summary.city.as_deref(),
        confidence: summary.confidence,
    };
    call_texts::write(tx, &claimed.source_event_id, &texts)?;
    Ok(())
}
