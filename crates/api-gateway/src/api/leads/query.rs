//! What lists and imports of leads are asked with.

use std::str::FromStr;

use serde::Deserialize;
use storage::leads::Filter;
use utoipa::IntoParams;

use super::filter::LeadFilter;
use crate::extract::Fields;
use crate::page::PageQuery;
use crate::problem::Result;

/// A query with the filter of leads, and fields of its own. What cannot be read of a filter is told like what cannot be: each
/// is a wrong field.
macro_rules! with_filter {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $own:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Only those in this status, by name.
            status: Option<String>,
            /// Only those of this import.
            #[param(value_type = Option<i64>)]
            list_id: Option<String>,
            /// Only those that this user looks after.
            #[param(value_type = Option<i64>)]
            owner_user_id: Option<String>,
            /// Only those with this tag.
            #[param(max_length = 200)]
            tag: Option<String>,
            /// Only those whose newest conversation took place then or later.
            #[param(value_type = Option<DateTime<Utc>>)]
            last_contact_from: Option<String>,
            /// Only those whose newest conversation took place before that.
            #[param(value_type = Option<DateTime<Utc>>)]
            last_contact_to: Option<String>,
            /// True: only those with whom there never was a conversation; false: only those with whom there was.
            #[param(value_type = Option<bool>)]
            never_contacted: Option<String>,
            /// Only those whose name or number contains this: any part of a name, any digits of a number, with the zero of a
            /// local one.
            #[param(max_length = 200)]
            q: Option<String>,
            $($(#[$about])* $own: $kind,)*
        }

        impl $name {
            /// The filter that is asked for.
            pub(super) fn filter(&self) -> Result<Filter> {
                let mut fields = Fields::default();
                let mut value = Values(&mut fields);
                let filter = LeadFilter {
                    status: self.status.clone(),
                    tag: self.tag.clone(),
                    q: self.q.clone(),
                    list_id: value.read("list_id", &self.list_id, ID),
                    owner_user_id: value.read("owner_user_id", &self.owner_user_id, ID),
                    last_contact_from: value.read("last_contact_from", &self.last_contact_from, TIME),
                    last_contact_to: value.read("last_contact_to", &self.last_contact_to, TIME),
                    never_contacted: value.read("never_contacted", &self.never_contacted, BOOL),
                };
                filter.check(&mut fields, "");
                fields.into_result()?;
                Ok(filter.into())
            }
        }
    };
}

with_filter! {
    /// Which leads.
    LeadQuery {
        /// `next_cursor` of the page before.
        cursor: Option<String>,
        /// Items of the page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        limit: Option<u8>,
    }
}

with_filter! {
    /// Which leads, all of them at once.
    ExportQuery {}
}

impl LeadQuery {
    /// The page that is asked for.
    pub(super) fn page(&self) -> PageQuery {
        PageQuery {
            cursor: self.cursor.clone(),
            limit: self.limit,
        }
    }
}

const ID: &str = "must be an id";
const TIME: &str = "must be a time, for example 2026-12-01T10:00:00Z";
const BOOL: &str = "must be true or false";

/// Reads values, and notes those that cannot be read.
struct Values<'a>(&'a mut Fields);

impl Values<'_> {
    fn read<T: FromStr>(&mut self, field: &str, text: &Option<String>, message: &str) -> Option<T> {
        let read = text.as_deref().map(str::parse);
        self.0.check(!matches!(read, Some(Err(_))), field, message);
        read.and_then(std::result::Result::ok)
    }
}

/// How a file is taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// What the new list is called, which then takes all leads. When absent each goes to the list that its row names, and the
    /// others to a new one that is called by the time of the import.
    pub(super) list_name: Option<String>,
    /// What each column holds, from left to right and between commas: `phone`, `first_name`, `last_name`, `full_name`,
    /// `notes`, `service`, `city`, `time_zone`, `tags`, `status`, `owner`, `list`, `follow_up_at`, `last_contact_at`,
    /// `summary`, or `-` for nothing. When absent the names of the columns say it. With it, a value that cannot be taken costs
    /// its row.
    #[param(example = "full_name,phone,-,notes")]
    pub(super) columns: Option<String>,
    /// Whether one rejected row keeps all others out.
    #[param(default = false)]
    pub(super) all_or_nothing: Option<bool>,
}

/// How a file would be taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// What each column holds, as an import is told.
    #[param(example = "full_name,phone,-,notes")]
    pub(super) columns: Option<String>,
}
