//! One life of the connections to the broker: made whole, thrown away whole.

use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _, select};
use lapin::options::ConfirmSelectOptions;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio_util::sync::CancellationToken;

use crate::BrokerError;
use crate::topology::{self, Topology};

/// Longest wait for a connection with its topology.
const CONNECT: Duration = Duration::from_secs(10);

/// Longest wait for any other answer. One that never comes (the connection died with the question) must not hold up a
/// consumer or the end of the process.
const ANSWER: Duration = Duration::from_secs(5);

/// A peer that is silent for twice as long is gone. The server's own proposal, a minute, notices too late.
const HEARTBEAT_SECONDS: u16 = 10;

/// Two connections: under an alarm the broker stops reading from connections that publish, and consumers must go on
/// acknowledging, since that is what ends the alarm.
pub(crate) struct Session {
    publishing: Connection,
    consuming: Connection,
    /// In confirm mode.
    pub(crate) publisher: Channel,
    /// Cancelled by whoever finds the session unusable; the supervisor then makes another.
    pub(crate) broken: CancellationToken,
}

impl Session {
    /// Connects and declares `topology`.
    pub(crate) async fn open(
        uri: &AMQPUri,
        name: &str,
        topology: &Topology,
    ) -> Result<Self, BrokerError> {
        let open = async {
            let publishing = connect(uri, &format!("{name} publishes")).await?;
            let consuming = connect(uri, &format!("{name} consumes")).await?;
            let publisher = publishing.create_channel().await?;
            topology::declare(&publisher, topology).await?;
            publisher
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
            Ok(Self {
                publishing,
                consuming,
                publisher,
                broken: CancellationToken::new(),
            })
        };
        tokio::time::timeout(CONNECT, open)
            .await
            .unwrap_or(Err(BrokerError::Unreachable))
    }

    /// A channel for a consumer.
    pub(crate) async fn channel(&self) -> Result<Channel, BrokerError> {
        answer(self.consuming.create_channel()).await
    }

    /// True while both connections and the publisher's channel live. A channel can die alone.
    pub(crate) fn is_alive(&self) -> bool {
        !self.broken.is_cancelled()
            && self.publishing.status().connected()
            && self.consuming.status().connected()
            && self.publisher.status().connected()
    }

    /// True while an alarm of the broker keeps it from taking messages.
    pub(crate) fn is_blocked(&self) -> bool {
        self.publishing.status().blocked()
    }

    /// What happens to the two connections.
    pub(crate) fn events(&self) -> BoxStream<'static, Event> {
        select(
            self.publishing.events_listener(),
            self.consuming.events_listener(),
        )
        .boxed()
    }

    /// Says goodbye. A broker that is gone is not waited for.
    pub(crate) async fn close(&self) {
        self.broken.cancel();
        let goodbye = async {
            // 200: the protocol's "reply-success".
            let _ = self.consuming.close(200, "done".into()).await;
            let _ = self.publishing.close(200, "done".into()).await;
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), goodbye).await;
    }
}

async fn connect(uri: &AMQPUri, name: &str) -> Result<Connection, BrokerError> {
    let mut uri = uri.clone();
    uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    Ok(Connection::connect_uri(uri, properties).await?)
}

/// Waits for an answer of the broker, but not for ever.
pub(crate) async fn answer<T>(
    asked: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BrokerError> {
    Ok(tokio::time::timeout(ANSWER, asked)
        .await
        .map_err(|_| BrokerError::Unconfirmed)??)
}
