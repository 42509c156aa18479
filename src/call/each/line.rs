//! The lines of a job's input.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::{fault, text};

/// The longest line in bytes. It holds the largest messages and small images; a longer line would let an input fill the memory.
pub const LONGEST: usize = 1 << 20;

/// A line that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, with the blank lines.
    pub number: u64,
    /// Without the surrounding white space.
    pub text: Result<String, Unread>,
}

/// Why a line cannot be read. The texts continue `the line `.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    #[error("is not UTF-8 text")]
    NotText,
}

/// Reads lines, of which it holds one at a time.
pub struct Lines<R> {
    input: R,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, number: 0, buffer: Vec::new() }
    }

    /// The next line that is not blank.
    fn read(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(is_whole) = self.fill()? else { return Ok(None) };
            self.number += 1;
            let bytes = if self.number == 1 { text::bytes_without_mark(&self.buffer) } else { &self.buffer };
            let bytes = bytes.trim_ascii();
            let text = match (is_whole, str::from_utf8(bytes)) {
                (false, _) => Err(Unread::TooLong),
                (true, Err(_)) => Err(Unread::NotText),
                (true, Ok("")) => continue,
                (true, Ok(text)) => Ok(text.to_owned()),
            };
            return Ok(Some(Line { number: self.number, text }));
        }
    }

    /// Reads a line into the buffer. Returns whether all of it is there, or `None` at the end of the input. The rest of a line
    /// that is too long is skipped.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let mut is_whole = true;
        let mut is_empty = true;
        loop {
            let found = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                found => found?,
            };
            if found.is_empty() {
                return Ok((!is_empty).then_some(is_whole));
            }
            is_empty = false;
            let end = memchr::memchr(b'\n', found);
            let part = &found[..end.unwrap_or(found.len())];
            if self.buffer.len() + part.len() > LONGEST {
                is_whole = false;
                self.buffer.clear();
            }
            if is_whole {
                self.buffer.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(is_whole));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The content of a line.
pub enum Content<'a> {
    Object(Members<'a>),
    /// A bare value, such as an id.
    Value(Cow<'a, str>),
}

/// The members of a JSON object. No name occurs twice, because programs differ in which of the two values they see.
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Content<'a> {
    /// Parses the text of a line. The error continues `the line `.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let not_json = |error: serde_json::Error| format!("is not valid JSON: {}", fault::of_json(&error));
        match text.as_bytes().first() {
            Some(b'{') => serde_json::from_str(text).map(Self::Object).map_err(not_json),
            Some(b'"') => serde_json::from_str(text).map(|text: String| Self::Value(text.into())).map_err(not_json),
            Some(b'[') => Err("is an array, but must be an object or an id".to_owned()),
            _ => Ok(Self::Value(text.into())),
        }
    }

    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        match self {
            Self::Object(members) => members.get(name),
            Self::Value(_) => None,
        }
    }
}

impl<'a> Members<'a> {
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                let mut names = std::collections::HashSet::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format_args!("the member {name:?} occurs twice")));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<(u64, Result<String, Unread>)> {
        Lines::new(input).map(|line| line.map(|line| (line.number, line.text)).unwrap()).collect()
    }

    #[test]
    fn lines_are_trimmed_and_blank_ones_only_count() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(lines(b"\xef\xbb\xbf1\r\n\r\n  2 \n\n3"), [(1, ok("1")), (3, ok("2")), (5, ok("3"))]);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n\n"), []);
        assert_eq!(lines(b"a\xff\nb"), [(1, Err(Unread::NotText)), (2, ok("b"))]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_without_being_held() {
        let mut input = b"1\n".to_vec();
        input.extend(std::iter::repeat_n(b'x', LONGEST * 3));
        input.extend(b"\n2\n");
        let mut lines = Lines::new(&input[..]);
        let mut next = || lines.next().map(|line| line.unwrap());
        assert_eq!(next().unwrap().text, Ok("1".to_owned()));
        assert_eq!(next().unwrap().text, Err(Unread::TooLong));
        assert_eq!(next().unwrap(), Line { number: 3, text: Ok("2".to_owned()) });
        assert!(next().is_none());
        assert!(lines.buffer.capacity() <= LONGEST * 2);
        let longest = vec![b'1'; LONGEST];
        assert!(Lines::new(&longest[..]).next().unwrap().unwrap().text.is_ok());
    }

    #[test]
    fn a_member_that_occurs_twice_is_an_error() {
        assert!(Content::parse(r#"{"id":"1","user":{"id":"2"}}"#).is_ok());
        for twice in [r#"{"id":"1","id":"2"}"#, r#"{"id":"1","i\u0064":"1"}"#] {
            let error = Content::parse(twice).err().unwrap();
            assert!(error.contains(r#"the member "id" occurs twice"#), "{error}");
        }
        assert!(Content::parse("[1]").is_err() && Content::parse("{").is_err() && Content::parse("\"1").is_err());
        assert!(matches!(Content::parse("12"), Ok(Content::Value(id)) if id == "12"));
        assert!(matches!(Content::parse("\"12\""), Ok(Content::Value(id)) if id == "12"));
    }
}
