//! The clients of the streams: as little as hears of a change, since they share the machine with what is measured.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

/// What a stream says of a change.
const CHANGE: &[u8] = b"event: status.changed\n";
/// What it says first.
const GREETING: &[u8] = b"retry: ";
/// Connections that are made at once: the gateway's backlog is not without end.
const AT_ONCE: usize = 200;
/// How long a stream may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// Open streams.
pub(super) struct Listeners {
    streams: u32,
    heard: mpsc::UnboundedReceiver<Instant>,
    /// Dropped, they hang up.
    _tasks: JoinSet<()>,
}

impl Listeners {
    /// Opens so many streams, and waits until each has begun.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub(super) async fn open(gateway: &str, key: &str, streams: u32) -> anyhow::Result<Self> {
        let url = Url::parse(gateway)?;
        let address = url.authority().to_owned();
        let request = format!(
            "GET /api/events?types=status.changed HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        let (sender, heard) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let mut opening = JoinSet::new();
        for place in 0..streams as usize {
            if place >= AT_ONCE {
                follow(&mut opening, &mut tasks, &sender).await?;
            }
            let (address, request) = (address.clone(), request.clone());
            opening.spawn(tokio::time::timeout(PATIENCE, async move {
                begin(&address, &request).await
            }));
        }
        while !opening.is_empty() {
            follow(&mut opening, &mut tasks, &sender).await?;
        }
        Ok(Self {
            streams,
            heard,
            _tasks: tasks,
        })
    }

    /// When each stream heard of the next change; those that did not within `patience` are left out.
    pub(super) async fn hear(&mut self, patience: Duration) -> Vec<Instant> {
        let until = tokio::time::Instant::now() + patience;
        let mut times = Vec::with_capacity(self.streams as usize);
        while times.len() < self.streams as usize {
            match tokio::time::timeout_at(until, self.heard.recv()).await {
                Ok(Some(at)) => times.push(at),
                _ => break,
            }
        }
        times
    }
}

type Opened = Result<anyhow::Result<TcpStream>, tokio::time::error::Elapsed>;

/// Takes the next stream that has begun, and listens to it from now on.
async fn follow(
    opening: &mut JoinSet<Opened>,
    tasks: &mut JoinSet<()>,
    sender: &mpsc::UnboundedSender<Instant>,
) -> anyhow::Result<()> {
    if let Some(opened) = opening.join_next().await {
        let stream = opened?.context("a stream did not begin in time")??;
        tasks.spawn(listen(stream, sender.clone()));
    }
    Ok(())
}

/// Asks for a stream, and reads until it has begun.
async fn begin(address: &str, request: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::new();
    while !contains(&read, GREETING) {
        if stream.read_buf(&mut read).await? == 0 {
            bail!("a stream was refused: {}", String::from_utf8_lossy(&read));
        }
    }
    Ok(stream)
}

/// Tells of every change as it is read, until the stream ends.
async fn listen(mut stream: TcpStream, sender: mpsc::UnboundedSender<Instant>) {
    let mut buffer = [0; 2_048];
    let mut kept: Vec<u8> = Vec::new();
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let at = Instant::now();
        kept.extend_from_slice(&buffer[..read]);
        while let Some(place) = find(&kept, CHANGE) {
            kept.drain(..place + CHANGE.len());
            if sender.send(at).is_err() {
                return;
            }
        }
        // The beginning of a change may stand at the end.
        let rest = kept.len().saturating_sub(CHANGE.len() - 1);
        kept.drain(..rest);
    }
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    find(text, wanted).is_some()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
