use chassis::telemetry::chain;
use domain::ids::BusinessId;
use futures::StreamExt as _;
use serde_json::Value;
use storage::Db;
use tokio_util::sync::CancellationToken;

use super::hub::{Heard, Hub, Receiver};
use super::news::News;
use super::snapshots;

/// Events that are completed together, at most: those of one business by one read.
const BATCH: usize = 64;
/// Businesses that are read for at once, at most, so that requests find connections too.
const READS: usize = 2;

/// Completes what is heard and tells the streams, until `shutdown`.
pub(crate) async fn run(
    hub: Hub,
    db: Db,
    Receiver(mut heard): Receiver,
    shutdown: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while shutdown
        .run_until_cancelled(heard.recv_many(&mut batch, BATCH))
        .await
        .is_some_and(|taken| taken > 0)
    {
        if hub.has_overflown() {
            hub.resync(None);
        }
        let mut news = Vec::with_capacity(batch.len());
        for heard in batch.drain(..) {
            match heard {
                Heard::News(one) => news.push(*one),
                Heard::Began => {
                    // What came before belongs before.
                    tell(&hub, &db, std::mem::take(&mut news)).await;
                    hub.resync(None);
                }
            }
        }
        tell(&hub, &db, news).await;
    }
}

/// Tells the streams, in the order in which it was heard within a business.
async fn tell(hub: &Hub, db: &Db, news: Vec<News>) {
    let mut businesses: Vec<(BusinessId, Vec<News>)> = Vec::new();
    for one in news {
        match businesses.iter_mut().find(|(id, _)| *id == one.business) {
            Some((_, of_business)) => of_business.push(one),
            None => businesses.push((one.business, vec![one])),
        }
    }
    futures::stream::iter(businesses)
        .for_each_concurrent(READS, |(business, news)| {
            tell_business(hub, db, business, news)
        })
        .await;
}

async fn tell_business(hub: &Hub, db: &Db, business: BusinessId, news: Vec<News>) {
    let subjects = news.iter().filter_map(|one| one.subject.clone()).collect();
    match snapshots::read(db, business, subjects).await {
        Ok(states) => {
            for mut one in news {
                if let Some(subject) = &one.subject {
                    let state = states.get(subject).cloned().unwrap_or_default();
                    one.data.insert(subject.field().to_owned(), state);
                }
                let data = Value::Object(std::mem::take(&mut one.data)).to_string();
                hub.tell(one, &data);
            }
        }
        Err(error) => {
            tracing::warn!(
                business_id = business.0,
                error = chain(&error),
                "the state of what changed cannot be read; streams read everything again"
            );
            hub.resync(Some(business));
        }
    }
}
