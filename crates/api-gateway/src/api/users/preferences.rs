//! Of what a user is told, how and when: their own, at an address of its own and within the settings. Both are the one row.

pub(crate) mod get;
pub(crate) mod patch;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::decision::QuietHours;
use domain::events::ChangeSource;
use domain::gates::Rest;
use domain::ids::UserId;
use domain::notifications::{Email, Preferences, Push};
use serde::{Deserialize, Serialize};
use storage::{TenantTx, mail_refusals, notification_preferences as stored, statuses, users};
use utoipa::ToSchema;

use crate::extract::{Fields, present};
use crate::gateway::Gateway;
use crate::problem::{Code, FieldError, Problem, Result};

/// The most statuses that are named one by one, as many as a board has.
const MOST_STATUSES: usize = 100;

/// Which ways out of here this server has.
#[derive(Clone, Copy)]
pub(crate) struct Available {
    push: bool,
    email: bool,
}

impl Available {
    pub(crate) const fn of(gateway: &Gateway) -> Self {
        Self {
            push: gateway.push.is_some(),
            email: gateway.has_mail,
        }
    }
}

/// Of what a user is told, how and when. What passes `statuses` and `sources` is on the bell at once, always.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreferencesView {
    /// Names of the statuses whose leads they hear of; null is all.
    #[schema(example = json!(["qualified", "won"]))]
    statuses: Option<BTreeSet<String>>,
    /// Whose changes they hear of: `auto_inbound`, `auto_outbound`, `auto_whatsapp`, `manual`. Nobody hears of their own.
    #[schema(value_type = Vec<String>)]
    sources: BTreeSet<ChangeSource>,
    /// To their browsers: `off`, `at_once`, or gathered `hourly` or `daily`.
    #[schema(value_type = String)]
    push: Push,
    /// Whether this server pushes at all.
    push_available: bool,
    /// To their address, gathered: `off`, `hourly` or `daily`.
    #[schema(value_type = String)]
    email: Email,
    /// Whether this server sends e-mail at all.
    email_available: bool,
    /// Where it goes.
    email_address: String,
    /// Whether the mail server has refused that address so often that nothing is sent there any more; choosing `email` anew
    /// tries it again.
    email_refused: bool,
    /// Hour of what is gathered daily, on the business's clock.
    digest_hour: u32,
    /// When nothing is pushed or mailed, on the business's clock: `{"from": "21:00", "to": "07:30"}`. What comes up is held
    /// until their end; several together are then one.
    #[schema(value_type = Option<Object>)]
    quiet_hours: Option<QuietHours>,
    /// Days on which nothing is: `shabbat`, `jewish_holidays`, as in `calling_windows` of the settings.
    #[schema(value_type = Vec<String>)]
    quiet_days: BTreeSet<Rest>,
    /// Grows with each change; the ETag of the preferences.
    pub(crate) version: i64,
}

/// What changes about them: an absent field stays.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PreferencesChanges {
    /// Names of the statuses whose leads they want to hear of; null is all.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    statuses: Option<Option<BTreeSet<String>>>,
    /// Whose changes they want to hear of: `auto_inbound`, `auto_outbound`, `auto_whatsapp`, `manual`.
    #[schema(value_type = Option<Vec<String>>)]
    sources: Option<BTreeSet<ChangeSource>>,
    /// `off`, `at_once`, `hourly` or `daily`.
    #[schema(value_type = Option<String>)]
    push: Option<Push>,
    /// `off`, `hourly` or `daily`.
    #[schema(value_type = Option<String>)]
    email: Option<Email>,
    /// Hour of what is gathered daily, on the business's clock.
    #[schema(minimum = 0, maximum = 23)]
    digest_hour: Option<u32>,
    /// `{"from": "21:00", "to": "07:30"}` on the business's clock; null is none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    quiet_hours: Option<Option<QuietHours>>,
    /// `shabbat`, `jewish_holidays`.
    #[schema(value_type = Option<Vec<String>>)]
    quiet_days: Option<BTreeSet<Rest>>,
}

impl PreferencesChanges {
    /// Notes what is wrong; `above` stands before the names of the fields.
    pub(crate) fn check(&self, fields: &mut Fields, above: &str) {
        let bounded = self.digest_hour.is_none_or(|hour| hour <= 23);
        fields.check(bounded, &format!("{above}digest_hour"), "must be 0 to 23");
        let named = self.statuses.iter().flatten().map(BTreeSet::len);
        let fits = named.sum::<usize>() <= MOST_STATUSES;
        let message = format!("must have at most {MOST_STATUSES} items");
        fields.check(fits, &format!("{above}statuses"), &message);
    }

    /// Changes the preferences of a user.
    ///
    /// # Errors
    /// When they have moved on, a status is none of the business's, or e-mail is chosen where there is none.
    pub(crate) fn apply(
        self,
        tx: &mut TenantTx<'_>,
        now: DateTime<Utc>,
        user: UserId,
        expected_version: Option<i64>,
        (available, above): (Available, &str),
    ) -> Result<()> {
        let chooses_email = self.email.is_some_and(|email| email != Email::Off);
        if chooses_email && !available.email {
            let message = "must be off: this server sends no e-mail";
            return Err(wrong(above, "email", message));
        }
        if let Some(Some(names)) = &self.statuses {
            let board = statuses::board(tx)?;
            let is_known = |name: &&String| board.iter().any(|status| status.name == **name);
            if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
                let message = format!("the business has no status {unknown}");
                return Err(wrong(above, "statuses", &message));
            }
        }
        stored::change(
            tx,
            now,
            user,
            expected_version,
            chooses_email,
            |preferences| {
                self.into_preferences(preferences);
                Ok(())
            },
        )
    }

    fn into_preferences(self, preferences: &mut Preferences) {
        let Self {
            statuses,
            sources,
            push,
            email,
            digest_hour,
            quiet_hours,
            quiet_days,
        } = self;
        set(&mut preferences.statuses, statuses);
        set(&mut preferences.sources, sources);
        set(&mut preferences.push, push);
        set(&mut preferences.email, email);
        set(&mut preferences.digest_hour, digest_hour);
        set(&mut preferences.quiet_hours, quiet_hours);
        set(&mut preferences.quiet_days, quiet_days);
    }
}

fn set<T>(field: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *field = wanted;
    }
}

fn wrong(above: &str, field: &str, message: &str) -> Problem {
    let wrong = FieldError::new(format!("{above}{field}"), message);
    Problem::fields(Code::ValidationFailed, vec![wrong])
}

/// The preferences as the API shows them.
///
/// # Errors
/// When the business has no such user.
pub(crate) fn show(
    tx: &mut TenantTx<'_>,
    user: UserId,
    available: Available,
) -> Result<PreferencesView> {
    let address = users::get(tx, user)?.email;
    let stored = stored::get(tx, user)?;
    let preferences = stored.preferences;
    Ok(PreferencesView {
        statuses: preferences.statuses,
        sources: preferences.sources,
        push: preferences.push,
        push_available: available.push,
        email: preferences.email,
        email_available: available.email,
        email_address: address,
        email_refused: mail_refusals::are_too_many(tx, user, stored.email_chosen_at)?,
        digest_hour: preferences.digest_hour,
        quiet_hours: preferences.quiet_hours,
        quiet_days: preferences.quiet_days,
        version: stored.version,
    })
}
