use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{Array, Nullable, Text};

/// A column of several texts. PostgreSQL cannot say that no element of an array is null; here none is.
#[derive(FromSqlRow)]
pub struct Texts(Vec<String>);

impl FromSql<Array<Nullable<Text>>, Pg> for Texts {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let texts: Vec<Option<String>> = FromSql::<Array<Nullable<Text>>, Pg>::from_sql(bytes)?;
        Ok(Self(texts.into_iter().flatten().collect()))
    }
}

impl From<Texts> for Vec<String> {
    fn from(texts: Texts) -> Self {
        texts.0
    }
}
