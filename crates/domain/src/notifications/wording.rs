use serde::{Deserialize, Serialize};

use crate::events::ChangeSource;
use crate::messages::{self, Language};

/// Leads that a gathered push names.
const NAMED: usize = 3;

/// A lead was moved: what is stored of it, so that it can be told in any language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Its name; may be empty.
    pub lead: String,
    /// The label of the status before; none without one.
    pub from: Option<String>,
    /// The label of the status now.
    pub to: String,
    /// Who or what moved it.
    pub source: ChangeSource,
    /// 0 to 1, where automation did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// A notification in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
}

impl Moved {
    /// Title and body: who, from where to where, why, how sure.
    #[must_use]
    pub fn text(&self, language: Language) -> Text {
        let name = self.name(language);
        let from = self
            .from
            .clone()
            .unwrap_or_else(|| messages::text(language, "no-status", &[]));
        let source = self.source.as_str();
        let source = messages::text(language, &format!("source-{source}"), &[]);
        let title = messages::text(
            language,
            "notification-status-title",
            &[
                ("lead", name.as_str().into()),
                ("to", self.to.as_str().into()),
            ],
        );
        let mut values = vec![
            ("lead", name.as_str().into()),
            ("from", from.as_str().into()),
            ("to", self.to.as_str().into()),
            ("source", source.as_str().into()),
        ];
        let body = match self.confidence {
            None => messages::text(language, "notification-status-body-plain", &values),
            Some(confidence) => {
                let percent = format!("{:.0}", confidence * 100.0);
                values.push(("confidence", percent.into()));
                messages::text(language, "notification-status-body", &values)
            }
        };
        Text { title, body }
    }

    /// What the lead is called.
    fn name(&self, language: Language) -> String {
        match self.lead.as_str() {
            "" => messages::text(language, "lead-without-name", &[]),
            name => name.to_owned(),
        }
    }
}

/// Several changes in one notification: how many, and the first few by their titles.
#[must_use]
pub fn gathered(language: Language, titles: &[String]) -> Text {
    let count = i64::try_from(titles.len()).unwrap_or(i64::MAX);
    let title = messages::text(
        language,
        "notification-gathered-title",
        &[("count", count.into())],
    );
    let mut lines: Vec<String> = titles.iter().take(NAMED).cloned().collect();
    let more = titles.len().saturating_sub(NAMED);
    if more > 0 {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        lines.push(messages::text(
            language,
            "notification-gathered-more",
            &[("count", more.into())],
        ));
    }
    Text {
        title,
        body: lines.join("\n"),
    }
}

/// The direction of a language's writing, as HTML and the Notifications API name it.
#[must_use]
pub const fn direction(language: Language) -> &'static str {
    match language {
        Language::Hebrew => "rtl",
        Language::English => "ltr",
    }
}
