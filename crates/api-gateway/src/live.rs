//! Live events: what the broker says, fanned out to the streams of the business that it is about. Level-triggered and
//! lossy on purpose: every event says what changed, and a stream that missed some is told to read everything again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::ids::{BusinessId, UserId};
use futures::Stream;
use serde_json::Value;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// What the hub listens to. What is internal (`call.reported`, `run.requested`) stays inside.
const SHOWN: [(&str, &str); 6] = [
    ("status.changed", "status.changed"),
    ("run.progress", "run.progress"),
    ("run.finished", "run.finished"),
    ("call.started", "call.started"),
    ("call.completed", "call.completed"),
    ("notification.requested", "notification"),
];
/// Events that a stream may be behind before it is told to read everything again.
const BACKLOG: usize = 256;
/// A comment this often keeps proxies from closing the stream, and finds out who has gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After this the client connects anew, and its authority is checked anew.
const LONGEST: Duration = Duration::from_secs(3600);

/// Tells a stream to read everything again.
const RESYNC: &[u8] = b"event: resync\ndata: {}\n\n";

/// An event as streams send it.
#[derive(Debug)]
struct Frame {
    text: Bytes,
    /// Who may hear it; none means everyone of the business.
    audience: Option<Vec<UserId>>,
}

/// The streams of all businesses.
#[derive(Clone, Default)]
pub(crate) struct Hub(Arc<Mutex<HashMap<BusinessId, broadcast::Sender<Arc<Frame>>>>>);

impl Hub {
    /// The routing patterns to watch.
    pub(crate) fn patterns() -> Vec<String> {
        SHOWN
            .iter()
            .map(|(event, _)| format!("{event}.#"))
            .collect()
    }

    /// Hands a CloudEvents document to the streams of its business.
    pub(crate) fn publish(&self, event: &Value) {
        let Some((business, frame)) = frame(event) else {
            return;
        };
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = streams.get(&business)
            && sender.send(Arc::new(frame)).is_err()
        {
            // The last stream has gone.
            streams.remove(&business);
        }
    }

    /// Tells every stream to read everything again: events were missed on the way here.
    pub(crate) fn resync(&self) {
        let frame = Arc::new(Frame {
            text: Bytes::from_static(RESYNC),
            audience: None,
        });
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        streams.retain(|_, sender| sender.send(Arc::clone(&frame)).is_ok());
    }

    /// A stream of what happens in a business from now on, as Server-Sent Events, until `shutdown`.
    pub(crate) fn stream(
        &self,
        business: BusinessId,
        user: Option<UserId>,
        shutdown: CancellationToken,
    ) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + 'static {
        let receiver = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(business)
            .or_insert_with(|| broadcast::channel(BACKLOG).0)
            .subscribe();
        let mut keep_alive = tokio::time::interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let listener = Listener {
            receiver,
            user,
            keep_alive,
            until: Instant::now() + LONGEST,
            shutdown,
            greeted: false,
        };
        futures::stream::unfold(listener, |mut listener| async move {
            let text = listener.next().await?;
            Some((Ok(text), listener))
        })
    }
}

struct Listener {
    receiver: broadcast::Receiver<Arc<Frame>>,
    user: Option<UserId>,
    keep_alive: tokio::time::Interval,
    until: Instant,
    shutdown: CancellationToken,
    greeted: bool,
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            self.greeted = true;
            return Some(Bytes::from_static(b"retry: 2000\n\n"));
        }
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                heard = self.receiver.recv() => match heard {
                    Ok(frame) if self.may_hear(&frame) => return Some(frame.text.clone()),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => {
                        return Some(Bytes::from_static(RESYNC));
                    }
                    Err(RecvError::Closed) => return None,
                },
                _ = self.keep_alive.tick() => return Some(Bytes::from_static(b": keep-alive\n\n")),
            }
        }
    }

    fn may_hear(&self, frame: &Frame) -> bool {
        match &frame.audience {
            None => true,
            Some(audience) => self.user.is_some_and(|user| audience.contains(&user)),
        }
    }
}

/// The event as a stream sends it, and whose it is. None for what is not shown.
fn frame(event: &Value) -> Option<(BusinessId, Frame)> {
    let kind = event["type"].as_str()?;
    let (_, name) = SHOWN.iter().find(|(shown, _)| *shown == kind)?;
    let data = &event["data"];
    let business = BusinessId(data["business_id"].as_i64()?);
    let id = event["id"].as_str()?;
    let audience = data["user_ids"]
        .as_array()
        .map(|users| users.iter().filter_map(Value::as_i64).map(UserId).collect());
    let text = format!("event: {name}\nid: {id}\ndata: {data}\n\n");
    Some((
        business,
        Frame {
            text: text.into(),
            audience,
        },
    ))
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use serde_json::json;

    use super::*;

    fn event(kind: &str, business: i64, extra: &Value) -> Value {
        let mut data = json!({ "business_id": business });
        for (name, value) in extra.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        json!({ "id": "e-1", "type": kind, "data": data })
    }

    async fn heard(hub: &Hub, user: Option<UserId>, events: &[Value]) -> Vec<String> {
        let shutdown = CancellationToken::new();
        let stream = hub.stream(BusinessId(1), user, shutdown.clone());
        for event in events {
            hub.publish(event);
        }
        let mut stream = std::pin::pin!(stream);
        let mut heard = Vec::new();
        while let Ok(Some(Ok(text))) =
            tokio::time::timeout(Duration::from_millis(50), stream.next()).await
        {
            heard.push(String::from_utf8_lossy(&text).into_owned());
        }
        heard
    }

    #[tokio::test(start_paused = true)]
    async fn every_stream_is_told_of_a_gap_on_the_way_here() {
        let hub = Hub::default();
        let shutdown = CancellationToken::new();
        let mut streams = [1, 2]
            .map(|business| Box::pin(hub.stream(BusinessId(business), None, shutdown.clone())));
        hub.resync();
        for stream in &mut streams {
            let frames: Vec<_> = stream
                .take(2)
                .map(|frame| frame.unwrap_or_default())
                .collect()
                .await;
            assert_eq!(frames[1], RESYNC);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_hears_its_own_business_and_nothing_internal() {
        let hub = Hub::default();
        let events = [
            event("status.changed", 2, &json!({})),
            event("call.reported", 1, &json!({})),
            event("status.changed", 1, &json!({ "to": "won" })),
        ];
        let heard = heard(&hub, None, &events).await;
        assert_eq!(
            heard,
            [
                "retry: 2000\n\n",
                "event: status.changed\nid: e-1\ndata: {\"business_id\":1,\"to\":\"won\"}\n\n"
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_notification_is_heard_by_its_users_only() {
        let hub = Hub::default();
        let events = [event(
            "notification.requested",
            1,
            &json!({ "user_ids": [7] }),
        )];
        assert_eq!(heard(&hub, Some(UserId(8)), &events).await.len(), 1);
        assert_eq!(heard(&hub, None, &events).await.len(), 1);
        let own = heard(&hub, Some(UserId(7)), &events).await;
        assert!(own[1].starts_with("event: notification\n"), "{own:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_far_behind_is_told_to_read_everything_again() {
        let hub = Hub::default();
        let events: Vec<Value> = (0..=BACKLOG)
            .map(|_| event("run.progress", 1, &json!({})))
            .collect();
        let heard = heard(&hub, None, &events).await;
        assert_eq!(heard[1], "event: resync\ndata: {}\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_at_once_at_shutdown_and_is_kept_alive_before() {
        let hub = Hub::default();
        let shutdown = CancellationToken::new();
        let mut stream = std::pin::pin!(hub.stream(BusinessId(1), None, shutdown.clone()));
        stream.next().await;
        assert_eq!(
            stream.next().await,
            Some(Ok(Bytes::from_static(b": keep-alive\n\n")))
        );
        shutdown.cancel();
        assert_eq!(stream.next().await, None);
    }
}
