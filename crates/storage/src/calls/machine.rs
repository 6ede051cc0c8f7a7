//! Calls that a machine has picked up.

use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use domain::ids::AttemptId;
use domain::messages::Language;
use domain::voicemail::Voicemail;

use crate::{Result, StorageError, Tx};

/// A call that goes on with a machine, and what its business wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtMachine {
    /// The carrier's id.
    pub call_sid: String,
    /// What is to be done.
    pub voicemail: Voicemail,
    /// The business's name.
    pub business_name: String,
    /// The business's language.
    pub language: Language,
}

/// What is to be done about the machine that picked up an outbound call; `None` when the call is over.
///
/// # Errors
/// [`StorageError::Corrupt`] when the setting or the language cannot be read.
pub fn at_machine(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<Option<AtMachine>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        call_sid: Option<String>,
        #[diesel(sql_type = Jsonb)]
        voicemail: serde_json::Value,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        language: String,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT c.call_sid, s.voicemail, b.name, b.language
         FROM call_log c
         JOIN business_settings s ON s.business_id = c.business_id
         JOIN business b ON b.id = c.business_id
         WHERE c.attempt_id = $1 AND c.direction = 'outbound' AND c.answered_by = 'machine' AND c.ended_at IS NULL",
    )
    .bind::<SqlUuid, _>(attempt.0)
    .get_result(tx.conn)
    .optional()?;
    let Some(Row {
        call_sid: Some(call_sid),
        voicemail,
        name,
        language,
    }) = row
    else {
        return Ok(None);
    };
    Ok(Some(AtMachine {
        call_sid,
        voicemail: serde_json::from_value(voicemail)
            .map_err(|error| StorageError::Corrupt(format!("setting voicemail: {error}")))?,
        business_name: name,
        language: language
            .parse()
            .map_err(|_| StorageError::Corrupt(format!("language {language:?}")))?,
    }))
}
