//! Servers that break HTTP in ways in which a mock server does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One request per connection; gone with its test.
pub struct RoughServer {
    pub at: SocketAddr,
    asked: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
    /// Ends with it.
    _running: JoinSet<()>,
}

/// What it sends to the n-th request, from 0.
pub type Answer = fn(u64) -> Vec<u8>;

impl RoughServer {
    /// Sends the answer, so many times over, and closes the connection.
    pub async fn start(answer: Answer, repeated: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let (asked, written) = (Arc::default(), Arc::default());
        let mut running = JoinSet::new();
        running.spawn(run(
            listener,
            Arc::clone(&asked),
            Arc::clone(&written),
            answer,
            repeated,
        ));
        Self {
            at,
            asked,
            written,
            _running: running,
        }
    }

    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// How many bytes it could send.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }
}

async fn run(
    listener: TcpListener,
    asked: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
    answer: Answer,
    repeated: u32,
) {
    while let Ok((mut connection, _)) = listener.accept().await {
        read_request(&mut connection).await;
        let answer = answer(asked.fetch_add(1, Ordering::SeqCst));
        for _ in 0..repeated {
            // A client that has had enough closes the connection.
            if connection.write_all(&answer).await.is_err() {
                break;
            }
            written.fetch_add(answer.len() as u64, Ordering::SeqCst);
        }
        let _ = connection.shutdown().await;
    }
}

/// Reads the head of a request and as much of its body as has come with it.
async fn read_request(connection: &mut TcpStream) {
    let (mut request, mut some) = (Vec::new(), [0; 16 * 1024]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match connection.read(&mut some).await {
            Ok(read) if read > 0 => request.extend_from_slice(&some[..read]),
            _ => return,
        }
    }
}
