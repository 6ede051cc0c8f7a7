use std::collections::BTreeMap;
use std::fs;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

const BUCKET: &str = "recordings";
const KEY: &str = "the key";
const SECRET: &str = "the secret";

/// An S3 server with one bucket, which checks signatures. It ends with its test.
pub(crate) struct ObjectServer {
    endpoint: String,
    directory: TempDir,
    _tasks: JoinSet<()>,
}

impl ObjectServer {
    pub(crate) async fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        fs::create_dir(directory.path().join(BUCKET)).expect("a bucket");
        let files = FileSystem::new(directory.path()).expect("a file system");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, service.build()));
        Self {
            endpoint,
            directory,
            _tasks: tasks,
        }
    }

    /// A place in the bucket.
    pub(crate) fn url(&self) -> Url {
        format!("s3://{BUCKET}/kept/here").parse().expect("a URL")
    }

    /// Whether an object is at that place.
    pub(crate) fn has(&self, key: &str) -> bool {
        let bucket = self.directory.path().join(BUCKET);
        bucket.join("kept/here").join(key).is_file()
    }

    /// What a process is told to find it.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_REGION", "il-central-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
        connections.spawn(async move {
            // Whoever is cut off says so.
            let _ = connection.await;
        });
    }
}
