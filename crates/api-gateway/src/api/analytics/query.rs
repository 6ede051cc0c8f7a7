use chrono::NaiveDate;
use domain::call::Direction;
use domain::events::ChangeSource;
use serde::Deserialize;
use utoipa::IntoParams;

use super::days::{Compare, Wanted};

/// A query about leads: its days, whose leads, and one field of its own.
macro_rules! about_leads {
    ($(#[$doc:meta])* $name:ident { $(#[$about:meta])* $own:ident: $kind:ty }) => {
        $(#[$doc])*
        #[derive(Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// The first day, in the business's time zone; 29 days before `to` when nothing is said.
            #[param(example = "2026-11-01")]
            from: Option<NaiveDate>,
            /// The last day; today when nothing is said.
            #[param(example = "2026-11-30")]
            to: Option<NaiveDate>,
            /// Only leads that are in this list now.
            list_id: Option<i64>,
            /// Only leads that this user owns now; not together with `list_id`.
            owner: Option<i64>,
            $(#[$about])*
            #[param(value_type = Option<String>)]
            pub(super) $own: Option<$kind>,
            /// `previous` tells the summary of as many days just before too.
            #[param(value_type = Option<String>)]
            compare: Option<Compare>,
        }

        impl $name {
            /// Which days, and whose leads.
            pub(super) fn wanted(&self) -> Wanted {
                Wanted {
                    from: self.from,
                    to: self.to,
                    list: self.list_id,
                    owner: self.owner,
                    compare: self.compare,
                }
            }
        }
    };
}

about_leads! {
    /// Which changes and decisions.
    StatusQuery {
        /// Only changes and decisions by `auto_inbound`, `auto_outbound`, `auto_whatsapp` or `manual`.
        source: ChangeSource
    }
}

about_leads! {
    /// Which calls.
    CallsQuery {
        /// Only `inbound` or `outbound` calls.
        direction: Direction
    }
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// The first day on which they were asked for, in the business's time zone; 29 days before `to` when nothing is said.
    #[param(example = "2026-11-01")]
    pub(super) from: Option<NaiveDate>,
    /// The last day; today when nothing is said.
    #[param(example = "2026-11-30")]
    pub(super) to: Option<NaiveDate>,
    /// Only runs that call this list.
    pub(super) list_id: Option<i64>,
    /// `previous` tells the totals of as many days just before too.
    #[param(value_type = Option<String>)]
    pub(super) compare: Option<Compare>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u8>,
}
