//! Reads the envelope of a payload: `op`, `s` and `t`, but not `d`.
//!
//! `d` can be megabytes long and is passed on unchanged, so it is not parsed. The scanner expects valid JSON. For other input,
//! it returns [`Malformed`] or a wrong range, but never panics.

use memchr::memchr2;

/// The envelope of one payload. All parts borrow from the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub op: u64,
    /// The sequence number. Only dispatches have one.
    pub seq: Option<u64>,
    /// The event's name, without quotes and with any escapes. Only dispatches have one.
    pub name: Option<&'a [u8]>,
    /// The bytes of `d`, or an empty slice if there is none. If Discord ever adds members after `d`, this range includes them.
    pub data: &'a [u8],
}

/// The payload is not a gateway payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a gateway payload")]
pub struct Malformed;

impl<'a> Frame<'a> {
    /// Parses the envelope, in any order of its members.
    ///
    /// Discord sends `t`, `s` and `op` before `d`, which makes it unnecessary to scan `d`: it ends where the payload ends.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        Self::as_discord_writes(payload).map_or_else(|| Self::in_any_order(payload), Ok)
    }

    /// Parses a dispatch in exactly the form that Discord sends. Returns `None` for anything else.
    fn as_discord_writes(payload: &'a [u8]) -> Option<Self> {
        let digits = |rest: &'a [u8]| {
            let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            number(&rest[..length]).map(|number| (number, &rest[length..]))
        };
        let rest = payload.strip_prefix(b"{\"t\":\"")?;
        let length = rest.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        let (name, rest) = rest.split_at(length);
        let (seq, rest) = digits(rest.strip_prefix(b"\",\"s\":")?)?;
        let (op, rest) = digits(rest.strip_prefix(b",\"op\":")?)?;
        let data = rest.strip_prefix(b",\"d\":")?.strip_suffix(b"}")?;
        Some(Self { op, seq: Some(seq), name: Some(name), data })
    }

    fn in_any_order(payload: &'a [u8]) -> Result<Self, Malformed> {
        let (mut op, mut seq, mut name, mut data) = (None, None, None, &b""[..]);
        let mut members = Members::open(payload).ok_or(Malformed)?;
        while let Some(key) = members.key()? {
            match key {
                b"op" => op = Some(number(members.value()?).ok_or(Malformed)?),
                b"s" => seq = Some(nullable(members.value()?, number)?),
                b"t" => name = Some(nullable(members.value()?, text)?),
                b"d" => {
                    if let (Some(op), Some(seq), Some(name)) = (op, seq, name) {
                        let data = payload[members.at..].trim_ascii_end();
                        let data = data.strip_suffix(b"}").ok_or(Malformed)?.trim_ascii_end();
                        return Ok(Self { op, seq, name, data });
                    }
                    data = members.value()?;
                }
                // JSON allows escapes in keys. Discord does not use them, so this path may be slow.
                _ if key.contains(&b'\\') => {
                    let value = members.value()?;
                    match unescape(key).as_deref() {
                        Some("op") => op = Some(number(value).ok_or(Malformed)?),
                        Some("s") => seq = Some(nullable(value, number)?),
                        Some("t") => name = Some(nullable(value, text)?),
                        Some("d") => data = value,
                        _ => {}
                    }
                }
                _ => {
                    members.value()?;
                }
            }
        }
        let op = op.ok_or(Malformed)?;
        Ok(Self { op, seq: seq.flatten(), name: name.flatten(), data })
    }
}

/// Parses a non-negative integer.
pub(super) fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// A string without its quotes.
pub(super) fn text(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

fn nullable<'a, T>(value: &'a [u8], read: impl Fn(&'a [u8]) -> Option<T>) -> Result<Option<T>, Malformed> {
    if value == b"null" { Ok(None) } else { read(value).map(Some).ok_or(Malformed) }
}

fn unescape(inside: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", inside, b"\""].concat()).ok()
}

/// Iterates over the members of an object.
pub(super) struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    first: bool,
}

impl<'a> Members<'a> {
    /// Returns `None` if the bytes do not begin with an object.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let at = skip_blanks(bytes, 0);
        (bytes.get(at) == Some(&b'{')).then_some(Self { bytes, at: at + 1, first: true })
    }

    /// The next key, without quotes and with any escapes, or `None` at the end of the object. After each key, the caller must
    /// call [`Self::value`].
    pub fn key(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        self.at = skip_blanks(self.bytes, self.at);
        match self.bytes.get(self.at) {
            Some(b'}') => return Ok(None),
            Some(b',') if !self.first => self.at = skip_blanks(self.bytes, self.at + 1),
            Some(_) if self.first => {}
            _ => return Err(Malformed),
        }
        self.first = false;
        let from = self.at + 1;
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(Malformed);
        }
        let to = skip_string(self.bytes, from).ok_or(Malformed)?;
        self.at = skip_blanks(self.bytes, to);
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(Malformed);
        }
        self.at = skip_blanks(self.bytes, self.at + 1);
        Ok(Some(&self.bytes[from..to - 1]))
    }

    /// The value of the last key.
    pub fn value(&mut self) -> Result<&'a [u8], Malformed> {
        let from = self.at;
        self.at = skip_value(self.bytes, from).ok_or(Malformed)?;
        Ok(&self.bytes[from..self.at])
    }
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The index after the string whose content begins at `at`.
fn skip_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The index after the value that begins at `at`.
fn skip_value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => skip_string(bytes, at + 1),
        b'{' | b'[' => skip_nested(bytes, at),
        _ => {
            let rest = &bytes[at..];
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            (length > 0).then_some(at + length)
        }
    }
}

fn skip_nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = skip_string(bytes, at + 1)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_envelope_is_parsed_in_any_order_of_its_members() {
        let expected =
            Frame { op: 0, seq: Some(42), name: Some(b"MESSAGE_CREATE"), data: br#"{"a":"}\"{","b":[1,{"op":9}]}"# };
        for payload in [
            r#"{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{"a":"}\"{","b":[1,{"op":9}]}}"#,
            r#"{"op":0,"d":{"a":"}\"{","b":[1,{"op":9}]},"s":42,"t":"MESSAGE_CREATE"}"#,
            "\n{ \"op\" : 0 , \"x\" : -1.5e3 , \"d\" : {\"a\":\"}\\\"{\",\"b\":[1,{\"op\":9}]} ,\r\n\"s\" : 42 , \"t\" : \"MESSAGE_CREATE\" }\t",
            r#"{"\u0074":"MESSAGE_CREATE","s":42,"\u006fp":0,"\u0064":{"a":"}\"{","b":[1,{"op":9}]}}"#,
        ] {
            assert_eq!(Frame::parse(payload.as_bytes()), Ok(expected), "{payload}");
        }
    }

    #[test]
    fn absent_and_null_members_are_none() {
        let ack = Frame { op: 11, seq: None, name: None, data: b"" };
        assert_eq!(Frame::parse(br#"{"op":11}"#), Ok(ack));
        let null = Frame { data: b"null", ..ack };
        assert_eq!(Frame::parse(br#"{"t":null,"s":null,"op":11,"d":null}"#), Ok(null));
        assert_eq!(Frame::parse(br#"{"op":11,"d":null,"s":null,"t":null}"#), Ok(null));
    }

    #[test]
    fn input_that_is_not_a_payload_is_malformed() {
        for bad in [
            "",
            "null",
            "[]",
            "{",
            "{}",
            "{\"op\"}",
            "{\"op\":}",
            "{\"op\":-1}",
            "{\"op\":\"0\"}",
            "{\"op\":0",
            "{\"op\":0,}",
            "{,\"op\":0}",
            "{\"op\":0,\"s\":1.5}",
            "{\"op\":0,\"s\":1,\"t\":5}",
            "{\"op\":0,\"s\":1,\"t\":\"X\",\"d\":{",
            "{\"op\":0,\"d\":{\"a\":1}",
            "{\"op\":0,\"d\":\"\\",
            "{\"op\":99999999999999999999}",
        ] {
            assert_eq!(Frame::parse(bad.as_bytes()), Err(Malformed), "{bad}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\\PC\n\"\\\\{}\\[\\],:]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("[a-z\"\\\\{}]{0,4}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_scanner_agrees_with_a_full_parse(
            data in any_json(),
            seq in any::<Option<u64>>(),
            name in prop::option::of("[A-Z_]{1,20}"),
            op in any::<u8>(),
            order in Just(vec!["t", "s", "op", "d"]).prop_shuffle(),
            pretty in any::<bool>(),
        ) {
            let mut object = serde_json::Map::new();
            for key in order {
                object.insert(key.to_owned(), match key {
                    "t" => json!(name),
                    "s" => json!(seq),
                    "op" => json!(op),
                    _ => data.clone(),
                });
            }
            let payload = if pretty {
                serde_json::to_vec_pretty(&object)
            } else {
                serde_json::to_vec(&object)
            }.unwrap();
            let frame = Frame::parse(&payload).unwrap();
            prop_assert_eq!(frame.op, u64::from(op));
            prop_assert_eq!(frame.seq, seq);
            prop_assert_eq!(frame.name, name.as_deref().map(str::as_bytes));
            prop_assert_eq!(serde_json::from_slice::<Value>(frame.data).unwrap(), data);
        }

        #[test]
        fn the_fast_path_agrees_with_the_slow_path(
            data in any_json(),
            seq in any::<u64>(),
            name in "[A-Z_]{1,20}",
            op in any::<u8>(),
        ) {
            let payload = format!(r#"{{"t":"{name}","s":{seq},"op":{op},"d":{data}}}"#);
            let short = Frame::as_discord_writes(payload.as_bytes());
            prop_assert!(short.is_some());
            prop_assert_eq!(short, Frame::in_any_order(payload.as_bytes()).ok());
        }

        #[test]
        fn no_input_makes_the_parser_panic(bytes in "[\\{\\}\\[\\]\"\\\\:,opsdt0 ]{0,40}") {
            let _ = Frame::parse(bytes.as_bytes());
        }
    }
}
