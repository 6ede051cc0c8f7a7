use metrics::{Counter, Gauge, Histogram, SharedString, Unit};

/// How a metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only up.
    Counter,
    /// Up and down.
    Gauge,
    /// A distribution, of seconds.
    Histogram,
}

impl Kind {
    /// The word of the exposition format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What tells the series of a metric apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Every value that it can have; empty when they are not known beforehand.
    pub values: &'static [&'static str],
}

impl Label {
    /// A label with these values and no others.
    #[must_use]
    pub const fn of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, values }
    }

    /// A label whose values are few and known only when they come.
    #[must_use]
    pub const fn open(name: &'static str) -> Self {
        Self { name, values: &[] }
    }
}

/// A metric: all that is known of it beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, by Prometheus' conventions.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// What it tells, in a few words.
    pub help: &'static str,
    /// What tells its series apart.
    pub labels: &'static [Label],
    /// Whether it is read from the database or the broker, and so the same in every replica: to be aggregated by its maximum.
    pub is_shared: bool,
}

impl Metric {
    /// A counter.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self::new(name, Kind::Counter, help, labels)
    }

    /// A gauge of this process.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self::new(name, Kind::Gauge, help, labels)
    }

    /// A gauge of what all replicas share.
    #[must_use]
    pub const fn shared(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self {
            is_shared: true,
            ..Self::new(name, Kind::Gauge, help, labels)
        }
    }

    /// A histogram of seconds.
    #[must_use]
    pub const fn seconds(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self::new(name, Kind::Histogram, help, labels)
    }

    const fn new(
        name: &'static str,
        kind: Kind,
        help: &'static str,
        labels: &'static [Label],
    ) -> Self {
        Self {
            name,
            kind,
            help,
            labels,
            is_shared: false,
        }
    }

    /// The counter of the series with these labels.
    pub fn count(&self, labels: &[(&'static str, &str)]) -> Counter {
        metrics::counter!(self.name, owned(labels))
    }

    /// The gauge of the series with these labels.
    pub fn level(&self, labels: &[(&'static str, &str)]) -> Gauge {
        metrics::gauge!(self.name, owned(labels))
    }

    /// The histogram of the series with these labels.
    pub fn timing(&self, labels: &[(&'static str, &str)]) -> Histogram {
        metrics::histogram!(self.name, owned(labels))
    }

    /// Every series whose labels are known beforehand.
    fn series(&self) -> Vec<Vec<(&'static str, &'static str)>> {
        let mut all = vec![Vec::new()];
        for label in self.labels {
            let longer = all.iter().flat_map(|series: &Vec<_>| {
                label.values.iter().map(|value| {
                    let mut series = series.clone();
                    series.push((label.name, *value));
                    series
                })
            });
            all = longer.collect();
        }
        all
    }

    fn describe(&self) {
        let help = SharedString::const_str(self.help);
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, help),
            Kind::Gauge => metrics::describe_gauge!(self.name, help),
            Kind::Histogram => metrics::describe_histogram!(self.name, Unit::Seconds, help),
        }
        for labels in self.series() {
            match self.kind {
                Kind::Counter => self.count(&labels).increment(0),
                Kind::Gauge => self.level(&labels).increment(0.0),
                // Without a value it has no series to export, and any value would be untrue.
                Kind::Histogram => drop(self.timing(&labels)),
            }
        }
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Vec<metrics::Label> {
    let labels = labels.iter();
    labels
        .map(|(name, value)| metrics::Label::new(*name, (*value).to_owned()))
        .collect()
}

/// Gives the metrics their help texts, and begins every series that is known beforehand at zero, so that a rate has something
/// to rise from. To be called once, after the recorder of the process is installed; a second call changes nothing.
pub fn describe(metrics: &[Metric]) {
    for metric in metrics {
        metric.describe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    const TRIED: Metric = Metric::counter(
        "tried_total",
        "What was tried",
        &[
            Label::of("way", &["left", "right"]),
            Label::of("end", &["well", "badly"]),
        ],
    );
    const SEEN: Metric = Metric::counter("seen_total", "What was seen", &[Label::open("kind")]);
    const TOOK: Metric = Metric::seconds("took_seconds", "How long it took", &[]);

    #[test]
    fn what_is_known_beforehand_is_exported_at_zero_and_counted_from_there() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe(&[TRIED, SEEN, TOOK]);
            TRIED
                .count(&[("way", "left"), ("end", "badly")])
                .increment(2);
            describe(&[TRIED]);
        });
        let text = recorder.handle().render();
        for line in [
            "# HELP tried_total What was tried",
            "# TYPE tried_total counter",
            r#"tried_total{way="left",end="badly"} 2"#,
            r#"tried_total{way="right",end="well"} 0"#,
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        assert!(!text.contains("seen_total{"), "{text}");
    }
}
