use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use domain::ids::{ListId, UserId};

/// Letters of a search from which on an index finds who has them.
const INDEXED: usize = 3;

/// Which leads; what is none lets every lead pass. Deleted ones never do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this status, by name.
    pub status: Option<String>,
    /// Only those of this import.
    pub list: Option<ListId>,
    /// Only those that this person looks after.
    pub owner: Option<UserId>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those whose newest conversation took place then or later.
    pub contacted_from: Option<DateTime<Utc>>,
    /// Only those whose newest conversation took place before that.
    pub contacted_before: Option<DateTime<Utc>>,
    /// Only those with whom there never was a conversation; with false, only those with whom there was.
    pub never_contacted: Option<bool>,
    /// Only those whose name or number contains this.
    pub q: Option<String>,
}

/// A statement whose values are bound one by one.
pub(crate) type Bound<'a> = BoxedSqlQuery<'a, Pg, SqlQuery>;

/// The condition on a row `l` of leads, or of what has its columns, whose values are bound from `$first` on. A value that is
/// null when the statement is planned takes its part of the condition with it.
pub(crate) fn passes(first: usize) -> String {
    let [status, list, owner, tag, from, before, never, q] =
        std::array::from_fn(|n| format!("${}", first + n));
    format!(
        "({status} IS NULL OR l.status = {status}) AND ({list} IS NULL OR l.outbound_list_id = {list})
         AND ({owner} IS NULL OR l.owner_user_id = {owner}) AND ({tag} IS NULL OR l.tags @> ARRAY[{tag}])
         AND ({from} IS NULL OR l.board_at >= {from} AND l.last_contact_at >= {from})
         AND ({before} IS NULL OR l.board_at < {before} AND l.last_contact_at < {before})
         AND ({never} IS NOT TRUE OR l.last_contact_at IS NULL)
         AND ({never} IS NOT FALSE OR l.last_contact_at IS NOT NULL)
         AND ({q} IS NULL OR l.search_text LIKE lower({q}))"
    )
}

impl Filter {
    /// Where the leads that pass are looked for, as `l`: in the index of what few have, where something is said that it knows;
    /// the values are those that [`passes`] takes from `$first` on.
    pub(crate) fn source(&self, first: usize) -> String {
        match (self.tag.is_some() || self.q.is_some()) && !self.is_unspecific() {
            true => format!("leads_found(lower(${}), ${}) l", first + 7, first + 3),
            false => "leads l".to_owned(),
        }
    }

    /// All leads of an import.
    #[must_use]
    pub fn of_list(list: ListId) -> Self {
        Self {
            list: Some(list),
            ..Self::default()
        }
    }

    /// Binds the values of [`passes`].
    pub(crate) fn bind<'a>(&'a self, statement: Bound<'a>) -> Bound<'a> {
        statement
            .bind::<Nullable<Text>, _>(self.status.as_deref())
            .bind::<Nullable<BigInt>, _>(self.list.map(|list| list.0))
            .bind::<Nullable<BigInt>, _>(self.owner.map(|user| user.0))
            .bind::<Nullable<Text>, _>(self.tag.as_deref())
            .bind::<Nullable<Timestamptz>, _>(self.contacted_from)
            .bind::<Nullable<Timestamptz>, _>(self.contacted_before)
            .bind::<Nullable<Bool>, _>(self.never_contacted)
            .bind::<Nullable<Text>, _>(self.pattern())
    }

    /// Whether one index has all that pass in the order of the board.
    pub(super) const fn is_plain(&self) -> bool {
        let never = matches!(self.never_contacted, Some(true));
        let columns = self.status.is_some() as u8
            + self.list.is_some() as u8
            + self.owner.is_some() as u8
            + never as u8;
        let others = self.tag.is_some()
            || self.q.is_some()
            || self.contacted_from.is_some()
            || self.contacted_before.is_some()
            || matches!(self.never_contacted, Some(false));
        columns <= 1 && !others
    }

    /// Whether the index of what few leads have would have to look through all: a search for one or two letters, and nothing
    /// else that it knows.
    pub(super) fn is_unspecific(&self) -> bool {
        self.tag.is_none()
            && self
                .searched()
                .is_some_and(|text| text.chars().count() < INDEXED)
    }

    /// What is looked for in names and numbers: the digits of a text that is made of digits and what people put between
    /// them, without the zeros that a local number starts with and an international one does not; else the text.
    fn searched(&self) -> Option<String> {
        let text = self.q.as_deref()?.trim();
        let is_number = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/'));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        let searched = match is_number && !digits.is_empty() {
            true => digits.to_owned(),
            false => text.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        (!searched.is_empty()).then_some(searched)
    }

    fn pattern(&self) -> Option<String> {
        let escaped = self
            .searched()?
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        Some(format!("%{escaped}%"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(q: &str) -> Filter {
        Filter {
            q: Some(q.to_owned()),
            ..Filter::default()
        }
    }

    #[test]
    fn a_search_is_read_as_a_number_where_it_can_be() {
        for (q, pattern) in [
            ("052-123 4567", Some("%521234567%")),
            ("+972 (52) 123", Some("%97252123%")),
            ("00", Some("%00%")),
            ("50%", Some("%50\\%%")),
            (" דנה   כהן ", Some("%דנה כהן%")),
            ("  ", None),
        ] {
            assert_eq!(of(q).pattern().as_deref(), pattern, "{q}");
        }
    }

    #[test]
    fn one_or_two_letters_say_too_little_for_an_index() {
        assert!(of("ד").is_unspecific() && of("05").is_unspecific());
        assert!(!of("דנה").is_unspecific() && !of("").is_unspecific());
        let tagged = Filter {
            tag: Some("vip".to_owned()),
            ..of("ד")
        };
        assert!(!tagged.is_unspecific());
    }
}
