//! Tells a business that one of its endpoints was switched off.

use chrono::{DateTime, Utc};
use domain::events::NotificationRequested;
use domain::ids::UserId;
use domain::messages::{self, Language};
use storage::webhook_endpoints::{Disabled, Endpoint};
use storage::{Result, TenantTx, decisions, notifications};
use url::Url;

/// Where the endpoints are in the console.
const PAGE: &str = "/settings/webhooks";

/// One notification per language that those who can mend it read.
pub(super) fn tell(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: &Endpoint,
    reason: Disabled,
) -> Result<()> {
    let of_business = decisions::context(tx)?.language;
    let recipients = notifications::keepers(tx)?;
    let host = host(&endpoint.url);
    for language in Language::ALL {
        let user_ids: Vec<UserId> = recipients
            .iter()
            .filter(|recipient| recipient.language.unwrap_or(of_business) == language)
            .map(|recipient| recipient.user)
            .collect();
        let values = [("host", host.as_str().into())];
        let title = messages::text(language, "notification-webhook-disabled-title", &[]);
        let body = match reason {
            Disabled::Gone => {
                messages::text(language, "notification-webhook-disabled-gone", &values)
            }
            Disabled::Failing => {
                messages::text(language, "notification-webhook-disabled-failing", &values)
            }
        };
        let notification = NotificationRequested {
            business_id: tx.business,
            lead_id: None,
            user_ids,
            title,
            body,
            url: PAGE.to_owned(),
        };
        notifications::give_notice(tx, now, notification)?;
    }
    Ok(())
}

/// Of an address only the host: what stands behind it may be a secret.
fn host(url: &str) -> String {
    Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}
