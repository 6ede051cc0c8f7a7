use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A mail server that takes everything, unless it is told what else to answer. It ends with the process of its test.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    letters: Vec<Letter>,
    answers: VecDeque<(&'static str, &'static str)>,
}

/// What was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Head and body, as sent.
    pub text: String,
}

impl SmtpServer {
    /// Starts one on a port of its own.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let kept = Arc::default();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&shared);
                thread::spawn(move || Talk { stream, kept }.talk());
            }
        });
        Self { address, kept }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Has it answer the next of these commands (`MAIL`, `RCPT`, `DATA`, or `.`, the end of a letter) so; an empty answer ends
    /// the connection without a word, after the letter was kept.
    pub fn once(&self, command: &'static str, answer: &'static str) {
        self.kept().answers.push_back((command, answer));
    }

    /// What was handed in, also what was refused at its end.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.kept().letters.clone()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Talk {
    stream: TcpStream,
    kept: Arc<Mutex<Kept>>,
}

impl Talk {
    /// Whatever breaks the connection ends it.
    fn talk(mut self) -> Option<()> {
        let patience = Some(Duration::from_secs(30));
        self.stream.set_read_timeout(patience).ok()?;
        let mut lines = BufReader::new(self.stream.try_clone().ok()?).lines();
        self.say("220 a server of the tests")?;
        let mut letter = None;
        loop {
            let line = lines.next()?.ok()?;
            let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "EHLO" => self.say("250-localhost\r\n250 8BITMIME")?,
                "MAIL" => {
                    self.answer("MAIL", "250 ok")?;
                    letter = Some(Letter {
                        from: address(&line),
                        to: Vec::new(),
                        text: String::new(),
                    });
                }
                "RCPT" => {
                    self.answer("RCPT", "250 ok")?;
                    letter.as_mut()?.to.push(address(&line));
                }
                "DATA" => {
                    self.answer("DATA", "354 go on")?;
                    let mut letter = letter.take()?;
                    loop {
                        let line = lines.next()?.ok()?;
                        if line == "." {
                            break;
                        }
                        // A dot at the beginning of a line was doubled on the way.
                        let line = line.strip_prefix('.').unwrap_or(&line);
                        letter.text.push_str(line);
                        letter.text.push_str("\r\n");
                    }
                    self.lock().letters.push(letter);
                    self.answer(".", "250 taken")?;
                }
                "QUIT" => return self.say("221 bye"),
                _ => self.say("250 ok")?,
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&mut self, command: &str, usual: &'static str) -> Option<()> {
        let mut kept = self.lock();
        let place = kept.answers.iter().position(|(of, _)| *of == command);
        let told = place.and_then(|place| kept.answers.remove(place));
        drop(kept);
        match told {
            Some((_, "")) => None,
            Some((_, answer)) => self.say(answer),
            None => self.say(usual),
        }
    }

    fn say(&mut self, line: &str) -> Option<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).ok()
    }
}

/// `MAIL FROM:<a@example.com> BODY=8BITMIME` → `a@example.com`.
fn address(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner
        .map(|(address, _)| address)
        .unwrap_or_default()
        .to_owned()
}
