//! The envelope of a gateway payload: the scanner never panics, and it reads the same from a JSON object as a JSON
//! parser.

#![no_main]

use dcord::gateway::frame::Frame;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|payload: &[u8]| {
    let frame = Frame::parse(payload);
    // The scanner does not decode escapes, and may return either one of a duplicated member.
    if payload.contains(&b'\\') || ["op", "s", "t", "d"].iter().any(|name| occurs_twice(payload, name)) {
        return;
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(payload) else { return };
    let Some(op) = object.get("op").and_then(Value::as_u64) else { return };
    let number = |name: &str| object.get(name).is_none_or(|value| value.is_null() || value.is_u64());
    if !number("s") || !object.get("t").is_none_or(|value| value.is_null() || value.is_string()) {
        return;
    }
    let frame = frame.expect("the payload is a JSON object with an envelope");
    assert_eq!(frame.op, op);
    assert_eq!(frame.seq, object.get("s").and_then(Value::as_u64));
    assert_eq!(frame.name, object.get("t").and_then(Value::as_str).map(str::as_bytes));
    if let Some(data) = object.get("d") {
        let mut values = serde_json::Deserializer::from_slice(frame.data).into_iter::<Value>();
        assert_eq!(values.next().expect("the range begins with the data").ok().as_ref(), Some(data));
    }
});

/// Whether the quoted name occurs more than once in the payload, at any depth.
fn occurs_twice(payload: &[u8], name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    payload.windows(quoted.len()).filter(|window| *window == quoted.as_bytes()).count() > 1
}
