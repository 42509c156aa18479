//! Lines: one per event, Discord's own envelope with the shard put in, collected into whole
//! buffers for the writer.

use std::time::Duration;

use memchr::memchr;
use serde_json::{Value, json};

use super::frame::Frame;
use super::shard::{Note, Why};
use super::writer::Writer;
use crate::model::time;

/// A buffer is handed to the writer when it has this many bytes: into a pipe of 1 MiB, writes of
/// this size cost the least.
pub const BATCH: usize = 256 << 10;

/// The lines of one shard that the writer does not have yet. They are always whole.
pub struct Lines {
    /// `{"shard":[0,1],"t":`
    head: Vec<u8>,
    bytes: Vec<u8>,
    cut: bool,
}

impl Lines {
    pub fn new((shard, shards): (u32, u32)) -> Self {
        Self { head: format!("{{\"shard\":[{shard},{shards}],\"t\":").into_bytes(), bytes: Vec::new(), cut: false }
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// An event that was to be printed was not: enough were.
    pub fn cut(&mut self) {
        self.cut = true;
    }

    pub fn is_cut(&self) -> bool {
        self.cut
    }

    pub fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH
    }

    /// Gives the lines to the writer, and gets an empty buffer for them.
    pub fn hand_over(&mut self, writer: &Writer) {
        if !self.bytes.is_empty() {
            self.bytes = writer.push(std::mem::take(&mut self.bytes));
        }
    }

    /// Adds a dispatch.
    pub fn event(&mut self, frame: &Frame<'_>) {
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(&self.head);
        match frame.name {
            Some(name) => {
                bytes.push(b'"');
                bytes.extend_from_slice(name);
                bytes.extend_from_slice(b"\",\"s\":");
            }
            None => bytes.extend_from_slice(b"null,\"s\":"),
        }
        match frame.seq {
            Some(seq) => push_number(bytes, seq),
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"op\":0,\"d\":");
        if frame.data.is_empty() {
            bytes.extend_from_slice(b"null");
        } else if memchr(b'\n', frame.data).is_none() {
            bytes.extend_from_slice(frame.data);
        } else {
            // In JSON a line break stands between tokens only; inside a string it is escaped.
            bytes.extend(frame.data.iter().filter(|b| !matches!(b, b'\n' | b'\r')));
        }
        bytes.extend_from_slice(b"}\n");
    }

    /// Adds a line of dcord's own.
    pub fn note(&mut self, note: &Note, now_ms: i64) {
        let (name, d) = meta(note, now_ms);
        self.bytes.extend_from_slice(&self.head);
        let rest = format!("\"{name}\",\"s\":null,\"op\":-1,\"d\":{d}}}\n");
        self.bytes.extend_from_slice(rest.as_bytes());
    }
}

/// Decimal digits, without going through the formatter.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

fn meta(note: &Note, now_ms: i64) -> (&'static str, Value) {
    let now = time::rfc3339(now_ms);
    match note {
        Note::Connected => ("DCORD_CONNECTED", json!({"at": now})),
        Note::Resumed { replayed } => ("DCORD_RESUMED", json!({"at": now, "replayed": replayed})),
        Note::Reconnecting { why, wait, attempt, resume } => (
            "DCORD_RECONNECTING",
            json!({"at": now, "why": why.to_string(), "wait_ms": millis(*wait),
                   "attempt": attempt, "resume": resume}),
        ),
        Note::Gap { ago, why } => {
            ("DCORD_GAP", json!({"at": now, "since": before(now_ms, *ago), "why": why.to_string()}))
        }
        Note::Latency { latency } => {
            let latency = (latency.as_secs_f64() * 1e6).round() / 1e3;
            ("DCORD_LATENCY", json!({"at": now, "ms": latency}))
        }
        Note::Closed { why } => {
            let close = if let Why::Closed(close) = why { Some(close) } else { None };
            let reason = close.map(|close| &close.reason).filter(|reason| !reason.is_empty());
            let code = close.map(|close| close.code);
            ("DCORD_CLOSED", json!({"at": now, "why": why.to_string(), "code": code, "reason": reason}))
        }
    }
}

/// The moment that long before, as RFC 3339.
fn before(now_ms: i64, ago: Duration) -> Option<String> {
    let ago = i64::try_from(ago.as_millis()).unwrap_or(0);
    time::rfc3339(now_ms.saturating_sub(ago))
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gateway::shard::Close;

    fn line(payload: &str) -> String {
        let mut lines = Lines::new((3, 16));
        lines.event(&Frame::parse(payload.as_bytes()).unwrap());
        String::from_utf8(lines.bytes).unwrap()
    }

    #[test]
    fn a_line_is_discords_envelope_with_the_shard_put_in() {
        let expected = "{\"shard\":[3,16],\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\
                        \"d\":{\"id\":\"1\", \"n\":1.50}}\n";
        for payload in [
            r#"{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{"id":"1", "n":1.50}}"#,
            r#"{ "op": 0, "d":{"id":"1", "n":1.50}, "s": 42, "t": "MESSAGE_CREATE" }"#,
        ] {
            assert_eq!(line(payload), expected);
        }
    }

    #[test]
    fn line_breaks_between_tokens_are_closed_up_and_escaped_ones_stay() {
        let payload = "{\"t\":\"X\",\"s\":1,\"op\":0,\"d\":{\r\n  \"a\": \"b\\nc\",\n\"d\":1}}";
        assert!(line(payload).ends_with("\"d\":{  \"a\": \"b\\nc\",\"d\":1}}\n"));
    }

    #[test]
    fn what_an_envelope_lacks_is_null() {
        assert_eq!(line(r#"{"op":0}"#), "{\"shard\":[3,16],\"t\":null,\"s\":null,\"op\":0,\"d\":null}\n");
    }

    #[test]
    fn notes_are_lines_with_an_op_of_their_own() {
        let ago = Duration::from_secs(60);
        for (note, name) in [
            (Note::Connected, "DCORD_CONNECTED"),
            (Note::Resumed { replayed: 5 }, "DCORD_RESUMED"),
            (Note::Gap { ago, why: Why::InvalidSession }, "DCORD_GAP"),
            (Note::Latency { latency: Duration::from_micros(1500) }, "DCORD_LATENCY"),
            (Note::Closed { why: Why::Closed(Close { code: 4000, reason: "because".to_owned() }) }, "DCORD_CLOSED"),
        ] {
            let mut lines = Lines::new((0, 1));
            lines.note(&note, 1_700_000_000_000);
            let text = String::from_utf8(lines.bytes).unwrap();
            let value: Value = serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap();
            assert_eq!((&value["t"], &value["op"]), (&json!(name), &json!(-1)));
            assert_eq!(value["shard"], json!([0, 1]));
            match note {
                Note::Latency { .. } => assert_eq!(value["d"]["ms"].as_f64(), Some(1.5)),
                Note::Closed { .. } => {
                    assert_eq!((&value["d"]["code"], &value["d"]["reason"]), (&json!(4000), &json!("because")));
                }
                Note::Gap { .. } => assert!(value["d"]["since"].as_str() < value["d"]["at"].as_str()),
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_the_formatter_would(number in any::<u64>()) {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), number.to_string());
        }
    }
}
