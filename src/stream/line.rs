//! Writes the lines of a stream: Discord's envelope with the shard added, one event per line.

use std::time::Duration;

use memchr::{memchr, memchr2};
use serde_json::{Value, json};

use crate::gateway::frame::Frame;
use crate::gateway::shard::{Cause, Note};
use crate::model::time;

/// The beginning of each line of a shard: `{"shard":[0,1],"t":`.
pub fn head((shard, shards): (u32, u32)) -> Vec<u8> {
    format!("{{\"shard\":[{shard},{shards}],\"t\":").into_bytes()
}

/// Appends the line of an event.
pub fn push_event(bytes: &mut Vec<u8>, head: &[u8], frame: &Frame<'_>) {
    bytes.extend_from_slice(head);
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
        // In JSON, unescaped line breaks can occur only between tokens.
        bytes.extend(frame.data.iter().filter(|b| !matches!(b, b'\n' | b'\r')));
    }
    bytes.extend_from_slice(b"}\n");
}

/// Appends one of dcord's own lines.
pub fn push_note(bytes: &mut Vec<u8>, head: &[u8], note: &Note, now_ms: i64) {
    let (name, d) = meta(note, now_ms);
    bytes.extend_from_slice(head);
    let rest = format!("\"{name}\",\"s\":null,\"op\":-1,\"d\":{d}}}\n");
    bytes.extend_from_slice(rest.as_bytes());
}

/// Reads the event's name, not unescaped, and the sequence number from a line that this module wrote.
pub fn envelope(line: &[u8]) -> (Option<&[u8]>, Option<u64>) {
    // The brackets of `shard` are the only ones before the name.
    let Some(rest) = memchr(b']', line).and_then(|at| line[at..].strip_prefix(b"],\"t\":")) else {
        return (None, None);
    };
    let (name, rest) = match rest.strip_prefix(b"\"") {
        Some(rest) => {
            let end = end_of_string(rest);
            (Some(&rest[..end]), rest.get(end + 1..).unwrap_or_default())
        }
        None => (None, rest.strip_prefix(b"null").unwrap_or_default()),
    };
    let digits = rest.strip_prefix(b",\"s\":").unwrap_or_default();
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    (name, std::str::from_utf8(&digits[..length]).ok().and_then(|digits| digits.parse().ok()))
}

/// The index of the closing quote of a string without its opening quote.
fn end_of_string(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = rest.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if rest[at] == b'"' {
            return at;
        }
        at += 2;
    }
    rest.len()
}

/// Appends a number in decimal, which is faster than the standard formatter.
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
            let close = if let Cause::Closed(close) = why { Some(close) } else { None };
            let reason = close.map(|close| &close.reason).filter(|reason| !reason.is_empty());
            let code = close.map(|close| close.code);
            ("DCORD_CLOSED", json!({"at": now, "why": why.to_string(), "code": code, "reason": reason}))
        }
    }
}

/// The time `ago` before now, in RFC 3339.
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
        let mut bytes = Vec::new();
        push_event(&mut bytes, &head((3, 16)), &Frame::parse(payload.as_bytes()).unwrap());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_discords_envelope_with_the_shard_added() {
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
    fn line_breaks_between_tokens_are_removed_and_escaped_ones_stay() {
        let payload = "{\"t\":\"X\",\"s\":1,\"op\":0,\"d\":{\r\n  \"a\": \"b\\nc\",\n\"d\":1}}";
        assert!(line(payload).ends_with("\"d\":{  \"a\": \"b\\nc\",\"d\":1}}\n"));
    }

    #[test]
    fn missing_members_of_the_envelope_are_null() {
        assert_eq!(line(r#"{"op":0}"#), "{\"shard\":[3,16],\"t\":null,\"s\":null,\"op\":0,\"d\":null}\n");
    }

    #[test]
    fn the_name_and_the_sequence_number_are_read_from_a_line() {
        for (payload, name, seq) in [
            (r#"{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{"t":"x","s":1}}"#, Some("MESSAGE_CREATE"), Some(42)),
            (r#"{"s":18446744073709551615,"t":"A\"]\\","op":0,"d":[]}"#, Some(r#"A\"]\\"#), Some(u64::MAX)),
            (r#"{"op":0,"s":7,"d":null}"#, None, Some(7)),
            (r#"{"op":0}"#, None, None),
        ] {
            assert_eq!(envelope(line(payload).as_bytes()), (name.map(str::as_bytes), seq), "{payload}");
        }
        for torn in ["", "{", "{\"shard\":[3,16],\"t\":", "{\"shard\":[3,16],\"t\":\"A\\"] {
            assert_eq!(envelope(torn.as_bytes()).1, None, "{torn}");
        }
    }

    #[test]
    fn dcords_own_lines_have_their_own_op() {
        let ago = Duration::from_secs(60);
        for (note, name) in [
            (Note::Connected, "DCORD_CONNECTED"),
            (Note::Resumed { replayed: 5 }, "DCORD_RESUMED"),
            (Note::Gap { ago, why: Cause::InvalidSession }, "DCORD_GAP"),
            (Note::Latency { latency: Duration::from_micros(1500) }, "DCORD_LATENCY"),
            (Note::Closed { why: Cause::Closed(Close { code: 4000, reason: "because".to_owned() }) }, "DCORD_CLOSED"),
        ] {
            let mut bytes = Vec::new();
            push_note(&mut bytes, &head((0, 1)), &note, 1_700_000_000_000);
            assert_eq!(envelope(&bytes), (Some(name.as_bytes()), None));
            let text = String::from_utf8(bytes).unwrap();
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
        fn numbers_are_written_like_the_standard_formatter_does(number in any::<u64>()) {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), number.to_string());
        }
    }
}
