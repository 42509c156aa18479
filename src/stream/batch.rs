//! Batches of whole lines of one shard, with the position of its session.

use std::fmt;
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};

use super::line::envelope;

/// The position of a session: all events up to the sequence number are delivered or filtered out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub session: Arc<str>,
    pub seq: u64,
}

/// Whole lines of one shard, in order.
///
/// The lines are one sequence of bytes. Where a line ends, and its event's name and sequence number, are read only when they are
/// needed, such as for an error about an event.
#[derive(Debug, Default)]
pub struct Batch {
    pub shard: u32,
    pub bytes: Vec<u8>,
    /// The position once all lines are delivered.
    pub position: Option<Position>,
}

/// One line of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    shard: u32,
    /// The index of its first byte in the batch.
    pub start: usize,
    /// The line with its line break.
    pub bytes: &'a [u8],
}

impl Batch {
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut start = 0;
        memchr_iter(b'\n', &self.bytes).map(move |at| {
            let line = Line { shard: self.shard, start, bytes: &self.bytes[start..=at] };
            start = at + 1;
            line
        })
    }

    /// Whether the lines of another batch can be appended to this one, because they are of the same shard and session.
    pub fn continues_with(&self, next: &Self) -> bool {
        let sessions = [self, next].map(|batch| batch.position.as_ref().map(|position| &position.session));
        self.shard == next.shard && sessions[0] == sessions[1]
    }

    /// The position once the first `length` bytes are delivered.
    pub fn position_after(&self, length: usize) -> Option<Position> {
        if length >= self.bytes.len() {
            return self.position.clone();
        }
        let mut end = length;
        // An incomplete line does not count, and dcord's own lines have no sequence number.
        while let Some(line_break) = memrchr(b'\n', &self.bytes[..end]) {
            let start = memrchr(b'\n', &self.bytes[..line_break]).map_or(0, |at| at + 1);
            if let (_, Some(seq)) = envelope(&self.bytes[start..line_break]) {
                return self.position.as_ref().map(|position| Position { seq, ..position.clone() });
            }
            end = start;
        }
        None
    }
}

impl Line<'_> {
    /// The line without its line break.
    pub fn json(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes)
    }
}

/// Identifies the event for people: `shard 0, event 17 (MESSAGE_CREATE)`.
impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, seq) = envelope(self.bytes);
        let name = String::from_utf8_lossy(name.unwrap_or(b"no name"));
        match seq {
            Some(seq) => write!(f, "shard {}, event {seq} ({name})", self.shard),
            None => write!(f, "shard {}, {name}", self.shard),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let lines = [
            r#"{"shard":[2,4],"t":"A","s":5,"op":0,"d":{}}"#,
            r#"{"shard":[2,4],"t":"DCORD_LATENCY","s":null,"op":-1,"d":{}}"#,
            r#"{"shard":[2,4],"t":"B","s":7,"op":0,"d":{}}"#,
        ];
        let position = Some(Position { session: "x".into(), seq: 9 });
        Batch { shard: 2, bytes: (lines.join("\n") + "\n").into_bytes(), position }
    }

    #[test]
    fn a_line_displays_its_shard_and_event() {
        let batch = batch();
        let names: Vec<String> = batch.lines().map(|line| line.to_string()).collect();
        assert_eq!(names, ["shard 2, event 5 (A)", "shard 2, DCORD_LATENCY", "shard 2, event 7 (B)"]);
        assert_eq!(batch.lines().map(|line| line.bytes.len()).sum::<usize>(), batch.bytes.len());
        assert!(batch.lines().all(|line| batch.bytes[line.start..].starts_with(line.json())));
        assert_eq!(Batch::default().lines().count(), 0);
    }

    #[test]
    fn the_position_is_that_of_the_last_completely_delivered_event() {
        let batch = batch();
        let starts: Vec<usize> = batch.lines().map(|line| line.start).collect();
        let seq = |length| batch.position_after(length).map(|position| position.seq);
        for (length, expected) in [
            (0, None),
            (starts[1] - 1, None),
            (starts[1], Some(5)),
            (starts[2], Some(5)),
            (batch.bytes.len() - 1, Some(5)),
            (batch.bytes.len(), Some(9)),
        ] {
            assert_eq!(seq(length), expected, "{length}");
        }
        assert_eq!(Batch { position: None, ..batch }.position_after(starts[1]), None);
    }
}
