use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use domain::ids::BusinessId;
use tokio::sync::Notify;

/// Businesses that may have a free line and a waiting job. A set: a hundred reasons to look are one look.
#[derive(Default)]
pub(crate) struct Wake {
    businesses: Mutex<HashSet<BusinessId>>,
    notify: Notify,
}

impl Wake {
    /// Something changed for this business.
    pub(crate) fn business(&self, business: BusinessId) {
        self.businesses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(business);
        self.notify.notify_one();
    }

    /// Waits until something changed, and answers for whom. The set is emptied before the caller reads the database,
    /// so a change during that look wakes again.
    pub(crate) async fn next(&self) -> Vec<BusinessId> {
        loop {
            let changed = std::mem::take(
                &mut *self
                    .businesses
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            if !changed.is_empty() {
                return changed.into_iter().collect();
            }
            self.notify.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_reasons_are_one_look_and_none_is_lost() {
        let wake = Wake::default();
        wake.business(BusinessId(1));
        wake.business(BusinessId(1));
        wake.business(BusinessId(2));
        let mut first = wake.next().await;
        first.sort();
        assert_eq!(first, [BusinessId(1), BusinessId(2)]);
        wake.business(BusinessId(3));
        assert_eq!(wake.next().await, [BusinessId(3)]);
    }
}
