//! The pieces of a recording as one conversation.
//!
//! Which channel is whose: the carrier writes the parent call to the first channel of a recording and the child call to the
//! second (Twilio, Calls resource, `RecordingChannels`). The parent is the call with the lead, in both directions: one that
//! we asked for rings the lead, one that comes in was made by the lead; the agent is dialled from it, as its child. So the
//! first channel is the customer, and the other is our side: an agent, or what is played.

use std::cmp::Ordering;

use speech::{Segment, Transcript};

const CUSTOMER: &str = "customer";
const AGENT: &str = "agent";

/// A piece that has words.
pub(crate) struct Part {
    /// From 0.
    pub channel: u16,
    /// Where it starts in the recording, in seconds.
    pub starts_at: f64,
    /// What was heard in it, its times from its own start.
    pub transcript: Transcript,
}

/// What was said in a recording, or in several one after the other.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Heard {
    /// As the server gave it.
    pub text: String,
    /// With speakers, where they can be told apart.
    pub dialogue: String,
    /// The language, where the server tells.
    pub language: Option<String>,
}

impl Heard {
    /// The parts of a recording of so many channels, each channel in the order of time.
    pub(crate) fn of(parts: Vec<Part>, channels: u16) -> Self {
        let language = parts
            .iter()
            .find_map(|part| part.transcript.language.clone());
        let texts: Vec<&str> = parts
            .iter()
            .map(|part| part.transcript.text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        let text = texts.join("\n");
        let by_channel = channels > 1;
        let mut segments: Vec<Segment> = parts
            .into_iter()
            .flat_map(|part| segments(part, by_channel))
            .collect();
        if by_channel {
            segments.sort_by(|one, other| {
                one.start
                    .partial_cmp(&other.start)
                    .unwrap_or(Ordering::Equal)
            });
            segments = in_turns(segments);
        }
        let whole = Transcript {
            text,
            language,
            segments,
        };
        Self {
            dialogue: whole.dialogue(),
            text: whole.text,
            language: whole.language,
        }
    }

    /// What was said in the next recording of the same call.
    pub(crate) fn append(&mut self, next: Self) {
        for (mine, more) in [
            (&mut self.text, next.text),
            (&mut self.dialogue, next.dialogue),
        ] {
            if !mine.is_empty() && !more.is_empty() {
                mine.push('\n');
            }
            mine.push_str(&more);
        }
        self.language = self.language.take().or(next.language);
    }
}

/// The segments of a part in the times of the recording. Where channels are heard apart, the channel tells who speaks, and a
/// server that tells no times has said one thing, when the part started.
fn segments(part: Part, by_channel: bool) -> Vec<Segment> {
    let mut segments = part.transcript.segments;
    if segments.is_empty() && by_channel {
        segments.push(Segment {
            start: 0.0,
            end: 0.0,
            text: part.transcript.text,
            speaker: None,
        });
    }
    let speaker = if part.channel == 0 { CUSTOMER } else { AGENT };
    for segment in &mut segments {
        segment.start += part.starts_at;
        segment.end += part.starts_at;
        if by_channel {
            let words: Vec<&str> = segment.text.split_whitespace().collect();
            segment.text = words.join(" ");
            segment.speaker = Some(speaker.to_owned());
        }
    }
    segments.retain(|segment| !segment.text.trim().is_empty());
    segments
}

/// What one says until the other speaks is one line: servers end segments in the middle of a sentence.
fn in_turns(segments: Vec<Segment>) -> Vec<Segment> {
    let mut turns: Vec<Segment> = Vec::new();
    for segment in segments {
        match turns.last_mut() {
            Some(turn) if turn.speaker == segment.speaker => {
                turn.end = segment.end;
                turn.text.push(' ');
                turn.text.push_str(&segment.text);
            }
            _ => turns.push(segment),
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(channel: u16, starts_at: f64, said: &[(f64, &str)]) -> Part {
        let segments: Vec<Segment> = said
            .iter()
            .map(|(start, text)| Segment {
                start: *start,
                end: start + 1.0,
                text: format!(" {text}"),
                speaker: None,
            })
            .collect();
        let texts: Vec<&str> = said.iter().map(|(_, text)| *text).collect();
        Part {
            channel,
            starts_at,
            transcript: Transcript {
                text: texts.join(" "),
                language: None,
                segments,
            },
        }
    }

    fn plain(channel: u16, starts_at: f64, text: &str) -> Part {
        let transcript = Transcript {
            text: text.to_owned(),
            language: Some("english".to_owned()),
            segments: Vec::new(),
        };
        Part {
            channel,
            starts_at,
            transcript,
        }
    }

    #[test]
    fn two_channels_are_merged_by_time_over_their_pieces() {
        let parts = vec![
            part(0, 0.0, &[(0.5, "yes?"), (6.0, "I am not"), (7.5, "sure.")]),
            part(0, 300.0, &[(1.0, "fine, do that")]),
            part(
                1,
                0.0,
                &[
                    (2.0, "this is Dana"),
                    (20.0, "shall I call"),
                    (22.0, "tomorrow?"),
                ],
            ),
            part(1, 290.0, &[(12.5, "thank you")]),
        ];
        let heard = Heard::of(parts, 2);
        let lines = [
            "Customer: yes?",
            "Agent: this is Dana",
            "Customer: I am not sure.",
            "Agent: shall I call tomorrow?",
            "Customer: fine, do that",
            "Agent: thank you",
        ];
        assert_eq!(heard.dialogue, lines.join("\n"));
        assert!(
            heard
                .text
                .starts_with("yes? I am not sure.\nfine, do that\nthis is Dana")
        );
    }

    #[test]
    fn without_times_each_piece_of_a_channel_is_a_block() {
        let parts = vec![
            plain(0, 0.0, "hello\nyes"),
            plain(0, 300.0, ""),
            plain(1, 0.0, "good morning"),
            plain(1, 280.0, "goodbye"),
        ];
        let heard = Heard::of(parts, 2);
        assert_eq!(
            heard.dialogue,
            "Customer: hello yes\nAgent: good morning goodbye"
        );
        assert_eq!(heard.language.as_deref(), Some("english"));
    }

    #[test]
    fn one_channel_is_as_the_server_says() {
        let heard = Heard::of(vec![plain(0, 0.0, "hello"), plain(0, 300.0, "goodbye")], 1);
        assert_eq!(heard.dialogue, "hello\ngoodbye");
        let mut told = part(0, 0.0, &[(0.0, "hello"), (1.0, "yes")]);
        for (segment, speaker) in told
            .transcript
            .segments
            .iter_mut()
            .zip(["agent", "customer"])
        {
            segment.speaker = Some(speaker.to_owned());
        }
        assert_eq!(
            Heard::of(vec![told], 1).dialogue,
            "Agent: hello\nCustomer: yes"
        );
    }
}
