//! What lists and imports of leads are asked with.

use std::str::FromStr;

use serde::Deserialize;
use storage::leads::Filter;
use utoipa::IntoParams;

use super::filter::LeadFilter;
use crate::extract::Fields;
use crate::page::PageQuery;
use crate::problem::Result;

/// Which leads. What cannot be read of a filter is told like what cannot be: each is a wrong field.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeadQuery {
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
    /// Only those whose name or number contains this: any part of a name, any digits of a number, with the zero of a local
    /// one.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u8>,
}

impl LeadQuery {
    /// The filter and the page that are asked for.
    pub(super) fn read(self) -> Result<(Filter, PageQuery)> {
        let mut fields = Fields::default();
        let mut filter = LeadFilter {
            status: self.status,
            tag: self.tag,
            q: self.q,
            ..LeadFilter::default()
        };
        let (id, time) = (
            "must be an id",
            "must be a time, for example 2026-12-01T10:00:00Z",
        );
        filter.list_id = value(&mut fields, "list_id", self.list_id, id);
        filter.owner_user_id = value(&mut fields, "owner_user_id", self.owner_user_id, id);
        filter.last_contact_from = value(
            &mut fields,
            "last_contact_from",
            self.last_contact_from,
            time,
        );
        filter.last_contact_to = value(&mut fields, "last_contact_to", self.last_contact_to, time);
        filter.never_contacted = value(
            &mut fields,
            "never_contacted",
            self.never_contacted,
            "must be true or false",
        );
        filter.check(&mut fields, "");
        fields.into_result()?;
        let page = PageQuery {
            cursor: self.cursor,
            limit: self.limit,
        };
        Ok((filter.into(), page))
    }
}

fn value<T: FromStr>(
    fields: &mut Fields,
    field: &str,
    text: Option<String>,
    message: &str,
) -> Option<T> {
    let read = text.as_deref().map(str::parse);
    fields.check(!matches!(read, Some(Err(_))), field, message);
    read.and_then(std::result::Result::ok)
}

/// Which leads, all of them at once.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
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
    /// Only those whose name or number contains this.
    #[param(max_length = 200)]
    q: Option<String>,
}

impl ExportQuery {
    /// The filter that is asked for, read as that of the list.
    pub(super) fn read(self) -> Result<Filter> {
        let list = LeadQuery {
            status: self.status,
            list_id: self.list_id,
            owner_user_id: self.owner_user_id,
            tag: self.tag,
            last_contact_from: self.last_contact_from,
            last_contact_to: self.last_contact_to,
            never_contacted: self.never_contacted,
            q: self.q,
            cursor: None,
            limit: None,
        };
        Ok(list.read()?.0)
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
