//! Opens the object store in which files are kept: a directory of this machine, or S3 and what speaks like it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};
use url::Url;

/// What the standard variables of S3 begin with.
const S3_PREFIX: &str = "AWS_";
/// What holds for S3 unless the environment says otherwise. A body is read as slowly as whoever it is for reads it, so its
/// whole time is not bounded tightly; its silence is.
const S3_DEFAULTS: [(&str, &str); 2] = [
    ("AWS_TIMEOUT", "1 hour"),
    ("AWS_READ_TIMEOUT", "30 seconds"),
];
/// How often and how long a request to S3 is repeated. Somebody may be waiting for it; who is not has retries of their own.
const S3_RETRIES: usize = 3;
const S3_RETRY_FOR: Duration = Duration::from_secs(10);

/// Opens the store at `url`: `file:///a/directory`, which is made where it does not exist, or `s3://bucket/prefix`, with the
/// credentials, the region and the endpoint of the `AWS_*` variables of this process.
///
/// # Errors
/// One line that says what is wrong with `MEDIA_URL` and what to write instead. Whether S3 answers is not asked.
pub fn open(url: &Url) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    open_from(url, &environment.collect())
}

/// As [`open`], with the variables of the given environment.
///
/// # Errors
/// As [`open`].
pub fn open_from(
    url: &Url,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<Arc<dyn ObjectStore>> {
    match url.scheme() {
        "file" => Ok(Arc::new(directory(url)?)),
        "s3" => s3(url, environment),
        scheme => bail!(
            "MEDIA_URL starts with {scheme}://, where nothing can be kept; use file:///a/directory or s3://bucket/prefix"
        ),
    }
}

fn directory(url: &Url) -> anyhow::Result<LocalFileSystem> {
    let Ok(directory) = url.to_file_path() else {
        bail!("MEDIA_URL must name a local directory, such as file:///var/lib/callboard/media");
    };
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("MEDIA_URL: {} cannot be made", directory.display()))?;
    let store = LocalFileSystem::new_with_prefix(&directory)
        .with_context(|| format!("MEDIA_URL: {}", directory.display()))?;
    // The original may be deleted on the strength of the copy, so the copy has to be on the disk. Where the last file of a
    // directory is deleted, the directory goes with it.
    Ok(store.with_fsync(true).with_automatic_cleanup(true))
}

fn s3(url: &Url, environment: &BTreeMap<String, String>) -> anyhow::Result<Arc<dyn ObjectStore>> {
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "MEDIA_URL has credentials in it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
    );
    let bucket = url.host_str().unwrap_or_default();
    ensure!(
        !bucket.is_empty()
            && url.port().is_none()
            && url.query().is_none()
            && url.fragment().is_none(),
        "MEDIA_URL must name a bucket and perhaps a prefix, such as s3://bucket/prefix; the server is set by AWS_ENDPOINT_URL"
    );
    let prefix = Path::from_url_path(url.path()).context("MEDIA_URL: the prefix cannot be used")?;
    let store = bucket_store(bucket, environment)
        .context("MEDIA_URL: S3 cannot be used with these AWS_* variables")?;
    Ok(if prefix.as_ref().is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}

fn bucket_store(
    bucket: &str,
    environment: &BTreeMap<String, String>,
) -> object_store::Result<AmazonS3> {
    let said = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, value)| name.starts_with(S3_PREFIX) && !value.is_empty());
    let retries = RetryConfig {
        max_retries: S3_RETRIES,
        retry_timeout: S3_RETRY_FOR,
        ..RetryConfig::default()
    };
    S3_DEFAULTS
        .into_iter()
        .chain(said)
        .fold(AmazonS3Builder::new(), |builder, (name, value)| match name
            .to_ascii_lowercase()
            .parse()
        {
            Ok(key) => builder.with_config(key, value),
            Err(_) => builder,
        })
        .with_bucket_name(bucket)
        .with_retry(retries)
        .build()
}
