//! Writes the trace events of all layers to stderr: warnings always, progress with `-v`, details with `-vv`.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::Console;

/// Sends all trace events of this process to `console`. Must be called only once.
pub fn install(console: &Arc<Console>) {
    let max_level = match console.options().verbosity {
        _ if console.has_log() => LevelFilter::DEBUG,
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let installed =
        tracing::subscriber::set_global_default(ConsoleSubscriber { console: Arc::clone(console), max_level });
    debug_assert!(installed.is_ok(), "another subscriber is installed");
}

struct ConsoleSubscriber {
    console: Arc<Console>,
    max_level: LevelFilter,
}

impl Subscriber for ConsoleSubscriber {
    /// Events of dependencies are not shown: they are verbose, and their warnings do not help users.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.max_level && metadata.target().starts_with("dcord")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.message + &line.fields;
        match *event.metadata().level() {
            Level::ERROR | Level::WARN => self.console.warn(text),
            Level::INFO => self.console.debug(1, text),
            _ => self.console.debug(2, text),
        }
    }

    // dcord opens no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// An event as `message name=value …`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }
}
