//! The answer: our row, what is expected, and the others'.

use serde_json::{Map, Value, json};

use super::peers::{Better, Figure, MACHINE, Peer};
use crate::failure::Ended;
use crate::output;

/// What is told of one measurement.
pub(super) struct Report<'a> {
    /// `W1`, …
    pub(super) workload: &'static str,
    /// What was done, for people.
    pub(super) title: String,
    /// On what.
    pub(super) conditions: String,
    pub(super) figures: &'a [Figure],
    /// Ours, in the order of the figures; none where it could not be measured.
    pub(super) ours: Vec<Option<f64>>,
    pub(super) peers: &'a [Peer],
    /// Whatever else is worth knowing.
    pub(super) details: Vec<(&'static str, Value)>,
    /// What must not be.
    pub(super) faults: Vec<String>,
}

impl Report<'_> {
    /// Prints it. A fault is a failure; a figure that was missed is told.
    ///
    /// # Errors
    /// When stdout is closed.
    pub(super) fn finish(self, as_json: bool) -> anyhow::Result<Ended> {
        self.finish_as("engine", as_json)
    }

    /// Prints it as measured in `mode`.
    ///
    /// # Errors
    /// When stdout is closed.
    pub(super) fn finish_as(self, mode: &str, as_json: bool) -> anyhow::Result<Ended> {
        if as_json {
            output::json(&self.document(mode))?;
        } else {
            output::line(self.text())?;
        }
        Ok(Ended::well_if(self.faults.is_empty()))
    }

    fn judged(&self) -> impl Iterator<Item = (Figure, Option<f64>, usize)> {
        self.figures
            .iter()
            .zip(&self.ours)
            .enumerate()
            .map(|(place, (figure, ours))| (*figure, *ours, place))
    }

    /// The best of those that kept to the limit.
    fn best(&self, figure: Figure, place: usize) -> Option<(&'static str, f64)> {
        self.peers
            .iter()
            .filter(|peer| peer.kept_the_limit)
            .filter_map(|peer| Some((peer.name, *peer.figures.get(place)?)))
            .min_by(|(_, one), (_, other)| match figure.better {
                Better::Lower => one.total_cmp(other),
                Better::Higher => other.total_cmp(one),
            })
    }

    fn document(&self, mode: &str) -> Value {
        let figures: Vec<Value> = self
            .judged()
            .map(|(figure, ours, place)| {
                let best = self.best(figure, place);
                json!({
                    "name": figure.name, "better": if figure.better == Better::Higher { "higher" } else { "lower" },
                    "ours": ours, "limit": figure.limit, "met": met(figure, ours),
                    "best_peer": best.map(|(name, value)| json!({"name": name, "value": value})),
                    "times_as_good_as_best_peer": times(figure, ours, best),
                })
            })
            .collect();
        let peers: Vec<Value> = self
            .peers
            .iter()
            .map(|peer| {
                let figures: Map<String, Value> = self
                    .figures
                    .iter()
                    .zip(peer.figures)
                    .map(|(figure, value)| (figure.name.to_owned(), json!(value)))
                    .collect();
                json!({"name": peer.name, "kept_the_limit": peer.kept_the_limit, "figures": figures})
            })
            .collect();
        let details: Map<String, Value> = self
            .details
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        json!({
            "ok": self.faults.is_empty(), "workload": self.workload, "mode": mode, "title": self.title,
            "conditions": self.conditions, "figures": figures, "details": details, "faults": self.faults,
            "peers": peers, "peers_measured_on": MACHINE,
        })
    }

    fn text(&self) -> String {
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        let cells = |cell: &dyn Fn(Figure, Option<f64>, usize) -> String| {
            self.judged()
                .map(|(figure, ours, place)| cell(figure, ours, place))
                .collect::<Vec<_>>()
        };
        rows.push((String::new(), cells(&|figure, _, _| figure.name.to_owned())));
        rows.push((
            "callboard".to_owned(),
            cells(&|figure, ours, _| number(figure, ours)),
        ));
        if self.figures.iter().any(|figure| figure.limit.is_some()) {
            rows.push(("limit".to_owned(), cells(&|figure, _, _| limit(figure))));
            rows.push((
                "verdict".to_owned(),
                cells(&|figure, ours, _| verdict(figure, ours).to_owned()),
            ));
        }
        if !self.peers.is_empty() {
            rows.push((
                "times as good as the best peer".to_owned(),
                cells(&|figure, ours, place| {
                    times(figure, ours, self.best(figure, place))
                        .map_or_else(|| "-".to_owned(), |times| format!("{times:.3}"))
                }),
            ));
        }
        for peer in self.peers {
            let name = if peer.kept_the_limit {
                peer.name.to_owned()
            } else {
                format!("{} (passed the limit)", peer.name)
            };
            rows.push((
                name,
                cells(&|figure, _, place| number(figure, peer.figures.get(place).copied())),
            ));
        }
        let mut text = format!("{} {}\n{}\n\n", self.workload, self.title, self.conditions);
        for (name, cells) in rows {
            text += &format!("{name:<32}");
            for cell in cells {
                text += &format!("{cell:>14}");
            }
            text.push('\n');
        }
        if !self.peers.is_empty() {
            text += &format!("{MACHINE}\n");
        }
        text.push('\n');
        for (name, value) in &self.details {
            text += &format!("{name}: {value}\n");
        }
        for fault in &self.faults {
            text += &format!("FAULT: {fault}\n");
        }
        text.trim_end().to_owned()
    }
}

fn number(figure: Figure, value: Option<f64>) -> String {
    value.map_or_else(
        || "-".to_owned(),
        |value| format!("{value:.*}", figure.digits),
    )
}

fn limit(figure: Figure) -> String {
    let Some(limit) = figure.limit else {
        return "-".to_owned();
    };
    let than = match figure.better {
        Better::Higher => ">=",
        Better::Lower => "<=",
    };
    format!("{than} {limit}")
}

fn met(figure: Figure, ours: Option<f64>) -> Option<bool> {
    let (ours, limit) = ours.zip(figure.limit)?;
    Some(match figure.better {
        Better::Higher => ours >= limit,
        Better::Lower => ours <= limit,
    })
}

fn verdict(figure: Figure, ours: Option<f64>) -> &'static str {
    match met(figure, ours) {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "-",
    }
}

/// Above one: better than the best of the others.
fn times(figure: Figure, ours: Option<f64>, best: Option<(&'static str, f64)>) -> Option<f64> {
    let (ours, (_, best)) = ours.zip(best)?;
    match figure.better {
        Better::Higher => Some(ours / best),
        Better::Lower => Some(best / ours),
    }
}

#[cfg(test)]
mod tests {
    use super::super::peers;
    use super::*;

    fn report(ours: [f64; 3]) -> (Value, String) {
        let (figures, peers) = peers::w1(100, 60);
        let report = Report {
            workload: "W1",
            title: "slot refill".to_owned(),
            conditions: "anywhere".to_owned(),
            figures: &figures,
            ours: ours.map(Some).to_vec(),
            peers,
            details: Vec::new(),
            faults: Vec::new(),
        };
        (report.document("engine"), report.text())
    }

    #[test]
    fn each_figure_is_judged_and_compared_with_the_best_that_kept_the_limit() {
        let (document, text) = report([0.996, 0.5, 6.0]);
        let met: Vec<&Value> = (0..3).map(|n| &document["figures"][n]["met"]).collect();
        assert_eq!(met, [true, true, false]);
        assert_eq!(document["figures"][0]["best_peer"]["name"], "bullmq-redis");
        // The gap of the peer that passed the limit is below zero and counts for nothing.
        assert_eq!(
            document["figures"][1]["best_peer"]["name"],
            "apalis-postgres"
        );
        let times = document["figures"][1]["times_as_good_as_best_peer"].as_f64();
        assert_eq!(times, Some(0.01 / 0.5));
        assert!(text.contains("MISSED") && text.contains("pg-boss-group (passed the limit)"));
    }
}
