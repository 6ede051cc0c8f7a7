use domain::messages::Language;
use domain::notifications::{Text, direction};
use serde_json::json;

/// Longest title and text, in characters: encrypted, and in the longest script, they are some 3 KiB of the 4 KiB that every
/// push service takes (RFC 8291, section 4).
const LONGEST: (usize, usize) = (120, 600);
/// Where a push service takes less.
const SHORTEST: (usize, usize) = (60, 80);

/// How soon a device that saves its battery should hear of it (RFC 8030, section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// When it is awake.
    Normal,
    /// Somebody waits for it.
    High,
}

impl Urgency {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What a browser shows.
#[derive(Debug, Clone)]
pub struct Message {
    /// Title and text.
    pub text: Text,
    /// Their language.
    pub language: Language,
    /// Where a click leads, relative to the console.
    pub url: String,
    /// Takes the place of an earlier one of the same topic, at the push service and on the screen: at most 32 characters of
    /// base64url (RFC 8030, section 5.4).
    pub topic: String,
    /// How soon.
    pub urgency: Urgency,
}

impl Message {
    /// The message as the service worker gets it.
    pub(crate) fn payload(&self) -> Vec<u8> {
        self.cut(LONGEST)
    }

    /// The same, where that was too long.
    pub(crate) fn short_payload(&self) -> Vec<u8> {
        self.cut(SHORTEST)
    }

    fn cut(&self, (title, body): (usize, usize)) -> Vec<u8> {
        let payload = json!({
            "title": cut(&self.text.title, title),
            "body": cut(&self.text.body, body),
            "url": self.url,
            "tag": self.topic,
            "lang": self.language,
            "dir": direction(self.language),
        });
        payload.to_string().into_bytes()
    }
}

/// The first characters of a text, with a mark where it went on.
fn cut(text: &str, longest: usize) -> String {
    // Other control characters would be six in JSON.
    let plain = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    if text.chars().count() <= longest {
        return text.chars().map(plain).collect();
    }
    let kept = text.chars().take(longest.saturating_sub(1));
    kept.map(plain).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What encryption adds, and the four bytes that the longest characters have.
    #[test]
    fn the_longest_message_fits_into_what_every_push_service_takes() {
        let message = Message {
            text: Text {
                title: "🦀".repeat(1000),
                body: "🦀".repeat(5000),
            },
            language: Language::Hebrew,
            url: format!("/leads/{}", i64::MAX),
            topic: format!("lead-{}", i64::MAX),
            urgency: Urgency::Normal,
        };
        assert!(message.payload().len() + 86 + 17 <= 4096);
        assert!(message.short_payload().len() < 800);
        assert!(message.topic.len() <= 32);
    }

    #[test]
    fn a_text_that_is_cut_says_so() {
        assert_eq!(cut("שלום", 4), "שלום");
        assert_eq!(cut("שלום רב", 4), "שלו…");
    }
}
