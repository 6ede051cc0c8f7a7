use std::collections::HashMap;

use diesel::prelude::*;
use domain::ids::{BusinessId, ListId, UserId};
use domain::import::Ground;
use domain::phone::Country;

use crate::schema::{lead_statuses, outbound_lead_lists, users};
use crate::{Result, StorageError, Tx, businesses};

/// As of where the files of a business are read.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such business; [`StorageError::Corrupt`] for a country or a time zone that is
/// none.
pub fn ground(tx: &mut Tx<'_>, business: BusinessId) -> Result<Ground> {
    let business = businesses::get(tx, business)?;
    Ok(Ground {
        country: Country::parse(&business.country)
            .map_err(|error| StorageError::Corrupt(error.to_string()))?,
        zone: business
            .time_zone
            .parse()
            .map_err(|_| StorageError::Corrupt(format!("time zone {:?}", business.time_zone)))?,
    })
}

/// What a business calls its own things, in the words of a file.
pub(super) struct Names {
    statuses: HashMap<String, String>,
    /// Nobody, where several have the name.
    owners: HashMap<String, Option<UserId>>,
    lists: HashMap<String, ListId>,
}

impl Names {
    pub(super) fn read(tx: &mut Tx<'_>, business: BusinessId) -> Result<Self> {
        let statuses: Vec<(String, String)> = lead_statuses::table
            .filter(lead_statuses::business_id.eq(business.0))
            .filter(lead_statuses::is_active)
            .order((lead_statuses::order_index.desc(), lead_statuses::id.desc()))
            .select((lead_statuses::name, lead_statuses::label))
            .load(tx.conn)?;
        let people: Vec<(i64, String, String)> = users::table
            .filter(users::business_id.eq(business.0))
            .select((users::id, users::email, users::full_name))
            .load(tx.conn)?;
        // The newest of a name is seen last.
        let lists: Vec<(i64, String)> = outbound_lead_lists::table
            .filter(outbound_lead_lists::business_id.eq(business.0))
            .order(outbound_lead_lists::id)
            .select((outbound_lead_lists::id, outbound_lead_lists::name))
            .load(tx.conn)?;
        let mut owners: HashMap<String, Option<UserId>> = HashMap::new();
        for (id, _, name) in people.iter().filter(|(_, _, name)| !name.trim().is_empty()) {
            let owner = Some(UserId(*id));
            owners
                .entry(plain(name))
                .and_modify(|owner| *owner = None)
                .or_insert(owner);
        }
        owners.extend(
            people
                .iter()
                .map(|(id, email, _)| (plain(email), Some(UserId(*id)))),
        );
        let labels = statuses
            .iter()
            .map(|(name, label)| (plain(label), name.clone()));
        let names = statuses.iter().map(|(name, _)| (plain(name), name.clone()));
        Ok(Self {
            statuses: labels.chain(names).collect(),
            owners,
            lists: lists
                .into_iter()
                .map(|(id, name)| (plain(&name), ListId(id)))
                .collect(),
        })
    }

    /// The active status of this name or label.
    pub(super) fn status(&self, words: &str) -> Option<&str> {
        self.statuses.get(&plain(words)).map(String::as_str)
    }

    /// The user of this address, or the one of this name.
    pub(super) fn owner(&self, words: &str) -> Option<UserId> {
        self.owners.get(&plain(words)).copied().flatten()
    }

    /// The newest list of this name.
    pub(super) fn list(&self, name: &str) -> Option<ListId> {
        self.lists.get(&plain(name)).copied()
    }

    /// Knows a list that was just made.
    pub(super) fn add_list(&mut self, name: &str, list: ListId) {
        self.lists.insert(plain(name), list);
    }
}

fn plain(words: &str) -> String {
    words
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
