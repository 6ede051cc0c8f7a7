//! Boards with many leads.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};
use domain::ids::{BusinessId, LeadId, ListId, UserId};

use super::connect;
use crate::Result;

/// Leads of one statement.
const BATCH: i32 = 100_000;
/// Lists of each business, all of about the same length.
pub const LISTS: u32 = 10;
/// Of so many leads one has a long timeline.
const TALKATIVE: u32 = 20;
/// Its entries.
const ENTRIES: u32 = 10;

/// First names, last names and statuses that leads have.
pub const NAMES: [&[&str]; 2] = [
    &[
        "דנה",
        "יוסי",
        "משה",
        "שרה",
        "רחל",
        "אבי",
        "נועה",
        "תמר",
        "איתן",
        "מיכל",
        "Dana",
        "David",
        "Sarah",
        "Michael",
        "Noa",
        "Adam",
        "Ruth",
        "Daniel",
        "Anna",
        "Tom",
        "יעל",
        "רון",
        "גיא",
        "עומר",
        "ליאור",
        "שירה",
        "הדס",
        "אורי",
        "עידו",
        "מאיה",
    ],
    &[
        "כהן",
        "לוי",
        "מזרחי",
        "פרץ",
        "ביטון",
        "דהן",
        "אברהם",
        "פרידמן",
        "מלכה",
        "אזולאי",
        "Cohen",
        "Levi",
        "Smith",
        "Johnson",
        "Brown",
        "Katz",
        "Friedman",
        "Miller",
        "Davis",
        "Green",
        "חדד",
        "יוסף",
        "עמר",
        "גבאי",
        "שפירא",
        "ברק",
        "רוזן",
        "שלום",
        "חזן",
        "צור",
    ],
];
/// Where leads stand; more stand in the first.
pub const STATUSES: [&str; 6] = [
    "new",
    "no_answer",
    "follow_up",
    "interested",
    "not_relevant",
    "won",
];

/// The board of a business that was filled.
#[derive(Debug, Clone)]
pub struct Board {
    /// The business.
    pub business: BusinessId,
    /// Who looks after some of the leads.
    pub owners: Vec<UserId>,
    /// Its lists.
    pub lists: Vec<ListId>,
    /// Some of its leads, with a timeline and a number.
    pub some: Vec<(LeadId, String)>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Makes `businesses` of a migrated, empty database and gives each the same share of `leads`; told of `progress` in leads.
/// What has been written is in order for reading: indexes, statistics, and which pages all may see.
///
/// # Errors
/// When the database cannot be reached or a statement fails.
pub fn fill(url: &str, businesses: u32, leads: u32, progress: impl Fn(u64)) -> Result<Vec<Board>> {
    let mut conn = connect(url)?;
    conn.batch_execute(&companies(businesses))?;
    let indexes = put_away_indexes(&mut conn)?;
    let ids: Vec<Id> = diesel::sql_query("SELECT id FROM business ORDER BY id").load(&mut conn)?;
    let share = leads / businesses;
    let mut written = 0;
    for (place, business) in (0..).zip(&ids) {
        let mut first: u32 = 1;
        while first <= share {
            let last = share.min(first + BATCH.unsigned_abs() - 1);
            insert(&mut conn, business.id, place * share, (first, last, share))?;
            written += u64::from(last - first + 1);
            progress(written);
            first = last + 1;
        }
    }
    for index in &indexes {
        conn.batch_execute(index)?;
    }
    conn.batch_execute(&format!(
        "INSERT INTO lead_activities (business_id, lead_id, type, payload, at)
         SELECT tenant_id, id, 'note', jsonb_build_object('text', 'entry ' || n), created_at + n * interval '1 hour'
         FROM leads, generate_series(1, {ENTRIES}) n WHERE id % {TALKATIVE} = 0"
    ))?;
    conn.batch_execute("VACUUM ANALYZE")?;
    conn.batch_execute("CHECKPOINT")?;
    ids.iter()
        .map(|business| board(&mut conn, business.id))
        .collect()
}

fn companies(businesses: u32) -> String {
    let statuses = STATUSES.map(|name| format!("'{name}'")).join(", ");
    format!(
        "INSERT INTO business (name) SELECT 'tenant ' || n FROM generate_series(1, {businesses}) n;
         INSERT INTO business_settings (business_id, caller_number)
         SELECT id, '+97233' || lpad(id::text, 7, '0') FROM business;
         INSERT INTO lead_statuses (business_id, name, label, order_index, is_default)
         SELECT b.id, s.name, s.name, s.place, s.place = 1
         FROM business b, unnest(ARRAY[{statuses}]) WITH ORDINALITY s (name, place);
         INSERT INTO users (business_id, email, role, password_hash)
         SELECT b.id, 'agent-' || n || '-' || b.id || '@example.com', 'agent', 'none'
         FROM business b, generate_series(1, 5) n;
         INSERT INTO outbound_lead_lists (business_id, name)
         SELECT b.id, 'list ' || n FROM business b, generate_series(1, {LISTS}) n ORDER BY b.id, n;
         SELECT setseed(0.5);"
    )
}

/// Building an index at once is much faster than row by row. Answers how to make them again.
fn put_away_indexes(conn: &mut PgConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Index {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        definition: String,
    }
    let indexes: Vec<Index> = diesel::sql_query(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
         FROM pg_index WHERE indrelid = 'leads'::regclass AND NOT indisunique ORDER BY indexrelid",
    )
    .load(conn)?;
    for index in &indexes {
        conn.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    Ok(indexes.into_iter().map(|index| index.definition).collect())
}

/// Leads `first` to `last` of the `share` of a business, with the numbers behind `before`.
fn insert(
    conn: &mut PgConnection,
    business: i64,
    before: u32,
    (first, last, share): (u32, u32, u32),
) -> Result<()> {
    let [first_names, last_names] = NAMES;
    diesel::sql_query(
        "WITH its AS MATERIALIZED (
             SELECT ARRAY(SELECT id FROM users WHERE business_id = $1 ORDER BY id) AS users,
                    ARRAY(SELECT id FROM outbound_lead_lists WHERE business_id = $1 ORDER BY id) AS lists)
         INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, status, tags, owner_user_id, outbound_list_id,
                            created_at, updated_at, last_contact_at, summary, notes)
         SELECT $1, $6[1 + floor(random() * cardinality($6))::int], $7[1 + floor(random() * cardinality($7))::int],
                '+9725' || lpad(($2 + n)::text, 8, '0'), $8[1 + floor(random() ^ 2 * cardinality($8))::int],
                CASE WHEN n % 1000 = 0 THEN ARRAY['vip', 'rare'] WHEN random() < 0.1 THEN ARRAY['vip'] ELSE '{}' END,
                CASE WHEN random() < 0.5 THEN users[1 + floor(random() * 5)::int] END,
                lists[(1 + (n - 1) * cardinality(lists) / $5)::int],
                now() - interval '400 days' + n * (interval '390 days' / $5), now(),
                CASE WHEN random() < 0.6 THEN now() - random() * interval '380 days' END,
                repeat('what the talk was about ', 6), CASE WHEN random() < 0.3 THEN repeat('a note ', 15) END
         FROM its, generate_series($3, $4) n",
    )
    .bind::<BigInt, _>(business)
    .bind::<BigInt, _>(i64::from(before))
    .bind::<BigInt, _>(i64::from(first))
    .bind::<BigInt, _>(i64::from(last))
    .bind::<Integer, _>(i32::try_from(share).unwrap_or(i32::MAX))
    .bind::<Array<Text>, _>(first_names)
    .bind::<Array<Text>, _>(last_names)
    .bind::<Array<Text>, _>(&STATUSES[..])
    .execute(conn)?;
    Ok(())
}

fn board(conn: &mut PgConnection, business: i64) -> Result<Board> {
    #[derive(QueryableByName)]
    struct Some {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Text)]
        phone: String,
    }
    let mut ids = |table: &str| -> Result<Vec<i64>> {
        let query = format!("SELECT id FROM {table} WHERE business_id = $1 ORDER BY id");
        let ids: Vec<Id> = diesel::sql_query(query)
            .bind::<BigInt, _>(business)
            .load(conn)?;
        Ok(ids.into_iter().map(|row| row.id).collect())
    };
    let owners = ids("users")?.into_iter().map(UserId).collect();
    let lists = ids("outbound_lead_lists")?
        .into_iter()
        .map(ListId)
        .collect();
    let some: Vec<Some> = diesel::sql_query(format!(
        "SELECT id, phone_e164 AS phone FROM leads WHERE tenant_id = $1 AND id % {TALKATIVE} = 0 ORDER BY id % 9973, id
         LIMIT 1000"
    ))
    .bind::<BigInt, _>(business)
    .load(conn)?;
    Ok(Board {
        business: BusinessId(business),
        owners,
        lists,
        some: some
            .into_iter()
            .map(|row| (LeadId(row.id), row.phone))
            .collect(),
    })
}

/// The leads of a list.
///
/// # Errors
/// When the database cannot be reached.
pub fn leads_of_list(url: &str, list: ListId) -> Result<Vec<LeadId>> {
    let ids: Vec<Id> =
        diesel::sql_query("SELECT id FROM leads WHERE outbound_list_id = $1 ORDER BY id")
            .bind::<BigInt, _>(list.0)
            .load(&mut connect(url)?)?;
    Ok(ids.into_iter().map(|row| LeadId(row.id)).collect())
}
