//! Lists come in pages: `?cursor=&limit=` → `{items, next_cursor}`. A cursor is opaque and names the last item of the
//! page before (keyset), so that pages neither skip nor repeat what is there while others write.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use storage::timeline::Place;
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem, Result};

/// Items of a page, when nothing is said.
const DEFAULT: u8 = 50;
/// Items of a page, at most.
const MOST: u8 = 200;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u8>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    items: Vec<T>,
    /// For the next page; null when this is the last.
    next_cursor: Option<String>,
}

impl PageQuery {
    /// How many items, and one more to see whether there is a next page.
    pub(crate) fn wanted(&self) -> Result<i64> {
        Ok(i64::from(self.limit()?) + 1)
    }

    /// How many items.
    pub(crate) fn most(&self) -> Result<usize> {
        Ok(usize::from(self.limit()?))
    }

    fn limit(&self) -> Result<u8> {
        match self.limit.unwrap_or(DEFAULT) {
            limit @ 1..=MOST => Ok(limit),
            _ => Err(Problem::fields(
                Code::InvalidQuery,
                vec![crate::problem::FieldError::new(
                    "limit",
                    format!("must be 1 to {MOST}"),
                )],
            )),
        }
    }

    /// The id that the page starts after.
    pub(crate) fn after_id(&self) -> Result<Option<i64>> {
        self.decoded(|text| text.parse().ok())
    }

    /// The place in time that the page starts after.
    pub(crate) fn after_place(&self) -> Result<Option<Place>> {
        self.decoded(|text| {
            let (at, id) = text.split_once('.')?;
            Some(Place {
                at: DateTime::from_timestamp_micros(at.parse().ok()?)?,
                id: id.parse().ok()?,
            })
        })
    }

    fn decoded<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| read(&text))
            .map(Some)
            .ok_or_else(|| Code::InvalidCursor.into())
    }
}

impl<T> Page<T> {
    /// A page of rows that are ordered by id.
    pub(crate) fn by_id<R: Into<T>>(rows: Vec<R>, wanted: i64, id: impl Fn(&R) -> i64) -> Self {
        Self::cut(rows, wanted, |row| id(row).to_string())
    }

    /// A page of rows that are ordered by time.
    pub(crate) fn by_time<R: Into<T>>(
        rows: Vec<R>,
        wanted: i64,
        place: impl Fn(&R) -> Place,
    ) -> Self {
        Self::cut(rows, wanted, |row| of_place(place(row)))
    }

    /// A page of rows that are ordered by time, after which `next` comes.
    pub(crate) fn up_to<R: Into<T>>(rows: Vec<R>, next: Option<Place>) -> Self {
        Self {
            items: rows.into_iter().map(Into::into).collect(),
            next_cursor: next.map(|place| URL_SAFE_NO_PAD.encode(of_place(place))),
        }
    }

    fn cut<R: Into<T>>(mut rows: Vec<R>, wanted: i64, cursor: impl Fn(&R) -> String) -> Self {
        let most = usize::try_from(wanted - 1).unwrap_or_default();
        let more = rows.len() > most;
        rows.truncate(most);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| URL_SAFE_NO_PAD.encode(cursor(row)));
        Self {
            items: rows.into_iter().map(Into::into).collect(),
            next_cursor,
        }
    }
}

/// What [`PageQuery::after_place`] reads.
fn of_place(Place { at, id }: Place) -> String {
    format!("{}.{id}", at.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_item_after_the_last() {
        let page: Page<i64> = Page::by_id(vec![9, 8, 7], 3, |id| *id);
        assert_eq!(page.items, [9, 8]);
        let query = PageQuery {
            cursor: page.next_cursor,
            limit: Some(2),
        };
        assert_eq!(query.after_id(), Ok(Some(8)));
        let last: Page<i64> = Page::by_id(vec![7], 3, |id| *id);
        assert_eq!(last.next_cursor, None);
    }

    #[test]
    fn times_keep_their_microseconds() {
        let place = Place {
            at: DateTime::from_timestamp_micros(1_795_250_000_123_456).expect("a time"),
            id: 4,
        };
        let page: Page<i64> = Page::by_time(vec![1, 2], 2, |_| place);
        let query = PageQuery {
            cursor: page.next_cursor,
            limit: None,
        };
        assert_eq!(query.after_place(), Ok(Some(place)));
    }

    #[test]
    fn foreign_cursors_and_limits_are_refused() {
        let query = |cursor: &str, limit| PageQuery {
            cursor: Some(cursor.to_owned()),
            limit,
        };
        assert_eq!(
            query("%%%", None).after_id(),
            Err(Code::InvalidCursor.into())
        );
        assert!(query("", Some(0)).wanted().is_err());
        assert!(query("", Some(201)).wanted().is_err());
        assert_eq!(query("", Some(200)).wanted(), Ok(201));
    }
}
