use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{LeadId, ListId};
use serde::Serialize;

use crate::schema::leads as t;
use crate::texts::Texts;
use crate::{Result, TenantTx};

/// A lead as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Lead {
    /// Its id.
    pub id: i64,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// Both in one.
    pub full_name: String,
    /// E.164.
    pub phone_e164: Option<String>,
    /// The name of its status.
    pub status: Option<String>,
    /// Since when it stands there, where it was ever moved.
    pub status_changed_at: Option<DateTime<Utc>>,
    /// Summary of the newest conversation.
    pub summary: Option<String>,
    /// Newest line first.
    pub notes: Option<String>,
    /// When the newest conversation took place.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// What the person wants.
    pub service: Option<String>,
    /// Where the person lives.
    pub city: Option<String>,
    /// When to call again.
    pub follow_up_at: Option<DateTime<Utc>>,
    /// Whose clock the person lives by, as somebody said it.
    pub time_zone: Option<String>,
    /// As the number tells it; counts where nobody said it.
    pub phone_zone: Option<String>,
    /// Tags.
    #[diesel(deserialize_as = Texts)]
    pub tags: Vec<String>,
    /// Who looks after it.
    pub owner_user_id: Option<i64>,
    /// The import that it belongs to.
    pub outbound_list_id: Option<i64>,
    /// `manual`, `import`, `inbound_call` or `whatsapp`.
    pub source: String,
    /// Grows with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this status, by name.
    pub status: Option<String>,
    /// Only those of this import.
    pub list: Option<ListId>,
    /// Only those whose name or number contains this.
    pub q: Option<String>,
}

impl Filter {
    /// The pattern for names.
    pub(crate) fn name_pattern(&self) -> Option<String> {
        let text = self.q.as_deref()?.trim();
        (!text.is_empty()).then(|| format!("%{}%", escape_like(text)))
    }

    /// The pattern for numbers: the digits of a text that is made of digits and what people put between them, without the
    /// zeros that a local number starts with and an international one does not.
    pub(crate) fn phone_pattern(&self) -> Option<String> {
        let text = self.q.as_deref()?.trim();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        let is_number = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
        (is_number && digits.len() >= 3).then(|| format!("%{digits}%"))
    }
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// One lead.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such lead, or it is deleted.
pub fn get(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Lead> {
    Ok(t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq(lead.0))
        .filter(t::deleted_at.is_null())
        .select(Lead::as_select())
        .first(tx.conn)?)
}

/// The leads that pass `filter`, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn page(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    before: Option<LeadId>,
    most: i64,
) -> Result<Vec<Lead>> {
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::deleted_at.is_null())
        .order(t::id.desc())
        .limit(most)
        .select(Lead::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(t::id.lt(before.0));
    }
    if let Some(status) = &filter.status {
        query = query.filter(t::status.eq(status.clone()));
    }
    if let Some(list) = filter.list {
        query = query.filter(t::outbound_list_id.eq(list.0));
    }
    if let Some(name) = filter.name_pattern() {
        query = match filter.phone_pattern() {
            Some(phone) => query.filter(
                t::full_name
                    .ilike(name)
                    .or(t::phone_e164.assume_not_null().like(phone)),
            ),
            None => query.filter(t::full_name.ilike(name)),
        };
    }
    Ok(query.load(tx.conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_as_a_name_and_where_it_can_be_as_a_number() {
        let of = |q: &str| {
            let filter = Filter {
                q: Some(q.to_owned()),
                ..Filter::default()
            };
            (filter.name_pattern(), filter.phone_pattern())
        };
        assert_eq!(
            of("052-123 4567"),
            (Some("%052-123 4567%".into()), Some("%521234567%".into()))
        );
        assert_eq!(of("50%"), (Some("%50\\%%".into()), None));
        assert_eq!(of("דנה"), (Some("%דנה%".into()), None));
        assert_eq!(of("  "), (None, None));
    }
}
