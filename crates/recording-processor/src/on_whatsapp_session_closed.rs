//! `whatsapp.session.closed`: the work on a WhatsApp session is opened. Its words are there already, so that it is
//! summarised next.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::events::{Envelope, WhatsappSessionClosed};
use messaging::{Broker, Decision};
use storage::conversations::{self, NewSession};
use storage::trace_contexts::{self, Subject};
use storage::{TenantTx, businesses, inbox, whatsapp_messages, whatsapp_sessions};

use crate::{Processor, SERVICE, written};

/// Closed sessions taken in at once.
const PREFETCH: u16 = 16;

/// Of a session that is longer than anybody reads, the end is what it came to.
const MOST_MESSAGES: i64 = 500;

pub(crate) fn start(processor: &Arc<Processor>, broker: &Broker) {
    let shared = Arc::clone(processor);
    let consumer = broker.consume::<WhatsappSessionClosed>(
        SERVICE,
        PREFETCH,
        processor.lifecycle.shutdown_token(),
        move |event| {
            let processor = Arc::clone(&shared);
            async move { closed(&processor, event).await }
        },
    );
    processor
        .lifecycle
        .spawn("consumer of whatsapp.session.closed", consumer);
}

async fn closed(
    processor: &Processor,
    event: Envelope<WhatsappSessionClosed>,
) -> Result<(), Decision> {
    let now = processor.clock.now();
    processor
        .db
        .tenant(event.data.business_id, move |tx| take_in(tx, now, &event))
        .await?;
    processor.wake.notify_one();
    Ok(())
}

fn take_in(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    event: &Envelope<WhatsappSessionClosed>,
) -> storage::Result<()> {
    let business = tx.business;
    if !inbox::first_time(tx, business, SERVICE, event.id)? {
        return Ok(());
    }
    let id = event.data.session_id;
    let session = whatsapp_sessions::get(tx, id)?;
    let messages = whatsapp_messages::last_of_session(tx, id, MOST_MESSAGES)?;
    let language = businesses::get(tx, business)?.language()?;
    let conversation = Subject::Conversation(event.data.source_event_id());
    trace_contexts::remember(tx, business, &conversation)?;
    conversations::open_session(
        tx,
        now,
        &NewSession {
            source_event_id: &event.data.source_event_id(),
            lead: event.data.lead_id,
            occurred_at: session.last_message_at,
            transcript: written::transcript(language, &messages).as_deref(),
        },
    )?;
    Ok(())
}
