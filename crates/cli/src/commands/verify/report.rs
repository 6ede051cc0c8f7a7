use domain::ids::BusinessId;
use serde::Serialize;
use serde_json::json;

use crate::failure::Ended;
use crate::output;

/// The sections, as operators know them.
const SECTIONS: [&str; 8] = [
    "deploy",
    "auto-status at work",
    "no status drift",
    "never a status that the business does not have",
    "inbound and outbound both",
    "concurrency",
    "no dependence on the console",
    "acceptance statement",
];

/// What can be said of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Verdict {
    /// Looked at, and true.
    #[serde(rename = "PASS")]
    Pass,
    /// Looked at, and not true.
    #[serde(rename = "FAIL")]
    Fail,
    /// Not looked at, or nothing to look at. Not a pass.
    #[serde(rename = "NOT VERIFIED")]
    NotVerified,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::NotVerified => "NOT VERIFIED",
        }
    }
}

/// A promise, and what was found of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) section: u8,
    pub(super) promise: String,
    pub(super) looked_at: String,
    pub(super) verdict: Verdict,
    /// Why it is not a pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// The first offenders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) examples: Vec<String>,
}

/// What has been found so far; for people each finding is printed as it comes.
pub(super) struct Report {
    business: Option<BusinessId>,
    json: bool,
    section: Option<u8>,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) const fn new(business: Option<BusinessId>, json: bool) -> Self {
        Self {
            business,
            json,
            section: None,
            findings: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, finding: Finding) -> anyhow::Result<()> {
        if !self.json {
            if self.section != Some(finding.section) {
                let title = SECTIONS
                    .get(usize::from(finding.section))
                    .copied()
                    .unwrap_or_default();
                output::line(format_args!("{}. {title}", finding.section))?;
                self.section = Some(finding.section);
            }
            let why = finding
                .why
                .as_ref()
                .map(|why| format!(": {why}"))
                .unwrap_or_default();
            let verdict = finding.verdict.as_str();
            output::line(format_args!(
                "   {verdict:<12}  {} [{}]{why}",
                finding.promise, finding.looked_at
            ))?;
            for example in &finding.examples {
                output::line(format_args!("                 - {example}"))?;
            }
        }
        self.findings.push(finding);
        Ok(())
    }

    /// The acceptance statement, and the exit status that it means.
    pub(super) fn finish(mut self) -> anyhow::Result<Ended> {
        let count = |verdict| {
            self.findings
                .iter()
                .filter(|finding| finding.verdict == verdict)
                .count()
        };
        let (passed, failed, open) = (
            count(Verdict::Pass),
            count(Verdict::Fail),
            count(Verdict::NotVerified),
        );
        let verdict = match (failed, open) {
            (1.., _) => Verdict::Fail,
            (_, 1..) => Verdict::NotVerified,
            _ => Verdict::Pass,
        };
        let of_whom = self.business.map_or_else(
            || "this installation".to_owned(),
            |id| format!("business {id}"),
        );
        self.add(Finding {
            section: 7,
            promise: format!("{of_whom} keeps its promises"),
            looked_at: format!("{} checks", passed + failed + open),
            verdict,
            why: Some(format!(
                "{passed} passed, {failed} failed, {open} not verified"
            )),
            examples: Vec::new(),
        })?;
        if self.json {
            output::json(&json!({
                "ok": failed == 0, "business_id": self.business, "passed": passed, "failed": failed,
                "not_verified": open, "checks": self.findings,
            }))?;
        }
        Ok(Ended::well_if(failed == 0))
    }
}
