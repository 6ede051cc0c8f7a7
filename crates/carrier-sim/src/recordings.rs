//! Recordings: made by calls, reported by callbacks, served as real WAV.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::callbacks::fields::{Fields, push};
use crate::callbacks::{CallbackQueue, deliver};
use crate::calls::{Hook, new_sid};
use crate::clock::SimTime;
use crate::marks::{mark, read_mark};
use crate::scripts::{Line, Speaker};
use crate::state::Sim;

/// Telephone audio: 8000 samples a second of 16 bits, 128 kbit/s a channel.
pub(crate) const SAMPLE_RATE: u32 = 8000;
/// From the end of the call to the report that the audio is complete.
const PROCESSING_SECONDS: f64 = 1.0;
/// What stands before the id in the comment inside the WAV.
const COMMENT_PREFIX: &str = "carrier-sim recording ";

/// A recording of the carrier.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub sid: String,
    pub call_sid: String,
    pub source: &'static str,
    pub started: SimTime,
    pub created: SimTime,
    pub seconds: u32,
    pub lines: Vec<Line>,
    pub language: String,
    /// From when its audio can be fetched.
    pub available_at: SimTime,
    pub absent: bool,
    /// Its audio is gone; what is known of it is kept.
    pub deleted: bool,
}

/// All recordings, and how the audio is recognised again.
#[derive(Default)]
pub(crate) struct Recordings {
    pub by_sid: HashMap<String, Recording>,
    /// Oldest first.
    pub order: Vec<String>,
}

impl Recordings {
    /// One that is not deleted.
    pub(crate) fn kept(&mut self, sid: &str) -> Option<&mut Recording> {
        self.by_sid
            .get_mut(sid)
            .filter(|recording| !recording.deleted)
    }

    /// Of which recording this audio is: by the marks in its samples, however it was cut or written anew as WAV, or by the
    /// comment of the file.
    pub(crate) fn recognise(&self, audio: &[u8]) -> Option<Heard<'_>> {
        if let Some(mark) = read_mark(audio) {
            return Some(Heard {
                recording: self.by_sid.get(&mark.sid)?,
                speaker: CHANNELS.get(mark.channel.wrapping_sub(1)).copied(),
                seconds: mark.seconds,
            });
        }
        let at = audio
            .windows(COMMENT_PREFIX.len())
            .position(|window| window == COMMENT_PREFIX.as_bytes())?;
        let from = at + COMMENT_PREFIX.len();
        let sid = String::from_utf8_lossy(audio.get(from..from + 34)?).into_owned();
        Some(Heard {
            recording: self.by_sid.get(&sid)?,
            speaker: None,
            seconds: 0.0..f64::INFINITY,
        })
    }
}

/// What a piece of audio is.
pub(crate) struct Heard<'a> {
    pub recording: &'a Recording,
    /// Only this side is in it.
    pub speaker: Option<Speaker>,
    /// Which part of the recording it is.
    pub seconds: Range<f64>,
}

impl Recording {
    /// Whether its sides can be had apart: of what one side alone has said there is one channel.
    pub(crate) fn is_dual(&self) -> bool {
        self.source != "RecordVerb"
    }

    /// Its audio, as it is served.
    pub(crate) fn audio(&self, dual: bool) -> Result<Vec<u8>, hound::Error> {
        if !dual {
            return wav(&self.sid, self.seconds, &[true]);
        }
        let speaks = CHANNELS.map(|speaker| self.lines.iter().any(|line| line.speaker == speaker));
        wav(&self.sid, self.seconds, &speaks)
    }
}

/// Who is in which channel: the far end of the parent call, then that of the child call.
const CHANNELS: [Speaker; 2] = [Speaker::Customer, Speaker::Agent];

/// A recording that was just made and is to be reported.
pub(crate) struct NewRecording {
    pub sid: String,
    recording: Recording,
    base_url: String,
    hook: Option<Hook>,
    events: BTreeSet<String>,
}

impl NewRecording {
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one fact of the recording, named at its only two call sites"
    )]
    pub(crate) fn new(
        call_sid: &str,
        base_url: &str,
        source: &'static str,
        started: SimTime,
        ended: SimTime,
        seconds: u32,
        lines: Vec<Line>,
        language: &str,
        hook: Option<Hook>,
        events: BTreeSet<String>,
    ) -> Self {
        let sid = new_sid("RE");
        Self {
            recording: Recording {
                sid: sid.clone(),
                call_sid: call_sid.to_owned(),
                source,
                started,
                created: ended,
                seconds,
                lines,
                language: language.to_owned(),
                available_at: f64::INFINITY,
                absent: false,
                deleted: false,
            },
            sid,
            base_url: base_url.to_owned(),
            hook,
            events,
        }
    }

    /// Where the audio will be, as callbacks tell it.
    pub(crate) fn url(&self, account_sid: &str) -> String {
        format!(
            "{}/2010-04-01/Accounts/{account_sid}/Recordings/{}",
            self.base_url, self.sid
        )
    }

    /// Lets the carrier work on the audio and report it.
    pub(crate) fn finish(
        mut self,
        sim: &Arc<Sim>,
        callbacks: &CallbackQueue,
        stop: CancellationToken,
    ) {
        let reported_at = self.recording.created + PROCESSING_SECONDS;
        let call_sid = self.recording.call_sid.clone();
        let (absent, lost, twice) = {
            let mut state = sim.state();
            let absent = self.recording.seconds == 0
                || state.strikes(|faults| &mut faults.recording_absent, "recording");
            self.recording.absent = absent;
            self.recording.available_at = reported_at + state.faults.recording_missing_seconds;
            let lost = state.strikes(|faults| &mut faults.lose_callback, "recording");
            let twice = state.strikes(|faults| &mut faults.duplicate_callback, "recording");
            state.ledger.callbacks().lost += u64::from(lost && self.hook.is_some());
            state.ledger.callbacks().duplicated += u64::from(twice && self.hook.is_some());
            state.ledger.recordings().made += 1;
            let sid = self.sid.clone();
            state.recordings.order.push(sid.clone());
            state.recordings.by_sid.insert(sid, self.recording.clone());
            (absent, lost, twice)
        };
        let event = if absent { "absent" } else { "completed" };
        let Some(hook) = self
            .hook
            .clone()
            .filter(|_| !lost && self.events.contains(event))
        else {
            return;
        };
        let fields = self.fields(sim, &call_sid, event);
        for _ in 0..=u8::from(twice) {
            let delivery = callbacks.delivery("recording", &hook, fields.clone());
            let (sim, stop, guard) = (Arc::clone(sim), stop.clone(), sim.outstanding());
            sim.clone().spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sim.clock.sleep_until(reported_at) => deliver(sim.clone(), delivery, guard).await,
                }
            });
        }
    }

    fn fields(&self, sim: &Sim, call_sid: &str, status: &str) -> Fields {
        let account = &sim.config.account_sid;
        let channels = if self.recording.is_dual() { "2" } else { "1" };
        let mut fields = Fields::new();
        for (name, value) in [
            ("AccountSid", account.as_str()),
            ("CallSid", call_sid),
            ("RecordingSid", &self.sid),
            ("RecordingUrl", &self.url(account)),
            ("RecordingStatus", status),
            ("RecordingDuration", &self.recording.seconds.to_string()),
            ("RecordingChannels", channels),
            (
                "RecordingStartTime",
                &sim.clock.date(self.recording.started).to_rfc2822(),
            ),
            ("RecordingSource", self.recording.source),
            ("RecordingTrack", "both"),
            ("ErrorCode", "0"),
        ] {
            push(&mut fields, name, value);
        }
        fields
    }
}

/// The audio of a recording: in each channel that speaks one tone per second, chosen by the id, so that no two are equal;
/// with the id in marks and in a comment. Equal ids give equal bytes.
fn wav(sid: &str, seconds: u32, speaks: &[bool]) -> Result<Vec<u8>, hound::Error> {
    let channels = speaks.len();
    let spec = hound::WavSpec {
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let tones = Sha256::digest(sid.as_bytes());
    let number = |channel| if channels == 1 { 0 } else { channel + 1 };
    let mut marks: Vec<Vec<u8>> = (0..channels)
        .map(|channel| mark(sid, number(channel), 0))
        .collect();
    let period = marks.first().map_or(1, Vec::len);
    // After as many seconds as there are tones they repeat.
    let sounds: Vec<Vec<i16>> = tones
        .iter()
        .take(seconds as usize)
        .map(|tone| one_second(*tone))
        .collect();
    let rate = SAMPLE_RATE as usize;
    let samples = seconds as usize * rate;
    let mut file = Cursor::new(Vec::with_capacity(64 + samples * channels * 2));
    let mut writer = hound::WavWriter::new(&mut file, spec)?;
    for at in 0..samples {
        for channel in 0..channels {
            if at % period == 0 {
                marks[channel] = mark(sid, number(channel), at / period);
            }
            let tone = (at / rate + channel * 13) % sounds.len();
            let sound = if speaks[channel] {
                sounds[tone][at % rate]
            } else {
                0
            };
            let bit = marks[channel][at % period];
            writer.write_sample(sound & !1 | i16::from(bit))?;
        }
    }
    writer.finalize()?;
    Ok(with_comment(file.into_inner(), sid))
}

fn one_second(tone: u8) -> Vec<i16> {
    // 300 to 1065 Hz lies within what a telephone carries. Whole periods per second join without a click.
    let frequency = f64::from(300 + u32::from(tone) * 3);
    (0..SAMPLE_RATE)
        .map(|sample| {
            let phase =
                f64::from(sample) / f64::from(SAMPLE_RATE) * frequency * std::f64::consts::TAU;
            (phase.sin() * 8000.0) as i16
        })
        .collect()
}

/// Appends a RIFF `LIST`/`INFO` chunk with a comment; players and decoders skip it.
fn with_comment(mut wav: Vec<u8>, sid: &str) -> Vec<u8> {
    let mut comment = format!("{COMMENT_PREFIX}{sid}\0").into_bytes();
    if comment.len() % 2 == 1 {
        comment.push(0);
    }
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    wav.extend_from_slice(b"LIST");
    wav.extend_from_slice(&size(4 + 8 + comment.len()));
    wav.extend_from_slice(b"INFOICMT");
    wav.extend_from_slice(&size(comment.len()));
    wav.extend_from_slice(&comment);
    let riff = size(wav.len() - 8);
    wav[4..8].copy_from_slice(&riff);
    wav
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_is_a_real_wav_of_the_scripted_length() {
        let audio = wav("RE1", 3, &[true]).expect("audio");
        let mut reader = hound::WavReader::new(Cursor::new(&audio)).expect("a WAV");
        assert_eq!(reader.spec().sample_rate, SAMPLE_RATE);
        assert_eq!(reader.duration(), 3 * SAMPLE_RATE);
        let loudest = reader
            .samples::<i16>()
            .map(|sample| sample.expect("a sample").unsigned_abs())
            .max();
        assert!(loudest > Some(4000), "the tones cannot be heard");
    }

    #[test]
    fn every_recording_sounds_different_and_always_the_same() {
        assert_eq!(
            wav("RE1", 2, &[true]).expect("audio"),
            wav("RE1", 2, &[true]).expect("audio")
        );
        assert_ne!(
            wav("RE1", 2, &[true]).expect("audio")[44..1000],
            wav("RE2", 2, &[true]).expect("audio")[44..1000]
        );
    }

    #[test]
    fn each_side_of_a_recording_is_recognised_in_any_piece_of_it() {
        for (speaks, channels) in [(&[true][..], &[0][..]), (&[true, false], &[1, 2])] {
            let audio = wav("RE1", 2, speaks).expect("audio");
            let reader = hound::WavReader::new(audio.as_slice()).expect("a WAV");
            let spec = hound::WavSpec {
                channels: 1,
                ..reader.spec()
            };
            let samples: Vec<i16> = reader.into_samples().map(Result::unwrap).collect();
            for (at, channel) in channels.iter().enumerate() {
                let mut piece = Cursor::new(Vec::new());
                let mut writer = hound::WavWriter::new(&mut piece, spec).expect("a writer");
                for sample in samples.iter().skip(at).step_by(channels.len()).skip(4000) {
                    writer.write_sample(*sample).expect("written");
                }
                writer.finalize().expect("a file");
                let expected = crate::marks::Mark {
                    sid: "RE1".to_owned(),
                    channel: *channel,
                    seconds: 0.5..2.0,
                };
                assert_eq!(read_mark(&piece.into_inner()), Some(expected));
            }
        }
    }
}
