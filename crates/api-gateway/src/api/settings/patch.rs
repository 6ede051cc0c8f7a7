use actix_web::{HttpResponse, patch, web};
use domain::decision::{Automation, QuietHours, TransitionRules};
use domain::gates::CallingWindows;
use domain::retry::RetryPolicy;
use domain::text::{AllWrong, Words, WordsDraft};
use domain::voicemail::Voicemail;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::settings::{self, Changes};
use storage::users::Role;
use utoipa::ToSchema;

use super::{SettingsView, TranscriptionLanguage};
use crate::api::outbound::bulk_enqueue::check_retry;
use crate::api::users::preferences::{Available, PreferencesChanges};
use crate::call_flow::{CallFlow, LONGEST_TEXT, is_e164};
use crate::extract::{Admin, Body, Caller, Fields, IfMatch, Validate, etag, present};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Before the names of their fields.
const PREFERENCES: &str = "notification_preferences.";

/// What changes: an absent setting stays, null empties one that may be empty.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SettingsChanges {
    /// The number it calls from, E.164.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    caller_number: Option<Option<String>>,
    /// The number that customers write to on WhatsApp, E.164; null is the one it calls from.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    whatsapp_number: Option<Option<String>>,
    /// A WhatsApp session ends when the customer has not written for so long; holds from the next message on.
    #[schema(minimum = 1, maximum = 1440)]
    whatsapp_silence_minutes: Option<i32>,
    /// Most outbound calls in the air at once.
    #[schema(minimum = 1, maximum = 1000)]
    max_outbound: Option<i16>,
    /// Most calls in the air at once, inbound ones included; at least `max_outbound`.
    #[schema(minimum = 1, maximum = 1000)]
    max_total: Option<i16>,
    /// A suggestion below this changes nothing.
    #[schema(minimum = 0, maximum = 1)]
    confidence_threshold: Option<f64>,
    /// Whether the threshold follows the corrections: each one, and switching this on, sets it to what
    /// `GET /api/status-rules/corrections` suggests. Only an owner may change this.
    auto_threshold: Option<bool>,
    /// `on`, or `shadow`: decisions are recorded and not applied.
    #[schema(value_type = Option<String>)]
    automation: Option<Automation>,
    /// When it calls, in its time zone and in that of the person, where it is known: hours per weekday, dates without
    /// any, and the days of rest that it keeps, for example
    /// `{"days": {"sun": [["09:00", "13:00"], ["16:00", "19:00"]]}, "closed_dates": ["2026-09-12"],
    /// "closed": ["shabbat", "jewish_holidays"]}`; null is always. Shabbat is closed from Friday 15:00 to Saturday 21:00,
    /// a holiday of rest (as in Israel: Rosh Hashana, Yom Kippur, the first day of Sukkot, Simchat Torah, the first and the
    /// seventh day of Pesach, Shavuot) from 15:00 of its eve to 21:00 of its last day.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    calling_windows: Option<Option<CallingWindows>>,
    /// From one call to a person to the next, over all runs; null is no gap.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 43200)]
    min_gap_minutes: Option<Option<i32>>,
    /// Calls to a person in one day of the business's time zone, over all runs; null is no limit.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i16>, minimum = 1, maximum = 100)]
    max_calls_per_day: Option<Option<i16>>,
    /// When automation leaves the board alone: `{"from": "21:00", "to": "07:30"}` in the business's time zone.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    quiet_hours: Option<Option<QuietHours>>,
    /// Which moves automation may make: `{"allowed": {"qualified": ["won"]}, "never_to": ["vip"]}`.
    #[schema(value_type = Option<Object>)]
    transition_rules: Option<TransitionRules>,
    /// The business's own words for what conversations say, by group (`APPOINTMENT_SET`, `HOT_INTERESTED`, `FOLLOW_UP`,
    /// `NOT_RELEVANT`, `NO_ANSWER`): `{"HOT_INTERESTED": ["send the contract"]}`, of each up to 200 phrases of up to 60
    /// characters and at least two letters. A phrase counts where it stands as whole words (in Hebrew also behind the usual
    /// prefixes), as the words of the lexicon do: negated, asked or said by our side it does not. Null is none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    status_words: Option<Option<WordsDraft>>,
    /// Per outcome (`busy`, `no_answer`, `voicemail`, `failed`), how often (`times`) and after how long
    /// (`after_seconds`) a lead that was not reached is called again, and at which times of day (`at`, a list of `HH:MM` on
    /// the business's clock; at once when absent).
    #[schema(value_type = Option<Object>)]
    retry_policy: Option<RetryPolicy>,
    /// What an answered call hears.
    call_flow: Option<CallFlow>,
    /// What is done when a machine picks up: `{"action": "go_on"}`, `{"action": "hang_up"}`, or
    /// `{"action": "leave_message", "text": "…"}` (a sentence in the business's language when `text` is absent).
    #[schema(value_type = Option<Object>)]
    voicemail: Option<Voicemail>,
    /// What the speech server is told to expect. A language helps with short answers and poor lines; `auto` is for a
    /// business whose customers speak several: `business` (its own language), `auto`, `he` or `en`.
    transcription_language: Option<TranscriptionLanguage>,
    /// Minutes of audio that may be transcribed in one day of the business's time zone, each channel of a recording counted;
    /// null is no limit. A call beyond it is told of without a transcript.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    transcription_minutes_per_day: Option<Option<i32>>,
    /// How long a phone rings.
    #[schema(minimum = 5, maximum = 600)]
    ring_timeout_seconds: Option<i16>,
    /// How long a call may last.
    #[schema(minimum = 10, maximum = 14400)]
    time_limit_seconds: Option<i32>,
    /// Days after its announcement by the carrier on which a recording is deleted, there and here. What is there already
    /// follows: fewer days delete the older ones soon after, more days keep what is not deleted yet. WhatsApp messages go by the
    /// same days.
    #[schema(minimum = 1, maximum = 3650)]
    recording_retention_days: Option<i16>,
    /// Of what the caller is told: their own preferences, as `PATCH /api/users/me/notification-preferences` changes them. A
    /// program's key has none.
    notification_preferences: Option<PreferencesChanges>,
}

impl Validate for SettingsChanges {
    fn validate(&self, fields: &mut Fields) {
        for (name, number) in [
            ("caller_number", &self.caller_number),
            ("whatsapp_number", &self.whatsapp_number),
        ] {
            let number = number.as_ref().and_then(Option::as_deref);
            let message = "must be E.164, for example +972721234567";
            fields.check(number.is_none_or(is_e164), name, message);
        }
        let bounded = self
            .whatsapp_silence_minutes
            .is_none_or(|minutes| (1..=1_440).contains(&minutes));
        let message = "must be 1 to 1440 (a day)";
        fields.check(bounded, "whatsapp_silence_minutes", message);
        for (name, lines) in [
            ("max_outbound", self.max_outbound),
            ("max_total", self.max_total),
        ] {
            let bounded = lines.is_none_or(|lines| (1..=1000).contains(&lines));
            fields.check(bounded, name, "must be 1 to 1000");
        }
        let bounded = self
            .confidence_threshold
            .is_none_or(|threshold| (0.0..=1.0).contains(&threshold));
        fields.check(bounded, "confidence_threshold", "must be 0 to 1");
        let bounded = self
            .min_gap_minutes
            .flatten()
            .is_none_or(|minutes| (1..=43_200).contains(&minutes));
        let message = "must be 1 to 43200 (30 days), or null for no gap";
        fields.check(bounded, "min_gap_minutes", message);
        let bounded = self
            .max_calls_per_day
            .flatten()
            .is_none_or(|calls| (1..=100).contains(&calls));
        let message = "must be 1 to 100, or null for no limit";
        fields.check(bounded, "max_calls_per_day", message);
        let bounded = self
            .transcription_minutes_per_day
            .flatten()
            .is_none_or(|minutes| (0..=1_000_000).contains(&minutes));
        let message = "must be 0 to 1000000, or null for no limit";
        fields.check(bounded, "transcription_minutes_per_day", message);
        let bounded = self
            .ring_timeout_seconds
            .is_none_or(|seconds| (5..=600).contains(&seconds));
        fields.check(bounded, "ring_timeout_seconds", "must be 5 to 600");
        let bounded = self
            .time_limit_seconds
            .is_none_or(|seconds| (10..=14_400).contains(&seconds));
        fields.check(bounded, "time_limit_seconds", "must be 10 to 14400");
        let bounded = self
            .recording_retention_days
            .is_none_or(|days| (1..=3650).contains(&days));
        fields.check(bounded, "recording_retention_days", "must be 1 to 3650");
        self.check_parts(fields);
    }
}

impl SettingsChanges {
    /// What has rules of its own.
    fn check_parts(&self, fields: &mut Fields) {
        if let Err(all) = self.words() {
            for wrong in all.0 {
                let field = format!("status_words.{}", wrong.field);
                fields.check(false, &field, &wrong.what.to_string());
            }
        }
        if let Some(preferences) = &self.notification_preferences {
            preferences.check(fields, PREFERENCES);
        }
        if let Some(retry) = &self.retry_policy {
            check_retry(retry, fields, "retry_policy");
        }
        if let Some(flow) = &self.call_flow {
            flow.validate(fields);
        }
        if let Some(Voicemail::LeaveMessage { text }) = &self.voicemail {
            fields.check_length(text.as_deref(), LONGEST_TEXT, "voicemail");
        }
    }

    /// The words as they are to be; none of them is null.
    fn words(&self) -> Result<Option<Option<Words>>, AllWrong> {
        let Some(draft) = &self.status_words else {
            return Ok(None);
        };
        let words = Words::try_from(draft.clone().unwrap_or_default())?;
        Ok(Some(Some(words).filter(|words| !words.is_empty())))
    }

    fn into_changes(self) -> Result<Changes> {
        let words = self.words().map_err(|error| Problem::internal(&error))?;
        Ok(Changes {
            caller_number: self.caller_number,
            whatsapp_number: self.whatsapp_number,
            whatsapp_silence_minutes: self.whatsapp_silence_minutes,
            max_outbound: self.max_outbound,
            max_total: self.max_total,
            confidence_threshold: self.confidence_threshold,
            auto_threshold: self.auto_threshold,
            automation: self.automation.map(|automation| match automation {
                Automation::On => "on".to_owned(),
                Automation::Shadow => "shadow".to_owned(),
            }),
            calling_windows: self
                .calling_windows
                .map(|windows| windows.as_ref().map(json).transpose())
                .transpose()?,
            min_gap_minutes: self.min_gap_minutes,
            max_calls_per_day: self.max_calls_per_day,
            quiet_hours: self
                .quiet_hours
                .map(|hours| hours.as_ref().map(json).transpose())
                .transpose()?,
            transition_rules: self
                .transition_rules
                .as_ref()
                .map(json)
                .transpose()?
                .map(Some),
            status_words: words
                .map(|words| words.as_ref().map(json).transpose())
                .transpose()?,
            retry_policy: self.retry_policy.as_ref().map(json).transpose()?,
            call_flow: self.call_flow.as_ref().map(json).transpose()?,
            voicemail: self.voicemail.as_ref().map(json).transpose()?,
            transcription_language: self
                .transcription_language
                .map(|language| language.as_str().to_owned()),
            transcription_minutes_per_day: self.transcription_minutes_per_day,
            ring_timeout_seconds: self.ring_timeout_seconds,
            time_limit_seconds: self.time_limit_seconds,
            recording_retention_days: self.recording_retention_days,
        })
    }
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Problem::internal(&error))
}

/// Change settings
///
/// With `If-Match` only if nobody has changed them in the meantime. Limits hold from the next call on; calls in the air
/// go on.
#[utoipa::path(
    tag = "settings", operation_id = "change_settings", request_body = SettingsChanges,
    params(("If-Match" = Option<String>, Header, description = "The ETag that the change is based on")),
    responses((status = 200, description = "The settings as they are now", body = SettingsView))
)]
#[patch("/api/settings")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    expected: IfMatch,
    body: Body<SettingsChanges>,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    if body.value.auto_threshold.is_some() {
        caller.demand(Role::Owner)?;
    }
    let mut wanted = body.value;
    let preferences = wanted.notification_preferences.take();
    let changes = wanted.into_changes()?;
    let (user, available) = (caller.user, Available::of(&gateway));
    let settings = gateway
        .db
        .tenant(caller.business, move |tx| {
            settings::change(tx, now, expected.0, &changes)?;
            if let Some(preferences) = preferences {
                let user = user.ok_or(Code::NotAUser)?;
                preferences.apply(tx, now, user, None, (available, PREFERENCES))?;
            }
            super::show(tx, user, available)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(settings.version))
        .json(settings))
}
