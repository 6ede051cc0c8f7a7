//! The e-mail digest as a letter: plain text and simple HTML, in the reader's language and its direction.

use anyhow::Context as _;
use chassis::signed;
use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, UserId};
use domain::messages::{self, Language};
use domain::notifications::{direction, unsubscribe};
use domain::public_host::PublicHost;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use secrecy::SecretString;
use storage::mail_digests::Digest;

/// Writes letters.
pub(crate) struct Letters {
    pub(crate) from: Mailbox,
    /// Where links lead; without it, or without the secret, there are none.
    pub(crate) host: Option<PublicHost>,
    /// What the link is signed with that ends the digests: the gateway's session secret.
    pub(crate) secret: Option<SecretString>,
}

/// What a letter says, before it is plain text or HTML.
struct Content {
    language: Language,
    subject: String,
    greeting: String,
    /// When, and what.
    lines: Vec<(String, String)>,
    more: Option<String>,
    /// Words and address of a link.
    board: Option<(String, String)>,
    why: String,
    stop: Option<(String, String)>,
}

impl Letters {
    /// The letter of a digest.
    ///
    /// # Errors
    /// When the address of its user is none that e-mail knows.
    pub(crate) fn write(
        &self,
        now: DateTime<Utc>,
        business: BusinessId,
        digest: &Digest,
    ) -> anyhow::Result<Message> {
        let stop = self.stop_address(business, digest.user);
        let content = self.content(digest, stop.clone());
        let to: Mailbox = digest
            .address
            .parse()
            .ok()
            .context("the address of the user is none")?;
        // The same for each attempt at a period: who gets it twice all the same can tell.
        let period: String = digest
            .period
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let id = format!(
            "<digest.{business}.{}.{period}@{}>",
            digest.user,
            self.from.email.domain()
        );
        let mut letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&content.subject)
            .date(now.into())
            .message_id(Some(id))
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(stop) = stop {
            letter = letter
                .raw_header(header("List-Unsubscribe", &format!("<{stop}>")))
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                ));
        }
        let body = MultiPart::alternative_plain_html(content.plain(), content.html());
        letter.multipart(body).context("no letter")
    }

    fn stop_address(&self, business: BusinessId, user: UserId) -> Option<String> {
        let (host, secret) = (self.host.as_ref()?, self.secret.as_ref()?);
        let text = unsubscribe::text(business, user);
        let signed = signed::sign(secret, unsubscribe::PURPOSE, &text);
        Some(host.url(&unsubscribe::path(&signed)))
    }

    fn content(&self, digest: &Digest, stop: Option<String>) -> Content {
        let language = digest.language;
        let business = digest.business.as_str();
        let count = i64::try_from(digest.count).unwrap_or(i64::MAX);
        let more = digest.count.saturating_sub(digest.items.len());
        let more = (more > 0).then(|| {
            let more = i64::try_from(more).unwrap_or(i64::MAX);
            messages::text(language, "mail-more", &[("count", more.into())])
        });
        let lines = digest.items.iter().rev().map(|item| {
            let at = item.created_at.with_timezone(&digest.zone);
            (
                at.format("%d.%m %H:%M").to_string(),
                item.text(language).body,
            )
        });
        let subject = messages::text(
            language,
            "mail-subject",
            &[("count", count.into()), ("business", business.into())],
        );
        let greeting = messages::text(language, "mail-greeting", &[("business", business.into())]);
        let open = || messages::text(language, "mail-open", &[]);
        let end = || messages::text(language, "mail-unsubscribe", &[]);
        Content {
            language,
            subject,
            greeting,
            lines: lines.collect(),
            more,
            board: self.host.as_ref().map(|host| (open(), host.url("/"))),
            why: messages::text(language, "mail-why", &[]),
            stop: stop.map(|address| (end(), address)),
        }
    }
}

/// A header whose value is ASCII and stays on one line: what stands in it is read by programs.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let value = value.to_owned();
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.clone(),
        value,
    )
}

impl Content {
    fn plain(&self) -> String {
        let mut text = format!("{}\n\n", self.greeting);
        for (at, line) in &self.lines {
            text.push_str(&format!("{at}  {line}\n"));
        }
        if let Some(more) = &self.more {
            text.push_str(&format!("{more}\n"));
        }
        if let Some((words, address)) = &self.board {
            text.push_str(&format!("\n{words}: {address}\n"));
        }
        text.push_str(&format!("\n-- \n{}\n", self.why));
        if let Some((words, address)) = &self.stop {
            text.push_str(&format!("{words}: {address}\n"));
        }
        text
    }

    fn html(&self) -> String {
        let (lang, dir) = (self.language, direction(self.language));
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\" dir=\"{dir}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body style=\"font-family: sans-serif\">\n<p>{}</p>\n<table>\n",
            escape(&self.subject),
            escape(&self.greeting)
        );
        for (at, line) in &self.lines {
            html.push_str(&format!(
                "<tr><td style=\"color: #666\" dir=\"ltr\">{at}</td><td dir=\"auto\">{}</td></tr>\n",
                escape(line)
            ));
        }
        html.push_str("</table>\n");
        if let Some(more) = &self.more {
            html.push_str(&format!("<p>{}</p>\n", escape(more)));
        }
        if let Some(board) = &self.board {
            html.push_str(&format!("<p>{}</p>\n", link(board)));
        }
        html.push_str(&format!(
            "<p style=\"color: #666\"><small>{}",
            escape(&self.why)
        ));
        if let Some(stop) = &self.stop {
            html.push_str(&format!(" {}", link(stop)));
        }
        html.push_str("</small></p>\n</body>\n</html>\n");
        html
    }
}

fn link((words, address): &(String, String)) -> String {
    format!("<a href=\"{}\">{}</a>", escape(address), escape(words))
}

/// A text as HTML shows it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
