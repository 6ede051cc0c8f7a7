use domain::events;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use lapin::Consumer;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::broker::pause;
use crate::error::chain;
use crate::session::{Session, answer};
use crate::{Broker, BrokerError};

/// Most events that wait for a slow watcher; the oldest are dropped first, since a live view wants the newest.
const BACKLOG: i32 = 10_000;

/// What a watcher hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// An event, as its CloudEvents document.
    Event(serde_json::Value),
    /// From here on everything is heard. What came before may have been missed: the first time because nobody listened, later
    /// because the connection was lost for a while.
    Began,
}

impl Broker {
    /// Hands every event whose routing key matches one of `patterns` (`status.changed.#`, `call.#`) to `handler`, until
    /// `shutdown`. For live views: every watcher hears everything, nothing is kept for one that is away, and the handler is
    /// told whenever it begins to hear.
    ///
    /// # Errors
    /// None at present; a result, so that it can be spawned as the other loops are.
    pub fn watch(
        &self,
        patterns: Vec<String>,
        shutdown: CancellationToken,
        handler: impl Fn(Watched) + Send + Sync + 'static,
    ) -> BoxFuture<'static, Result<(), BrokerError>> {
        let broker = self.clone();
        let (user, wanted) = (self.user(), self.wanted());
        Box::pin(async move {
            let _held = (user, wanted);
            while let Some(session) = broker.session(&shutdown).await {
                match attach(&session, &patterns).await {
                    Ok(mut deliveries) => {
                        let _attached = broker.attached();
                        handler(Watched::Began);
                        while let Some(Some(Ok(delivery))) =
                            shutdown.run_until_cancelled(deliveries.next()).await
                        {
                            // What is not JSON is not an event; whoever consumes it for its effect parks it.
                            if let Ok(event) = serde_json::from_slice(&delivery.data) {
                                handler(Watched::Event(event));
                            }
                        }
                    }
                    Err(error) => warn!(error = chain(&error), "cannot watch events"),
                }
                if shutdown.is_cancelled() {
                    break;
                }
                session.broken.cancel();
                shutdown
                    .run_until_cancelled(tokio::time::sleep(pause(0)))
                    .await;
            }
            Ok(())
        })
    }
}

/// A queue of this connection alone, gone with it.
async fn attach(session: &Session, patterns: &[String]) -> Result<Consumer, BrokerError> {
    let channel = session.channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString(LongString::from("classic")),
    );
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(BACKLOG));
    let options = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    let queue = answer(channel.queue_declare("".into(), options, arguments)).await?;
    for pattern in patterns {
        answer(channel.queue_bind(
            queue.name().clone(),
            events::EXCHANGE.into(),
            pattern.as_str().into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        ))
        .await?;
    }
    let options = BasicConsumeOptions {
        no_ack: true,
        exclusive: true,
        ..BasicConsumeOptions::default()
    };
    answer(channel.basic_consume(
        queue.name().clone(),
        "".into(),
        options,
        FieldTable::default(),
    ))
    .await
}
