//! Statements that are parsed and planned once per connection. Diesel plans a plain `sql_query` anew each time, which for
//! the statements of a claim takes longer than running them.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;

/// A query whose text is one of a fixed few, so that keeping its plan is safe.
#[derive(Debug, Clone)]
pub(crate) struct Prepared<Q>(pub(crate) Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    // The text itself is the key of the cache.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Prepared<Q> {
    type SqlType = Untyped;
}

impl<Q> RunQueryDsl<PgConnection> for Prepared<Q> {}

/// The row of a statement that answers none.
#[derive(QueryableByName)]
struct NoRow {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    #[expect(dead_code, reason = "there is never such a row")]
    never: bool,
}

impl<Q> Prepared<Q>
where
    Q: QueryFragment<Pg>,
{
    /// Runs a statement that answers no rows. Diesel's own `execute` goes by a reference, and a reference to a query does
    /// not say that it may be kept.
    pub(crate) fn run(self, conn: &mut PgConnection) -> QueryResult<()> {
        let _none: Vec<NoRow> = self.load(conn)?;
        Ok(())
    }
}
