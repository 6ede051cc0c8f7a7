use domain::ids::BusinessId;
use serde_json::Value;

use crate::Database;

/// The statements; they name the business and the mark.
const STATEMENTS: &str = include_str!("filled.sql");

/// Every table that has tenants, with the column that says whose a row is.
const TENANT_TABLES: &str =
    "SELECT t.table_name AS name, CASE t.table_name WHEN 'business' THEN 'id' ELSE c.column_name END AS key
     FROM information_schema.tables t
     LEFT JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
         AND c.column_name IN ('business_id', 'tenant_id')
     WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
       AND (c.column_name IS NOT NULL OR t.table_name = 'business') ORDER BY 1";

/// A table that has tenants.
#[derive(Debug, Clone)]
pub struct TenantTable {
    /// Its name.
    pub name: String,
    /// The column that says whose a row is.
    pub key: String,
}

/// What walls are tested with: a business that has something everywhere.
impl Database {
    /// Gives a business, which has leads and users, a row in every table that has tenants, with `mark` in every text that
    /// people can read: names, labels, notes, summaries, what was said. `mark` is of small letters and hyphens.
    ///
    /// # Panics
    /// When a table has no row of it: a new one needs a statement in `filled.sql`.
    pub async fn fill(&self, business: BusinessId, mark: &str) {
        let statements = STATEMENTS
            .replace("$business", &business.to_string())
            .replace("$mark", mark);
        self.execute(&statements).await;
        for table in self.tenant_tables().await {
            let rows = self.rows_of(business, &table).await;
            assert!(
                !rows.is_empty(),
                "{} has no row of the business: add one to crates/testkit/src/filled.sql",
                table.name
            );
        }
    }

    /// Every table that has tenants, as the catalogue tells.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn tenant_tables(&self) -> Vec<TenantTable> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.sql(TENANT_TABLES)
            .await
            .iter()
            .map(|row| TenantTable {
                name: text(&row["name"]),
                key: text(&row["key"]),
            })
            .collect()
    }

    /// All rows of a business in one table, but for what a relay writes on events.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn rows_of(&self, business: BusinessId, table: &TenantTable) -> Vec<Value> {
        let TenantTable { name, key } = table;
        self.sql(&format!(
            "SELECT to_jsonb(t) - '{{claimed_until,published_at}}'::text[] AS row FROM {name} t
             WHERE {key} = {business} ORDER BY to_jsonb(t)::text"
        ))
        .await
    }
}
