//! A broker that fails at a moment of the test's choice: between it and its clients stands this, which reads AMQP 0-9-1
//! frames as they pass.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const METHOD: u8 = 1;
/// Class and method.
const BASIC_PUBLISH: [u8; 4] = [0, 60, 0, 40];
const BASIC_ACK: [u8; 4] = [0, 60, 0, 80];
/// What a client says first: the protocol and its version.
const GREETING: usize = 8;

/// A broker that confirms some messages, gets no others, and is then gone until it is brought back.
pub struct FailingBroker {
    url: String,
    state: Arc<State>,
}

struct State {
    broker: SocketAddr,
    /// How many messages it gets before it fails.
    messages: usize,
    published: AtomicUsize,
    is_gone: AtomicBool,
    is_sound: AtomicBool,
}

impl FailingBroker {
    /// Before the broker at `url`; it confirms so many messages and fails.
    pub fn after(messages: usize, url: &str) -> Self {
        let (login, place) = url.split_once('@').expect("a login");
        let (broker, vhost) = place.split_once('/').expect("a vhost");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            broker: std::net::ToSocketAddrs::to_socket_addrs(broker)
                .expect("an address")
                .next()
                .expect("an address"),
            messages,
            published: AtomicUsize::new(0),
            is_gone: AtomicBool::new(false),
            is_sound: AtomicBool::new(false),
        });
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !served.is_gone.load(Ordering::SeqCst) {
                    // A connection that cannot be made is one that breaks.
                    let _ = serve(&served, client);
                }
            }
        });
        Self {
            url: format!("{login}@{address}/{vhost}"),
            state,
        }
    }

    pub fn amqp_url(&self) -> &str {
        &self.url
    }

    /// It is back, and fails no more.
    pub fn comes_back(&self) {
        self.state.is_sound.store(true, Ordering::SeqCst);
        self.state.is_gone.store(false, Ordering::SeqCst);
    }
}

fn serve(state: &Arc<State>, client: TcpStream) -> io::Result<()> {
    let broker = TcpStream::connect(state.broker)?;
    let (up, down) = (Arc::clone(state), Arc::clone(state));
    let (from_client, to_broker) = (client.try_clone()?, broker.try_clone()?);
    thread::spawn(move || up.to_broker(from_client, to_broker));
    thread::spawn(move || down.to_client(broker, client));
    Ok(())
}

impl State {
    /// Passes on what a client says, but for messages that the broker does not get any more.
    fn to_broker(&self, mut client: TcpStream, mut broker: TcpStream) -> io::Result<()> {
        let mut greeting = [0; GREETING];
        client.read_exact(&mut greeting)?;
        broker.write_all(&greeting)?;
        while let Ok(frame) = frame(&mut client) {
            if method(&frame, BASIC_PUBLISH).is_some() {
                let before = self.published.fetch_add(1, Ordering::SeqCst);
                if before >= self.messages && !self.is_sound.load(Ordering::SeqCst) {
                    // What is left unread when a connection closes takes with it what the other side has not read yet.
                    io::copy(&mut client, &mut io::sink())?;
                    return Ok(());
                }
            }
            broker.write_all(&frame)?;
        }
        broker.shutdown(Shutdown::Both)
    }

    /// Passes on what the broker says, up to the last confirm of the messages that it gets.
    fn to_client(&self, mut broker: TcpStream, mut client: TcpStream) -> io::Result<()> {
        let mut confirmed = BTreeSet::new();
        while let Ok(frame) = frame(&mut broker) {
            client.write_all(&frame)?;
            let Some(arguments) = method(&frame, BASIC_ACK) else {
                continue;
            };
            let (tag, is_multiple) = (&arguments[..8], arguments[8] & 1 == 1);
            let tag = u64::from_be_bytes(tag.try_into().expect("eight bytes"));
            confirmed.extend(if is_multiple { 1..=tag } else { tag..=tag });
            if confirmed.len() >= self.messages && !self.is_sound.load(Ordering::SeqCst) {
                self.is_gone.store(true, Ordering::SeqCst);
                break;
            }
        }
        broker.shutdown(Shutdown::Both)?;
        client.shutdown(Shutdown::Write)
    }
}

/// The next frame: type, channel, size, payload and the octet that ends it.
fn frame(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 7];
    from.read_exact(&mut frame)?;
    let size = u32::from_be_bytes(frame[3..7].try_into().expect("four bytes"));
    frame.resize(7 + size as usize + 1, 0);
    from.read_exact(&mut frame[7..])?;
    Ok(frame)
}

/// The arguments of the frame, if it is of this method.
fn method(frame: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    let payload = &frame[7..];
    (frame[0] == METHOD && payload.starts_with(&wanted)).then(|| &payload[4..])
}
