use actix_web::{post, web};
use domain::messages;
use domain::notifications::Text;
use futures::StreamExt as _;
use push::{Message, Outcome, Subscription, Urgency};
use serde::Serialize;
use storage::{push_subscriptions, users};
use utoipa::ToSchema;

use super::subscribe::host;
use crate::extract::Session;
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Browsers that are sent to at once.
const AT_ONCE: usize = 8;

/// What came of a test.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tested {
    /// How many push services have taken it.
    sent: usize,
    /// Each browser of the user.
    outcomes: Vec<Tried>,
}

/// What came of it for one browser.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tried {
    subscription_id: i64,
    /// The host of its push service.
    #[schema(example = "fcm.googleapis.com")]
    push_service: String,
    outcome: Word,
    /// What the push service answered, where that was not that it took it.
    status: Option<u16>,
}

/// What came of a message.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// The push service has it.
    Sent,
    /// The browser has let the subscription go; it is forgotten here too.
    Gone,
    /// The push service refuses it.
    Refused,
    /// The push service does not take it now, or does not answer.
    NotNow,
}

/// Push a test message
///
/// To every browser of the user, at once and whatever the hour; the answer tells what came of each. Five in a minute.
#[utoipa::path(
    tag = "notifications", operation_id = "test_push",
    responses((status = 200, description = "What came of it", body = Tested))
)]
#[post("/api/push/test")]
pub(crate) async fn test(
    gateway: web::Data<Gateway>,
    session: Session,
) -> Result<web::Json<Tested>> {
    let client = super::client(&gateway)?;
    let (business, user, now) = (session.business()?, session.user, gateway.clock.now());
    let (rows, language) = gateway
        .db
        .tenant(business, move |tx| {
            let rows = push_subscriptions::of_user(tx, user)?;
            let language = users::language(tx, business, Some(user))?;
            Ok::<_, Problem>((rows, language))
        })
        .await?;
    if rows.is_empty() {
        return Err(Code::NoPushSubscription.into());
    }
    gateway.push_tests.admit(user)?;
    let message = Message {
        text: Text {
            title: messages::text(language, "notification-test-title", &[]),
            body: messages::text(language, "notification-test-body", &[]),
        },
        language,
        url: "/".to_owned(),
        topic: "test".to_owned(),
        urgency: Urgency::High,
    };
    let sending = rows.into_iter().map(|row| {
        let message = &message;
        async move {
            let outcome = match Subscription::new(&row.endpoint, &row.p256dh, &row.auth) {
                Ok(to) => client.send(&to, message, now).await,
                Err(_) => Outcome::Gone,
            };
            let (outcome, status) = match outcome {
                Outcome::Sent => (Word::Sent, None),
                Outcome::Gone => (Word::Gone, None),
                Outcome::Refused { status } => (Word::Refused, status),
                Outcome::Later { status, .. } => (Word::NotNow, status),
            };
            Tried {
                subscription_id: row.id,
                push_service: host(&row.endpoint),
                outcome,
                status,
            }
        }
    });
    let sending = futures::stream::iter(sending).buffered(AT_ONCE);
    let outcomes: Vec<Tried> = sending.collect().await;
    let of = |word| outcomes.iter().filter(move |tried| tried.outcome == word);
    let gone: Vec<i64> = of(Word::Gone).map(|tried| tried.subscription_id).collect();
    gateway
        .db
        .tenant(business, move |tx| {
            gone.into_iter()
                .try_for_each(|id| Ok::<_, Problem>(push_subscriptions::forget(tx, id)?))
        })
        .await?;
    let sent = of(Word::Sent).count();
    Ok(web::Json(Tested { sent, outcomes }))
}
