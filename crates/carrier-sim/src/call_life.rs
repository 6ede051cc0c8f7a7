//! The life of one call, from the create to the last callback.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::callbacks::fields::{Fields, of_call, push, sip_code};
use crate::callbacks::{CallbackQueue, deliver};
use crate::calls::{CallPlan, Order, Status};
use crate::clock::{SimTime, begun_seconds};
use crate::recordings::NewRecording;
use crate::scripts::{Outcome, Script};
use crate::state::Sim;
use crate::twiml::Element;

/// From the carrier's queue to the network, and from there to the first ring.
const SETUP_SECONDS: f64 = 0.2;
const FIRST_RING_SECONDS: f64 = 0.8;
/// How long machine detection listens.
const DETECTION_SECONDS: f64 = 3.2;

/// Why a call does not go on as scripted.
#[derive(Debug)]
pub(crate) enum Interrupt {
    /// The other side hung up, or the time limit was reached.
    Over,
    /// The client ended it.
    Ended,
    /// The client sent it elsewhere.
    Redirected(crate::calls::Answer),
    /// The simulator stops or forgets.
    Stopped,
}

pub(crate) struct CallActor {
    pub(crate) sim: Arc<Sim>,
    pub(crate) sid: String,
    pub(crate) plan: CallPlan,
    pub(crate) script: Script,
    /// The moment that the call has reached. Steps are counted from here, not from the machine's clock, so that slow
    /// webhooks do not lengthen calls and a stepped clock can pass several steps at once.
    pub(crate) at: SimTime,
    /// When the other side hangs up.
    leaves_at: SimTime,
    orders: mpsc::UnboundedReceiver<Order>,
    stop: CancellationToken,
    pub(crate) callbacks: CallbackQueue,
    sequence: u32,
}

impl CallActor {
    pub(crate) fn new(
        sim: Arc<Sim>,
        sid: String,
        plan: CallPlan,
        script: Script,
        dial_at: SimTime,
        orders: mpsc::UnboundedReceiver<Order>,
        stop: CancellationToken,
    ) -> Self {
        let callbacks = CallbackQueue::new(&sim, &sid);
        Self {
            sim,
            sid,
            plan,
            script,
            at: dial_at,
            leaves_at: f64::INFINITY,
            orders,
            stop,
            callbacks,
            sequence: 0,
        }
    }

    pub(crate) async fn run(mut self) {
        let life = if self.plan.inbound {
            self.inbound().await
        } else {
            self.outbound().await
        };
        // Only a stop has no ending: nobody is told anything any more.
        let Ok((status, answered_at)) = life else {
            return;
        };
        // Between the terminal moment and its callback the simulator is not idle.
        let _busy = self.sim.outstanding();
        self.end(status, answered_at);
        self.callbacks.release();
    }

    /// An outbound call: how it ended, and when it was answered.
    async fn outbound(&mut self) -> Result<(Status, Option<SimTime>), Interrupt> {
        match self.ring().await {
            Ok(None) => {}
            Ok(Some(status)) => return Ok((status, None)),
            Err(Interrupt::Stopped) => return Err(Interrupt::Stopped),
            Err(_) => return Ok((Status::Canceled, None)),
        }
        self.answered(None).await
    }

    /// Until somebody answers, or the call is over for another reason.
    async fn ring(&mut self) -> Result<Option<Status>, Interrupt> {
        // The carrier's queue.
        self.wait(0.0).await?;
        self.wait(SETUP_SECONDS).await?;
        self.report("initiated", "initiated", Fields::new());
        let dialled = self.at;
        self.wait(FIRST_RING_SECONDS).await?;
        if self.script.outcome == Outcome::Failed {
            return Ok(Some(Status::Failed));
        }
        let at = self.at;
        self.sim.change(&self.sid, at, |view| {
            view.status = Status::Ringing;
            view.start = Some(dialled);
        });
        self.report("ringing", "ringing", Fields::new());
        let rings = self.script.ring_seconds;
        self.wait(rings.min(self.plan.ring_limit)).await?;
        Ok(match self.script.outcome {
            _ if rings > self.plan.ring_limit => Some(Status::NoAnswer),
            Outcome::Busy => Some(Status::Busy),
            Outcome::NoAnswer => Some(Status::NoAnswer),
            Outcome::Failed => Some(Status::Failed),
            Outcome::Answered | Outcome::AnsweredAndHungUp | Outcome::Voicemail => None,
        })
    }

    /// An inbound call asks for TwiML while it rings, and is answered unless that rejects it.
    async fn inbound(&mut self) -> Result<(Status, Option<SimTime>), Interrupt> {
        self.wait(0.0).await?;
        let fields = of_call(
            &self.sim.config.account_sid,
            &self.sid,
            &self.plan,
            "ringing",
        );
        let answer = self.plan.answer.clone();
        let document = self.fetch(&answer, fields).await;
        if let Some(verb) = document.first().filter(|verb| verb.name == "Reject") {
            let busy = verb.attribute("reason") == Some("busy");
            return Ok((if busy { Status::Busy } else { Status::NoAnswer }, None));
        }
        if document.iter().any(Element::takes_the_call) {
            let at = self.sim.clock.date(self.at);
            self.sim.state().ledger.inbound_answered(&self.sid, at);
        }
        self.answered(Some(document)).await
    }

    /// From the answer to the end.
    async fn answered(
        &mut self,
        document: Option<Vec<Element>>,
    ) -> Result<(Status, Option<SimTime>), Interrupt> {
        let answered_at = self.at;
        self.leaves_at = answered_at + self.script.stays_seconds().min(self.plan.time_limit);
        let detection = self.plan.detection.clone();
        let verdict = detection.as_ref().map(|_| self.detection_word().to_owned());
        self.sim.change(&self.sid, answered_at, |view| {
            view.status = Status::InProgress;
            view.answered_by.clone_from(&verdict);
        });
        self.report("answered", "in-progress", Fields::new());
        let waits = detection.as_ref().is_some_and(|plan| !plan.asynchronous);
        self.start_detection();
        let talk = async {
            if waits {
                self.wait(DETECTION_SECONDS).await?;
            }
            self.talk(document).await
        };
        match talk.await {
            Err(Interrupt::Stopped) => Err(Interrupt::Stopped),
            Ok(()) | Err(_) => Ok((Status::Completed, Some(answered_at))),
        }
    }

    /// What machine detection says of whoever picked up.
    pub(crate) fn detection_word(&self) -> &str {
        let waits = self
            .plan
            .detection
            .as_ref()
            .is_some_and(|plan| plan.waits_for_beep);
        self.script.detection(waits)
    }

    /// Sends the verdict of machine detection when it is asked for beside the call; it comes also when the call is over.
    fn start_detection(&self) {
        let Some(plan) = &self.plan.detection else {
            return;
        };
        let Some(hook) = plan.hook.as_ref().filter(|_| plan.asynchronous) else {
            return;
        };
        let mut fields = Fields::new();
        push(&mut fields, "CallSid", &self.sid);
        push(&mut fields, "AccountSid", &self.sim.config.account_sid);
        push(&mut fields, "AnsweredBy", self.detection_word());
        push(
            &mut fields,
            "MachineDetectionDuration",
            format!("{:.0}", DETECTION_SECONDS * 1000.0),
        );
        let delivery = self.callbacks.delivery("amd", hook, fields);
        let (sim, stop) = (Arc::clone(&self.sim), self.stop.clone());
        if sim
            .state()
            .strikes(|faults| &mut faults.lose_callback, "amd")
        {
            sim.state().ledger.callbacks().lost += 1;
            return;
        }
        let at = self.at + DETECTION_SECONDS;
        let guard = self.sim.outstanding();
        self.sim.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sim.clock.sleep_until(at) => deliver(sim.clone(), delivery, guard).await,
            }
        });
    }

    /// The terminal moment, and what is sent after it.
    fn end(&mut self, status: Status, answered_at: Option<SimTime>) {
        let duration = answered_at.map_or(0, |answered| begun_seconds(answered, self.at));
        let at = self.at;
        self.sim.change(&self.sid, at, |view| {
            view.status = status;
            view.end = Some(at);
            view.duration = Some(duration);
        });
        let mut more = Fields::new();
        push(&mut more, "CallDuration", duration.to_string());
        push(&mut more, "Duration", duration.div_ceil(60).to_string());
        push(&mut more, "SipResponseCode", sip_code(status));
        let recording = self.whole_call_recording(answered_at, duration);
        if let Some(recording) = &recording {
            push(
                &mut more,
                "RecordingUrl",
                recording.url(&self.sim.config.account_sid),
            );
            push(&mut more, "RecordingSid", &recording.sid);
            push(&mut more, "RecordingDuration", duration.to_string());
        }
        self.report("completed", status.as_str(), more);
        if let Some(recording) = recording {
            recording.finish(&self.sim, &self.callbacks, self.stop.clone());
        }
    }

    fn whole_call_recording(
        &self,
        answered_at: Option<SimTime>,
        duration: u32,
    ) -> Option<NewRecording> {
        let plan = self.plan.record.as_ref()?;
        let started = answered_at?;
        Some(NewRecording::new(
            &self.sid,
            &self.plan.base_url,
            "OutboundAPI",
            started,
            self.at,
            duration,
            self.script.spoken(),
            &self.script.language,
            plan.hook.clone(),
            plan.events.clone(),
        ))
    }

    /// A callback about progress, when it was subscribed to. The sequence counts subscribed events only.
    fn report(&mut self, event: &'static str, status: &str, more: Fields) {
        let Some(hook) = self.plan.status_hook.clone() else {
            return;
        };
        if !self.plan.status_events.contains(event) {
            return;
        }
        let mut fields = of_call(&self.sim.config.account_sid, &self.sid, &self.plan, status);
        push(
            &mut fields,
            "Timestamp",
            self.sim.clock.date(self.at).to_rfc2822(),
        );
        push(&mut fields, "CallbackSource", "call-progress-events");
        push(&mut fields, "SequenceNumber", self.sequence.to_string());
        if self.plan.detection.is_some() && matches!(event, "completed") {
            push(&mut fields, "AnsweredBy", self.detection_word());
        }
        fields.extend(more);
        self.sequence += 1;
        self.callbacks.push(event, &hook, fields);
    }

    /// Lets time pass, unless something comes between.
    pub(crate) async fn wait(&mut self, seconds: f64) -> Result<(), Interrupt> {
        let wanted = self.at + seconds;
        let until = wanted.min(self.leaves_at);
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Interrupt::Stopped),
            order = self.orders.recv() => {
                // On a fast clock the moment may have passed already.
                self.at = self.sim.clock.now().clamp(self.at, until.max(self.at));
                match order {
                    Some(Order::End) => Err(Interrupt::Ended),
                    Some(Order::Redirect(answer)) => Err(Interrupt::Redirected(answer)),
                    None => Err(Interrupt::Stopped),
                }
            }
            () = self.sim.clock.sleep_until(until) => {
                self.at = until;
                if until < wanted { Err(Interrupt::Over) } else { Ok(()) }
            }
        }
    }

    /// How long the other side will still be there.
    pub(crate) fn remaining(&self) -> f64 {
        (self.leaves_at - self.at).max(0.0)
    }

    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }
}
