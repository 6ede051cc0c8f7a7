//! The link that ends the e-mail digests of a user: what is signed in it, for what, and where it leads.

use crate::ids::{BusinessId, UserId};

/// What the text is signed for.
pub const PURPOSE: &str = "unsubscribe";

/// What is signed.
#[must_use]
pub fn text(business: BusinessId, user: UserId) -> String {
    format!("{business}.{user}")
}

/// Whose digests a text ends.
#[must_use]
pub fn read(text: &str) -> Option<(BusinessId, UserId)> {
    let (business, user) = text.split_once('.')?;
    Some((business.parse().ok()?, user.parse().ok()?))
}

/// Where the signed text leads, below the public host.
#[must_use]
pub fn path(signed: &str) -> String {
    format!("/api/notifications/unsubscribe/{signed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_back() {
        let (business, user) = (BusinessId(12), UserId(7));
        assert_eq!(read(&text(business, user)), Some((business, user)));
        assert_eq!(read("12"), None);
        assert_eq!(path("12.7.x"), "/api/notifications/unsubscribe/12.7.x");
    }
}
