use chrono::{DateTime, Datelike as _, Utc};
use domain::ids::{ListId, UserId};
use serde::Deserialize;
use storage::leads::Filter;
use utoipa::ToSchema;

use crate::extract::Fields;

/// Longest search and longest tag, in characters.
const LONGEST: usize = 200;

/// Which leads. A lead passes when it passes all that is said; `{}` chooses all.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LeadFilter {
    /// Only those in this status, by name.
    pub(super) status: Option<String>,
    /// Only those of this import.
    pub(super) list_id: Option<i64>,
    /// Only those that this user looks after.
    pub(super) owner_user_id: Option<i64>,
    /// Only those with this tag.
    #[schema(max_length = 200)]
    pub(super) tag: Option<String>,
    /// Only those whose newest conversation took place then or later.
    pub(super) last_contact_from: Option<DateTime<Utc>>,
    /// Only those whose newest conversation took place before that.
    pub(super) last_contact_to: Option<DateTime<Utc>>,
    /// True: only those with whom there never was a conversation; false: only those with whom there was.
    pub(super) never_contacted: Option<bool>,
    /// Only those whose name or number contains this: any part of a name, any digits of a number, with the zero of a local
    /// one.
    #[schema(max_length = 200)]
    pub(super) q: Option<String>,
}

impl LeadFilter {
    /// Notes what is wrong, with `before` in front of the names of the fields.
    pub(crate) fn check(&self, fields: &mut Fields, before: &str) {
        let name = |field: &str| format!("{before}{field}");
        fields.check_length(self.tag.as_deref(), LONGEST, &name("tag"));
        fields.check_length(self.q.as_deref(), LONGEST, &name("q"));
        for (field, time) in [
            ("last_contact_from", self.last_contact_from),
            ("last_contact_to", self.last_contact_to),
        ] {
            let is_written = time.is_none_or(|time| (1..=9999).contains(&time.year()));
            fields.check(is_written, &name(field), "must be in the years 1 to 9999");
        }
        if let (Some(from), Some(to)) = (self.last_contact_from, self.last_contact_to) {
            fields.check(
                from < to,
                &name("last_contact_to"),
                "must be after last_contact_from",
            );
        }
        let has_range = self.last_contact_from.is_some() || self.last_contact_to.is_some();
        fields.check(
            !(has_range && self.never_contacted == Some(true)),
            &name("never_contacted"),
            "does not go with last_contact_from and last_contact_to",
        );
    }
}

impl From<LeadFilter> for Filter {
    fn from(filter: LeadFilter) -> Self {
        Self {
            status: filter.status,
            list: filter.list_id.map(ListId),
            owner: filter.owner_user_id.map(UserId),
            tag: filter.tag,
            contacted_from: filter.last_contact_from,
            contacted_before: filter.last_contact_to,
            never_contacted: filter.never_contacted,
            q: filter.q.filter(|text| !text.trim().is_empty()),
        }
    }
}
