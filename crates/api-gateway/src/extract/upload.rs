use std::fs::File;
use std::future::Future;
use std::io::Seek as _;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// How long the next piece of a file may take.
const PIECE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a whole file may take: the largest one over a line of some 2 Mbit/s.
const FILE_TIMEOUT: Duration = Duration::from_secs(300);

/// A file that is the body of a request, at most `LARGEST` bytes. It has arrived as a whole before anything is done with it,
/// on the disk and under no name: what breaks off leaves nothing behind, and no connection to the database waits for a slow
/// client.
pub(crate) struct Upload<const LARGEST: u64> {
    /// At its first byte.
    pub(crate) file: File,
    /// SHA-256 of what is in it.
    pub(crate) hash: [u8; 32],
}

impl<const LARGEST: u64> FromRequest for Upload<LARGEST> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let refused = refusal(request, LARGEST);
        let mut payload = payload.take();
        Box::pin(async move {
            if let Some(refused) = refused {
                return Err(refused);
            }
            timeout(FILE_TIMEOUT, take_in(&mut payload, LARGEST))
                .await
                .unwrap_or_else(|_| Err(Code::RequestTimeout.into()))
        })
    }
}

/// What the head of a request tells already.
fn refusal(request: &HttpRequest, largest: u64) -> Option<Problem> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let media_type = header(CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    if media_type.starts_with("multipart/") {
        return Some(
            Problem::from(Code::UnsupportedMediaType)
                .detail("send the file itself as the body, as text/csv"),
        );
    }
    let length: Option<u64> = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    length
        .filter(|length| *length > largest)
        .map(|_| too_large(largest))
}

/// The rest of the body is not waited for.
fn too_large(largest: u64) -> Problem {
    Problem::from(Code::BodyTooLarge)
        .detail(format!("at most {largest} bytes"))
        .header(CONNECTION, "close".to_owned())
}

async fn take_in<const LARGEST: u64>(
    payload: &mut Payload,
    largest: u64,
) -> Result<Upload<LARGEST>, Problem> {
    let broken = |error: std::io::Error| Problem::internal(&error);
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(broken)?);
    let (mut hash, mut length) = (Sha256::new(), 0_u64);
    loop {
        let piece = timeout(PIECE_TIMEOUT, payload.next())
            .await
            .map_err(|_| Problem::from(Code::RequestTimeout))?;
        let Some(piece) = piece else {
            break;
        };
        let piece =
            piece.map_err(|_| Problem::from(Code::InvalidBody).detail("the body broke off"))?;
        length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if length > largest {
            return Err(too_large(largest));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(broken)?;
    }
    file.flush().await.map_err(broken)?;
    let mut file = file.into_std().await;
    file.rewind().map_err(broken)?;
    Ok(Upload {
        file,
        hash: hash.finalize().into(),
    })
}
