//! Obeys TwiML.

use url::Url;

use crate::call_life::{CallActor, Interrupt};
use crate::callbacks::fields::{Fields, of_call, push};
use crate::calls::{Answer, Hook};
use crate::clock::begun_seconds;
use crate::recordings::NewRecording;
use crate::scripts::Outcome;
use crate::twiml::{Element, parse};

/// Spoken characters per second.
const SPEECH_RATE: f64 = 15.0;
/// Length of an audio file; files are not fetched.
const PLAY_SECONDS: f64 = 3.0;
/// A call that is sent round and round ends after so many documents.
const MAX_DOCUMENTS: usize = 100;

/// What follows a verb.
enum After {
    NextVerb,
    Document(Vec<Element>),
    End,
}

impl CallActor {
    /// Runs documents until one ends the call. `first` is given for inbound calls, which asked while ringing.
    pub(crate) async fn talk(&mut self, first: Option<Vec<Element>>) -> Result<(), Interrupt> {
        let mut document = match first {
            Some(document) => document,
            None => {
                let answer = self.plan.answer.clone();
                let fields = self.voice_fields();
                self.fetch(&answer, fields).await
            }
        };
        for _ in 0..MAX_DOCUMENTS {
            match self.run_document(&document).await {
                Ok(Some(next)) => document = next,
                Ok(None) => return Ok(()),
                Err(Interrupt::Redirected(answer)) => {
                    let fields = self.voice_fields();
                    document = self.fetch(&answer, fields).await;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn run_document(&mut self, verbs: &[Element]) -> Result<Option<Vec<Element>>, Interrupt> {
        // An order that came meanwhile goes first.
        self.wait(0.0).await?;
        for verb in verbs {
            match self.run_verb(verb).await? {
                After::NextVerb => {}
                After::Document(next) => return Ok(Some(next)),
                After::End => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn run_verb(&mut self, verb: &Element) -> Result<After, Interrupt> {
        match verb.name.as_str() {
            "Say" => {
                let seconds = (verb.text.trim().chars().count() as f64 / SPEECH_RATE).max(1.0);
                self.wait(seconds).await?;
            }
            "Play" => self.wait(PLAY_SECONDS).await?,
            "Pause" => self.wait(verb.seconds("length").unwrap_or(1.0)).await?,
            // Nobody presses a key here: the prompt is heard and the time to press passes.
            "Gather" => self.wait(verb.seconds("timeout").unwrap_or(5.0)).await?,
            "Connect" => self.wait(self.remaining()).await?,
            "Record" => return self.record(verb).await,
            "Dial" => return self.dial(verb).await,
            "Redirect" => {
                let fields = self.voice_fields();
                return Ok(After::Document(
                    self.follow(Some(verb.text.trim()), verb, fields).await,
                ));
            }
            "Hangup" | "Reject" => return Ok(After::End),
            other => {
                tracing::warn!(call_sid = %self.sid, verb = other, "The simulator skips a TwiML verb")
            }
        }
        Ok(After::NextVerb)
    }

    /// Records what the other side says until it is silent, hangs up, or the limit is reached.
    async fn record(&mut self, verb: &Element) -> Result<After, Interrupt> {
        let lines = self.script.customer_lines();
        let silence = verb.seconds("timeout").unwrap_or(5.0);
        if lines.is_empty() {
            // Silence makes no recording, and the document goes on.
            self.wait(silence).await?;
            return Ok(After::NextVerb);
        }
        let started = self.at;
        let longest = verb.seconds("maxLength").unwrap_or(3600.0);
        let outcome = self.wait(self.remaining().min(longest)).await;
        let seconds = begun_seconds(started, self.at);
        let recording = self.new_recording(verb, "RecordVerb", started, seconds, lines);
        let mut fields = self.voice_fields();
        push(&mut fields, "RecordingSid", &recording.sid);
        push(
            &mut fields,
            "RecordingUrl",
            recording.url(&self.sim.config.account_sid),
        );
        push(&mut fields, "RecordingDuration", seconds.to_string());
        recording.finish(&self.sim, &self.callbacks, self.stop_token());
        outcome?;
        // Without an action the carrier asks the present address again.
        Ok(After::Document(
            self.follow(verb.attribute("action"), verb, fields).await,
        ))
    }

    /// Connects to a second number. Its script decides whether it answers; both talk until the first side leaves.
    async fn dial(&mut self, verb: &Element) -> Result<After, Interrupt> {
        let number = verb
            .children
            .iter()
            .find(|noun| noun.name == "Number")
            .map_or(&verb.text, |noun| &noun.text)
            .trim()
            .to_owned();
        let (outcome, ring) = {
            let state = self.sim.state();
            let script = state.scripts.peek(&number);
            (script.outcome, script.ring_seconds)
        };
        let limit = verb.seconds("timeout").unwrap_or(30.0);
        self.wait(ring.min(limit)).await?;
        let answered = ring <= limit
            && matches!(
                outcome,
                Outcome::Answered | Outcome::AnsweredAndHungUp | Outcome::Voicemail
            );
        let status = if answered {
            let started = self.at;
            let longest = verb.seconds("timeLimit").unwrap_or(f64::INFINITY);
            let talked = self.wait(self.remaining().min(longest)).await;
            let seconds = begun_seconds(started, self.at);
            if verb
                .attribute("record")
                .is_some_and(|word| word.starts_with("record-from"))
            {
                let lines = self.script.spoken();
                self.new_recording(verb, "DialVerb", started, seconds, lines)
                    .finish(&self.sim, &self.callbacks, self.stop_token());
            }
            talked?;
            "completed"
        } else if outcome == Outcome::Busy {
            "busy"
        } else {
            "no-answer"
        };
        let Some(action) = verb.attribute("action") else {
            return Ok(After::NextVerb);
        };
        let mut fields = self.voice_fields();
        push(&mut fields, "DialCallStatus", status);
        Ok(After::Document(
            self.follow(Some(action), verb, fields).await,
        ))
    }

    fn new_recording(
        &self,
        verb: &Element,
        source: &'static str,
        started: f64,
        seconds: u32,
        lines: Vec<crate::scripts::Line>,
    ) -> NewRecording {
        let base = self.document_url();
        let hook = verb
            .attribute("recordingStatusCallback")
            .map(|address| Hook {
                url: resolve(base, address),
                get: verb.attribute("recordingStatusCallbackMethod") == Some("GET"),
            });
        let events = verb
            .attribute("recordingStatusCallbackEvent")
            .unwrap_or("completed")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        NewRecording::new(
            &self.sid,
            &self.plan.base_url,
            source,
            started,
            self.at,
            seconds,
            lines,
            &self.script.language,
            hook,
            events,
        )
    }

    /// The next document; an address may be relative to the present one.
    async fn follow(
        &mut self,
        address: Option<&str>,
        verb: &Element,
        fields: Fields,
    ) -> Vec<Element> {
        let base = self.document_url().to_owned();
        let hook = Hook {
            url: address.map_or_else(|| base.clone(), |address| resolve(&base, address)),
            get: verb
                .attribute("method")
                .is_some_and(|method| method.eq_ignore_ascii_case("GET")),
        };
        self.fetch(&Answer::Hook(hook, None), fields).await
    }

    /// Asks for TwiML. What cannot be fetched or read ends the call, as the carrier's "application error" does.
    pub(crate) async fn fetch(&mut self, answer: &Answer, fields: Fields) -> Vec<Element> {
        let text = match answer {
            Answer::Twiml(text) => Some(text.clone()),
            Answer::Hook(hook, fallback) => {
                let mut text = self.request(hook, fields.clone()).await;
                if let (None, Some(fallback)) = (&text, fallback) {
                    text = self.request(fallback, fields).await;
                }
                if text.is_some() {
                    self.plan.answer = answer.clone();
                }
                text
            }
        };
        match text.as_deref().map(parse) {
            Some(Ok(verbs)) => verbs,
            Some(Err(reason)) => {
                tracing::warn!(call_sid = %self.sid, reason, "The answer is not TwiML; the call ends");
                Vec::new()
            }
            None => {
                tracing::warn!(call_sid = %self.sid, "No TwiML could be fetched; the call ends");
                Vec::new()
            }
        }
    }

    async fn request(&self, hook: &Hook, fields: Fields) -> Option<String> {
        let _busy = self.sim.outstanding();
        let delivery = self.callbacks.delivery("twiml", hook, fields);
        match self.sim.attempt(&delivery).await {
            Ok(body) => Some(body),
            Err(true) => self.sim.retry(&delivery).await,
            Err(false) => None,
        }
    }

    /// The address of the present document: relative addresses start from it.
    fn document_url(&self) -> &str {
        match &self.plan.answer {
            Answer::Hook(hook, _) => &hook.url,
            Answer::Twiml(_) => &self.plan.base_url,
        }
    }

    fn voice_fields(&self) -> Fields {
        let mut fields = of_call(
            &self.sim.config.account_sid,
            &self.sid,
            &self.plan,
            "in-progress",
        );
        if self
            .plan
            .detection
            .as_ref()
            .is_some_and(|plan| !plan.asynchronous)
        {
            push(&mut fields, "AnsweredBy", self.detection_word());
        }
        fields
    }
}

fn resolve(base: &str, address: &str) -> String {
    if Url::parse(address).is_ok() {
        // As it was written: parsing and printing could change what is signed.
        return address.to_owned();
    }
    Url::parse(base)
        .and_then(|base| base.join(address))
        .map_or_else(|_| address.to_owned(), String::from)
}
