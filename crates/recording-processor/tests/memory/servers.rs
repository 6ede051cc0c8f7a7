//! A carrier that serves an hour of stereo and a speech server that reads what it is sent, both without keeping any of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// An hour of 16-bit stereo at 8 kHz.
pub const HOUR_BYTES: u32 = 3600 * 8000 * 4;

/// Of five minutes at most, so that the last is no scrap.
pub const PIECES: usize = 13;

/// So much is written at once.
const BLOCK_BYTES: usize = 32 * 1024;

/// An HTTP server for both.
pub struct Servers {
    pub url: String,
    heard: Arc<AtomicUsize>,
}

impl Servers {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heard = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&heard);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let counted = Arc::clone(&counted);
                // Whoever hangs up early has its reasons.
                thread::spawn(move || connection.and_then(|stream| answer(stream, &counted)));
            }
        });
        Self { url, heard }
    }

    /// How many pieces were transcribed.
    pub fn heard(&self) -> usize {
        self.heard.load(Ordering::Relaxed)
    }
}

fn answer(stream: TcpStream, heard: &AtomicUsize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let is_download = line.starts_with("GET");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a number");
        }
    }
    if is_download {
        return serve_hour(stream);
    }
    assert!(length > 1_000_000, "a piece is sent with its length");
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    let number = heard.fetch_add(1, Ordering::Relaxed);
    // Each channel speaks in turn, so that no two lines become one.
    let (piece, channel) = (number % PIECES, number / PIECES);
    let start = if channel == 0 { 1 } else { 100 };
    let json = format!(
        r#"{{"text":"{piece}","language":"english","segments":[{{"start":{start},"end":{start},"text":"{piece}"}}]}}"#
    );
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    write!(
        &stream,
        "{head}Content-Length: {}\r\n\r\n{json}",
        json.len()
    )
}

fn serve_hour(mut stream: TcpStream) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nConnection: close\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n", HOUR_BYTES + 44)?;
    stream.write_all(b"RIFF")?;
    stream.write_all(&(HOUR_BYTES + 36).to_le_bytes())?;
    stream.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x02\0")?;
    stream.write_all(&8000_u32.to_le_bytes())?;
    stream.write_all(&32_000_u32.to_le_bytes())?;
    stream.write_all(b"\x04\0\x10\0data")?;
    stream.write_all(&HOUR_BYTES.to_le_bytes())?;
    let tone = |sample: usize| if sample % 40 < 20 { 8000_i16 } else { -8000 };
    let block: Vec<u8> = (0..BLOCK_BYTES / 2)
        .flat_map(|sample| tone(sample).to_le_bytes())
        .collect();
    let mut left = HOUR_BYTES as usize;
    while left > 0 {
        let now = left.min(BLOCK_BYTES);
        stream.write_all(&block[..now])?;
        left -= now;
    }
    Ok(())
}
