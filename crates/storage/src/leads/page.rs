//! A page of the board, which costs the same wherever it is and whatever is asked for.
//!
//! Where an index has the leads that pass in their order, the page is read from it. Else the order of the board is walked
//! for a while, the longer the more leads there are, in an index that holds most of what filters look at: what many leads
//! have is soon found so. What few have is then found in the index of what few have, all of it, and put in order. A search
//! for one or two letters has no such index: it is walked further and ends after so many leads, found enough or not.

use chrono::{DateTime, Utc};
use diesel::expression::ValidGrouping;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Nullable, Timestamptz};
use domain::ids::BusinessId;

use super::filter::{Bound, Filter, passes};
use super::read::Lead;
use crate::schema::leads as t;
use crate::timeline::Place;
use crate::{Db, Result, TenantTx, lead_counts};

/// Leads that are walked at most.
const MOST_STEPS: i64 = 32_000;
/// Of the [first steps](first_steps), how many have to pass that it is worth going on.
const WORTH_IT: usize = 5;
/// What a row costs that is found in the index of what few have, in steps along the board.
const ROW_IN_STEPS: usize = 10;
/// The same where the row of each step is read too, since the index does not hold what is looked at.
const ROW_IN_STEPS_BY_ROWS: usize = 1;

/// What a page holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// In the order of the board; fewer than were asked for when the search ended before.
    pub leads: Vec<Lead>,
    /// Where the next page begins; none when there is nothing behind this one.
    pub next: Option<Place>,
}

#[derive(Debug, Clone, Copy, QueryableByName)]
struct Step {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamptz)]
    board_at: DateTime<Utc>,
}

impl From<Step> for Place {
    fn from(step: Step) -> Self {
        Self {
            at: step.board_at,
            id: step.id,
        }
    }
}

/// The leads that pass `filter`, those of the newest contact first: at most `most` of them behind `after`. A lead that is
/// called meanwhile moves to the first page; no other is told twice or left out.
///
/// # Errors
/// When a statement fails.
pub async fn newest(
    db: &Db,
    business: BusinessId,
    filter: Filter,
    after: Option<Place>,
    most: usize,
) -> Result<Found> {
    if filter.is_plain() {
        db.read(business, move |tx| in_order(tx, &filter, after, most))
            .await
    } else {
        db.tenant(business, move |tx| by_search(tx, &filter, after, most))
            .await
    }
}

/// The leads that pass a filter for which no index has them in their order.
fn by_search(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    after: Option<Place>,
    most: usize,
) -> Result<Found> {
    let mut found = match filter.is_unspecific() {
        true => steps(tx, filter, after, MOST_STEPS, most + 1)?,
        false => find(tx, filter, after, most + 1)?,
    };
    let more = found.len() > most;
    found.truncate(most);
    let next = match more {
        true => found.last().copied(),
        false if filter.is_unspecific() => last_step(tx, after)?,
        false => None,
    };
    let leads = rows(tx, &found)?;
    Ok(Found { leads, next })
}

/// The leads that pass a [plain](Filter::is_plain) filter, from the index that has them in their order.
fn in_order(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    after: Option<Place>,
    most: usize,
) -> Result<Found> {
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::deleted_at.is_null())
        .order((t::board_at.desc(), t::id.desc()))
        .limit(as_bigint(most + 1))
        .select((t::board_at, Lead::as_select()))
        .into_boxed();
    if let Some(place) = after {
        query = query.filter(Behind(place));
    }
    if let Some(status) = &filter.status {
        query = query.filter(t::status.eq(status));
    }
    if let Some(list) = filter.list {
        query = query.filter(t::outbound_list_id.eq(list.0));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(t::owner_user_id.eq(owner.0));
    }
    if filter.never_contacted == Some(true) {
        query = query.filter(t::last_contact_at.is_null());
    }
    let mut found: Vec<(DateTime<Utc>, Lead)> = query.load(tx.conn)?;
    let more = found.len() > most;
    found.truncate(most);
    let last = found.last().map(|(at, lead)| Place {
        at: *at,
        id: lead.id,
    });
    Ok(Found {
        leads: found.into_iter().map(|(_, lead)| lead).collect(),
        next: last.filter(|_| more),
    })
}

/// `(board_at, id) < (…, …)`: an index begins there, as it does not where the same is said with OR.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
struct Behind(Place);

impl Expression for Behind {
    type SqlType = Bool;
}

impl AppearsOnTable<t::table> for Behind {}

impl SelectableExpression<t::table> for Behind {}

impl QueryFragment<Pg> for Behind {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(leads.board_at, leads.id) < (");
        out.push_bind_param::<Timestamptz, _>(&self.0.at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.0.id)?;
        out.push_sql(")");
        Ok(())
    }
}

/// What passes behind a place, of the whole board: at most `wanted`.
fn find(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    after: Option<Place>,
    wanted: usize,
) -> Result<Vec<Place>> {
    let first = first_steps(tx, filter, wanted)?;
    let mut found = steps(tx, filter, after, first, wanted)?;
    if (WORTH_IT..wanted).contains(&found.len()) {
        let (from, left) = (found.last().copied(), wanted - found.len());
        found.extend(steps(tx, filter, from, MOST_STEPS, left)?);
        if found.len() < wanted && last_step(tx, from)?.is_none() {
            return Ok(found);
        }
    }
    if found.len() < wanted {
        let (from, left) = (found.last().copied().or(after), wanted - found.len());
        found.extend(all_behind(tx, filter, from, left)?);
    }
    Ok(found)
}

/// Leads that are walked before anything is known of who passes. Of N leads a share f passes: to walk to as many as are wanted
/// takes wanted / f steps, to find them all takes as long as row · f · N steps. Both are the same at f = √(wanted / (row · N)),
/// and at that share [`WORTH_IT`] of so many leads pass.
fn first_steps(tx: &mut TenantTx<'_>, filter: &Filter, wanted: usize) -> Result<i64> {
    let row = match filter.tag {
        Some(_) => ROW_IN_STEPS_BY_ROWS,
        None => ROW_IN_STEPS,
    };
    let leads: i64 = lead_counts::by_status(tx)?.values().sum();
    let leads = usize::try_from(leads).unwrap_or_default();
    let steps = WORTH_IT * (row * leads / wanted).isqrt();
    Ok(as_bigint(steps.max(wanted)))
}

/// The order of the board behind a place. $1 the business, $2 and $3 the place.
const BOARD: &str = "FROM leads
    WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2 IS NULL OR (board_at, id) < ($2, $3))
    ORDER BY board_at DESC, id DESC";

/// What passes of the next `steps` leads of the board. $1 to $3 as in [`BOARD`], $4 how many are wanted, $5 how many steps, then
/// the filter. They come in the order in which they are walked, and nobody walks further than to the last one that is wanted. Tags
/// are not in the index.
fn steps(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    after: Option<Place>,
    steps: i64,
    wanted: usize,
) -> Result<Vec<Place>> {
    let tags = match filter.tag {
        Some(_) => ", tags",
        None => ", '{}'::text[] AS tags",
    };
    let statement = format!(
        "SELECT id, board_at FROM (
             SELECT id, board_at, status, outbound_list_id, owner_user_id, last_contact_at, search_text{tags} {BOARD} LIMIT $5
         ) l WHERE {} LIMIT $4",
        passes(6)
    );
    let statement = diesel::sql_query(statement).into_boxed();
    let statement = behind(tx, statement, after)
        .bind::<BigInt, _>(as_bigint(wanted))
        .bind::<BigInt, _>(steps);
    places(filter.bind(statement).load(tx.conn)?)
}

/// In the order of the board.
fn places(found: Vec<Step>) -> Result<Vec<Place>> {
    let mut found: Vec<_> = found.into_iter().map(Place::from).collect();
    found.sort_unstable_by_key(|place| std::cmp::Reverse((place.at, place.id)));
    Ok(found)
}

/// The lead that is [`MOST_STEPS`] behind a place; none when the board ends before.
fn last_step(tx: &mut TenantTx<'_>, after: Option<Place>) -> Result<Option<Place>> {
    let statement = format!("SELECT id, board_at {BOARD} OFFSET $4 - 1 LIMIT 1");
    let statement = diesel::sql_query(statement).into_boxed();
    let step: Option<Step> = behind(tx, statement, after)
        .bind::<BigInt, _>(MOST_STEPS)
        .get_result(tx.conn)
        .optional()?;
    Ok(step.map(Place::from))
}

/// What passes of all leads of the board behind a place. $1 the business, $2 and $3 the place, $4 how many are wanted, then
/// the filter. All are found before they are put in order.
fn all_behind(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    after: Option<Place>,
    wanted: usize,
) -> Result<Vec<Place>> {
    let statement = format!(
        "WITH found AS MATERIALIZED (
             SELECT id, board_at FROM {source}
             WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2 IS NULL OR (board_at, id) < ($2, $3)) AND {passes}
         ) SELECT id, board_at FROM found ORDER BY board_at DESC, id DESC LIMIT $4",
        source = filter.source(5),
        passes = passes(5)
    );
    let statement = diesel::sql_query(statement).into_boxed();
    let statement = behind(tx, statement, after).bind::<BigInt, _>(as_bigint(wanted));
    places(filter.bind(statement).load(tx.conn)?)
}

fn behind<'a>(tx: &TenantTx<'_>, statement: Bound<'a>, after: Option<Place>) -> Bound<'a> {
    statement
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Nullable<Timestamptz>, _>(after.map(|place| place.at))
        .bind::<Nullable<BigInt>, _>(after.map(|place| place.id))
}

fn as_bigint(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn rows(tx: &mut TenantTx<'_>, places: &[Place]) -> Result<Vec<Lead>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
    Ok(t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq_any(ids))
        .filter(t::deleted_at.is_null())
        .order((t::board_at.desc(), t::id.desc()))
        .select(Lead::as_select())
        .load(tx.conn)?)
}
