//! The object store, and the way of a recording from the carrier into it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use carrier::{Client, DownloadError};
use domain::ids::BusinessId;
use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use storage::recordings::StoredFile;
use url::Url;

use crate::wav::{self, NotWav, Wav};

/// Parts of an upload that may be under way at once.
const PARTS_UNDER_WAY: usize = 2;

/// Where audio is kept.
#[derive(Debug, Clone)]
pub(crate) struct Media(Arc<dyn ObjectStore>);

/// Why a recording is not in the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The carrier.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// What the carrier sent.
    #[error(transparent)]
    NotWav(#[from] NotWav),
    /// The store.
    #[error("the object store refused")]
    Store(#[from] object_store::Error),
}

/// Why a stored recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// What is stored.
    #[error(transparent)]
    NotWav(#[from] NotWav),
    /// The store.
    #[error("the stored recording cannot be read")]
    Store(#[from] object_store::Error),
}

impl FetchError {
    /// True when the same fetch may succeed later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Download(error) => error.is_transient(),
            Self::NotWav(_) | Self::Store(_) => true,
        }
    }
}

impl Media {
    /// Opens the store at `url`.
    pub(crate) fn open(url: &Url) -> anyhow::Result<Self> {
        Ok(Self(chassis::media::open(url)?))
    }

    /// Streams a recording from the carrier into the store under `business/<id>/calls/<call>/<recording>.wav`. A file is
    /// there whole or not at all; doing it again writes the same file again.
    pub(crate) async fn fetch(
        &self,
        carrier: &Client,
        source: &Url,
        max_bytes: u64,
        key: &str,
    ) -> Result<StoredFile, FetchError> {
        let mut audio = carrier.download_recording(source, max_bytes).await?;
        let upload = self.0.put_multipart(&Path::from(key)).await?;
        let mut upload = WriteMultipart::new(upload);
        let mut head: Vec<u8> = Vec::new();
        let mut total: u64 = 0;
        let copied: Result<(), FetchError> = async {
            while let Some(chunk) = audio.try_next().await? {
                let missing = wav::HEAD_BYTES.saturating_sub(head.len()).min(chunk.len());
                head.extend_from_slice(&chunk[..missing]);
                total += chunk.len() as u64;
                upload.wait_for_capacity(PARTS_UNDER_WAY).await?;
                upload.put(chunk);
            }
            Ok(())
        }
        .await;
        let checked = copied.and_then(|()| Ok(wav::read(&head, total)?));
        let wav = match checked {
            Ok(wav) => wav,
            Err(error) => {
                // What is left of it is invisible; failing to sweep it up changes nothing.
                let _ = upload.abort().await;
                return Err(error);
            }
        };
        upload.finish().await?;
        Ok(StoredFile {
            object_key: key.to_owned(),
            bytes: i64::try_from(total).unwrap_or(i64::MAX),
            duration_seconds: wav.seconds,
            channels: i16::try_from(wav.channels).unwrap_or(i16::MAX),
        })
    }

    /// The header of a stored recording.
    pub(crate) async fn header(&self, key: &str) -> Result<Wav, ReadError> {
        let path = Path::from(key);
        let total = self.0.head(&path).await?.size;
        let head = self
            .0
            .get_range(&path, 0..total.min(wav::HEAD_BYTES as u64));
        Ok(wav::read(&head.await?, total)?)
    }

    /// A part of a stored recording.
    pub(crate) async fn part(&self, key: &str, bytes: Range<u64>) -> Result<Bytes, ReadError> {
        Ok(self.0.get_range(&Path::from(key), bytes).await?)
    }

    /// The whole of a stored recording, if it is no larger than that.
    pub(crate) async fn whole(
        &self,
        key: &str,
        max_bytes: u64,
    ) -> Result<Option<Bytes>, ReadError> {
        let stored = self.0.get(&Path::from(key)).await?;
        if stored.meta.size > max_bytes {
            return Ok(None);
        }
        Ok(Some(stored.bytes().await?))
    }

    /// Removes a recording from the store. One that is not there is fine.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), object_store::Error> {
        match self.0.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Where a recording lies in the store. The SIDs are checked by type to be letters, digits, `-` and `_`.
pub(crate) fn object_key(
    business: BusinessId,
    call: &carrier::CallSid,
    recording: &carrier::RecordingSid,
) -> String {
    format!(
        "business/{business}/calls/{}/{}.wav",
        call.as_str(),
        recording.as_str()
    )
}
