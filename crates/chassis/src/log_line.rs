//! One JSON object per line, flat: the fields of an event beside those of the spans around it, so that a line is found by
//! them wherever it was written.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes lines. The fields must be formatted as JSON.
pub(crate) struct LogLine;

#[derive(Serialize)]
struct Line<'a> {
    timestamp: &'a str,
    level: &'static str,
    message: Value,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// What a line has by itself; a field of that name would be there twice.
const OWN: [&str; 5] = ["timestamp", "level", "target", "span", "trace_id"];

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Map::new();
        // From the outermost span inwards: what is nearer to the event is truer.
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(formatted) = span.extensions().get::<FormattedFields<N>>() {
                add(&mut fields, formatted);
            }
        }
        // Words for the exporter of traces.
        fields.retain(|name, _| !name.starts_with("otel."));
        let mut own = String::new();
        context.format_fields(Writer::new(&mut own), event)?;
        add(&mut fields, &own);
        fields.retain(|name, _| !OWN.contains(&name.as_str()));

        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let line = Line {
            timestamp: &timestamp,
            level: event.metadata().level().as_str(),
            message: fields.remove("message").unwrap_or(Value::Null),
            target: event.metadata().target(),
            span: context.lookup_current().map(|span| span.name()),
            trace_id: observe::trace::current_id(),
            fields,
        };
        let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

fn add(fields: &mut Map<String, Value>, formatted: &str) {
    if let Ok(more) = serde_json::from_str::<Map<String, Value>>(formatted) {
        fields.extend(more);
    }
}
