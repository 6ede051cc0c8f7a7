use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use domain::ids::{LeadId, ListId, UserId};

use crate::{Result, TenantTx, activities};

/// Most tags of a lead.
const MOST_TAGS: usize = 50;

/// What is done with leads at once. Their status has a pen of its own,
/// [`change_many`](crate::lead_status::change_many).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This person looks after them, or nobody.
    Owner(Option<UserId>),
    /// They belong to this import, or to none.
    List(Option<ListId>),
    /// They have these tags too.
    AddTags(Vec<String>),
    /// They have these tags no more.
    RemoveTags(Vec<String>),
    /// They are deleted: nobody sees or calls them any more, and what says who they are is emptied. What happened with them
    /// stays for the audit, and so does what keeps their number from being called.
    Delete {
        /// Who deletes them.
        by: Option<UserId>,
    },
}

/// Why a lead was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// The business has no such lead, or it is deleted.
    NotFound,
    /// It is so already.
    Unchanged,
    /// It would have more than 50 tags.
    TooManyTags,
    /// It is in a call at this moment.
    InACall,
}

impl Kept {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unchanged => "unchanged",
            Self::TooManyTags => "too_many_tags",
            Self::InACall => "in_a_call",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "too_many_tags" => Self::TooManyTags,
            "in_a_call" => Self::InACall,
            _ => Self::Unchanged,
        }
    }
}

impl Change {
    /// Why a lead `l` is left as it is, null when it is not; and what is written otherwise. $3 is the user or the list, $4
    /// the tags, $5 now.
    fn sql(&self) -> (String, &'static str) {
        let unless = |differs: &str| format!("CASE WHEN NOT ({differs}) THEN 'unchanged' END");
        match self {
            Self::Owner(_) => (
                unless("l.owner_user_id IS DISTINCT FROM $3"),
                "owner_user_id = $3",
            ),
            Self::List(_) => (
                unless("l.outbound_list_id IS DISTINCT FROM $3"),
                "outbound_list_id = $3",
            ),
            Self::AddTags(_) => (
                format!(
                    "CASE WHEN l.tags @> $4 THEN 'unchanged'
                          WHEN (SELECT count(DISTINCT tag) FROM unnest(l.tags || $4) AS tag) > {MOST_TAGS}
                          THEN 'too_many_tags' END"
                ),
                "tags = l.tags || ARRAY(SELECT tag FROM unnest($4) WITH ORDINALITY AS n (tag, place)
                                        WHERE tag <> ALL (l.tags) ORDER BY place)",
            ),
            Self::RemoveTags(_) => (
                unless("l.tags && $4"),
                "tags = ARRAY(SELECT tag FROM unnest(l.tags) WITH ORDINALITY AS n (tag, place)
                              WHERE tag <> ALL ($4) ORDER BY place)",
            ),
            Self::Delete { .. } => (
                "CASE WHEN EXISTS (SELECT FROM call_log c WHERE c.business_id = l.tenant_id AND c.lead_id = l.id
                                   AND c.ended_at IS NULL) THEN 'in_a_call' END"
                    .to_owned(),
                "deleted_at = $5, first_name = '', last_name = '', phone_e164 = NULL, notes = NULL, summary = NULL,
                 service = NULL, city = NULL, follow_up_at = NULL, follow_up_said_at = NULL, tags = '{}',
                 owner_user_id = NULL, outbound_list_id = NULL",
            ),
        }
    }

    /// What is told in the timeline, where something is.
    const fn activity(&self) -> Option<activities::Kind> {
        match self {
            Self::Delete { .. } => Some(activities::Kind::Deleted),
            _ => None,
        }
    }

    const fn id(&self) -> Option<i64> {
        match self {
            Self::Owner(Some(user)) | Self::Delete { by: Some(user) } => Some(user.0),
            Self::List(Some(list)) => Some(list.0),
            _ => None,
        }
    }

    fn tags(&self) -> &[String] {
        match self {
            Self::AddTags(tags) | Self::RemoveTags(tags) => tags,
            _ => &[],
        }
    }
}

/// Changes the leads, in the order of their ids so that two who do it wait for each other and not both. Answers those that
/// were left as they are, and why.
///
/// # Errors
/// [`BrokenReference`](crate::StorageError::BrokenReference) when the user or the list is not the business's.
pub fn change(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    leads: &[LeadId],
    change: &Change,
) -> Result<Vec<(LeadId, Kept)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Nullable<Text>)]
        kept: Option<String>,
    }
    let (kept, set) = change.sql();
    let rows: Vec<Row> = diesel::sql_query(format!(
        "WITH found AS MATERIALIZED (
             SELECT l.id, {kept} AS kept FROM leads l
             WHERE l.tenant_id = $1 AND l.id = ANY ($2) AND l.deleted_at IS NULL ORDER BY l.id FOR NO KEY UPDATE
         ), changed AS (
             UPDATE leads l SET {set}, version = l.version + 1, updated_at = $5
             FROM found WHERE l.tenant_id = $1 AND l.id = found.id AND found.kept IS NULL RETURNING l.id
         ), told AS (
             INSERT INTO lead_activities (business_id, lead_id, type, at, created_by)
             SELECT $1, id, $6, $5, $3 FROM changed WHERE $6 IS NOT NULL ORDER BY id
         )
         SELECT id, kept FROM found"
    ))
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Array<BigInt>, _>(leads.iter().map(|lead| lead.0).collect::<Vec<_>>())
    .bind::<Nullable<BigInt>, _>(change.id())
    .bind::<Array<Text>, _>(change.tags())
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<Text>, _>(change.activity().map(activities::Kind::as_str))
    .load(tx.conn)?;
    let there: HashSet<i64> = rows.iter().map(|row| row.id).collect();
    let missing = leads.iter().filter(|lead| !there.contains(&lead.0));
    let kept = rows
        .iter()
        .filter_map(|row| Some((LeadId(row.id), Kept::of(row.kept.as_deref()?))));
    Ok(missing
        .map(|lead| (*lead, Kept::NotFound))
        .chain(kept)
        .collect())
}
