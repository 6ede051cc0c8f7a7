//! The audio of a call's recording, or why there is none to listen to.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, ContentDisposition, DispositionParam, DispositionType, ETag,
    EntityTag, Header as _, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chassis::telemetry::chain;
use domain::ids::BusinessId;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _};
use serde_json::json;
use storage::listening::{Recorded, State};
use storage::timeline::{self, RecordedCall};

use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// What people said is not to lie about in the browsers and proxies between; there it would outlive its deletion here.
const CACHE: &str = "private, no-store";

/// Audio in the object store.
pub(super) struct Audio {
    /// Where it lies.
    pub(super) path: Path,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Names its content: a recording never changes once it is stored.
    pub(super) tag: EntityTag,
    call_sid: String,
}

impl Audio {
    /// The audio of a call of this business.
    pub(super) async fn of_call(
        gateway: &Gateway,
        business: BusinessId,
        call_sid: String,
    ) -> Result<Self> {
        let sid = call_sid.clone();
        let RecordedCall { recording, .. } = gateway
            .db
            .tenant(business, move |tx| {
                Ok::<_, Problem>(timeline::call(tx, &sid)?)
            })
            .await?;
        let (id, path) = stored(recording)?;
        let size = gateway.media.head(&path).await.map_err(unreadable)?.size;
        Ok(Self {
            path,
            size,
            tag: EntityTag::new_strong(format!("{id}-{size:x}")),
            call_sid,
        })
    }

    /// Whether the client says that it has it already (`If-None-Match`).
    pub(super) fn is_known(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Err(_) => false,
        }
    }

    /// The beginning of an answer about it.
    pub(super) fn answer(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(status);
        answer
            .insert_header(ETag(self.tag.clone()))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((CACHE_CONTROL, CACHE));
        if status.is_success() {
            answer
                .content_type("audio/wav")
                .insert_header(ContentDisposition {
                    disposition: DispositionType::Inline,
                    parameters: vec![DispositionParam::Filename(format!("{}.wav", self.call_sid))],
                });
        }
        answer
    }
}

/// The row and the place of a recording that can be listened to; else why it cannot.
fn stored(recording: Option<Recorded>) -> Result<(i64, Path)> {
    let recording = recording.ok_or(Code::NoRecording)?;
    match (recording.state, recording.object_key) {
        (State::Stored, Some(key)) => Ok((recording.id, Path::from(key))),
        (State::Stored, None) => Err(Code::RecordingLost.into()),
        (State::Announced, _) => Err(Code::RecordingNotReady.into()),
        (State::Failed, _) => Err(match recording.last_error {
            Some(why) => Problem::from(Code::RecordingFailed).detail(why),
            None => Code::RecordingFailed.into(),
        }),
        (State::Deleted, _) => {
            Err(Problem::from(Code::RecordingDeleted)
                .with("deleted_at", json!(recording.deleted_at)))
        }
    }
}

/// What the object store says when it does not give a file.
pub(super) fn unreadable(error: Error) -> Problem {
    let code = match error {
        Error::NotFound { .. } => Code::RecordingLost,
        _ => Code::Unavailable,
    };
    tracing::warn!(error = chain(&error), "a stored recording cannot be read");
    code.into()
}
