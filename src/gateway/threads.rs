//! The threads of the channels in a filter. An event in a thread contains only the thread's id, so a filter for a channel must
//! know the channel's threads. The posts of a forum are threads too.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use memchr::memmem::{self, Finder};
use serde::Deserialize;

use super::frame::{Members, number, text};
use crate::model::Snowflake;

/// The maximum number of threads to remember. Beyond it, the oldest are removed. A server has at most 1000 active threads.
const MAX_THREADS: usize = 50_000;

/// The known threads, ordered by id and thus by age. The lock is held only for a look-up.
#[derive(Debug, Default)]
pub struct Threads(Mutex<BTreeSet<u64>>);

#[derive(Deserialize)]
struct Thread<'a> {
    #[serde(borrow)]
    id: &'a str,
    parent_id: Option<&'a str>,
}

impl Threads {
    pub fn insert(&self, thread: Snowflake) {
        let mut known = self.known();
        known.insert(thread.get());
        if known.len() > MAX_THREADS {
            known.pop_first();
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Whether a JSON value is the id of a known thread.
    pub fn contains(&self, value: &[u8]) -> bool {
        number(text(value).unwrap_or(value)).is_some_and(|id| self.known().contains(&id))
    }

    /// Whether the event may be about a known thread. This cheap check has false positives but no false negatives.
    pub fn may_contain(&self, name: &[u8], data: &[u8]) -> bool {
        let known = self.known();
        if known.is_empty() {
            return false;
        }
        let is_about_thread = name.starts_with(b"THREAD_MEMBER");
        is_about_thread || channel_ids(data).any(|id| known.contains(&id))
    }

    /// Adds the threads in the event whose parents are channels of the filter. The caller has checked that the event may
    /// contain such a channel.
    pub fn add_from_event(&self, name: &[u8], data: &[u8], is_wanted: impl Fn(&[u8]) -> bool) {
        let insert = |thread: &Thread<'_>| {
            if thread.parent_id.is_some_and(|parent| is_wanted(parent.as_bytes()))
                && let Ok(id) = thread.id.parse()
            {
                self.insert(id);
            }
        };
        match name {
            b"THREAD_CREATE" | b"THREAD_UPDATE" => one(data).iter().for_each(insert),
            b"MESSAGE_CREATE" | b"MESSAGE_UPDATE" => {
                member(data, b"thread").and_then(one).iter().for_each(insert);
            }
            b"GUILD_CREATE" | b"THREAD_LIST_SYNC" => {
                many(member(data, b"threads").unwrap_or_default()).iter().for_each(insert);
            }
            _ => {}
        }
    }

    /// Removes the thread of a THREAD_DELETE.
    pub fn remove_deleted(&self, data: &[u8]) {
        if let Some(id) = one(data).and_then(|thread| thread.id.parse().ok()) {
            self.known().remove(&id);
        }
    }
}

/// Whether [`Threads::add_from_event`] may find a thread in the event. Few messages start a thread, and searching for the word
/// is cheaper than reading all members.
pub fn may_name(name: &[u8], data: &[u8]) -> bool {
    static THREAD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"thread\""));
    match name {
        b"THREAD_CREATE" | b"THREAD_UPDATE" | b"GUILD_CREATE" | b"THREAD_LIST_SYNC" => true,
        b"MESSAGE_CREATE" | b"MESSAGE_UPDATE" => THREAD.find(data).is_some(),
        _ => false,
    }
}

/// Whether a list of channel ids, or a list of threads with their parents, contains a channel of the filter.
pub fn list_has(value: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    match serde_json::from_slice::<Vec<&str>>(value) {
        Ok(ids) => ids.iter().any(|id| is_wanted(id.as_bytes())),
        Err(_) => many(value).iter().filter_map(|thread| thread.parent_id).any(|parent| is_wanted(parent.as_bytes())),
    }
}

fn one(data: &[u8]) -> Option<Thread<'_>> {
    // Ignores envelope members after `d`, which the bytes may include.
    Thread::deserialize(&mut serde_json::Deserializer::from_slice(data)).ok()
}

fn many(data: &[u8]) -> Vec<Thread<'_>> {
    serde_json::from_slice(data).unwrap_or_default()
}

/// The value of one member of an object.
fn member<'a>(object: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    memmem::find(object, wanted)?;
    let mut members = Members::open(object)?;
    while let Ok(Some(key)) = members.key() {
        let value = members.value().ok()?;
        if key == wanted {
            return Some(value);
        }
    }
    None
}

/// The ids after each `"channel_id":`, at any depth.
fn channel_ids(data: &[u8]) -> impl Iterator<Item = u64> {
    const KEY: &[u8] = b"\"channel_id\"";
    memmem::find_iter(data, KEY).filter_map(|at| {
        let rest = &data[at + KEY.len()..];
        let from = rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b':' | b'"'))?;
        let length = rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        number(&rest[from..from + length])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_seven(id: &[u8]) -> bool {
        id == b"7"
    }

    #[test]
    fn threads_are_added_from_each_event_that_has_their_parent() {
        for (name, data) in [
            ("THREAD_CREATE", r#"{"id":"70","parent_id":"7"}"#),
            ("THREAD_UPDATE", r#"{"parent_id":"7","id":"70"},"later":1"#),
            ("GUILD_CREATE", r#"{"id":"1","threads":[{"id":"80","parent_id":"8"},{"id":"70","parent_id":"7"}]}"#),
            ("THREAD_LIST_SYNC", r#"{"guild_id":"1","threads":[{"id":"70","parent_id":"7"}],"members":[]}"#),
            ("MESSAGE_CREATE", r#"{"id":"70","channel_id":"7","thread":{"id":"70","parent_id":"7"}}"#),
        ] {
            let threads = Threads::default();
            threads.add_from_event(name.as_bytes(), data.as_bytes(), is_seven);
            assert!(threads.contains(b"\"70\"") && !threads.contains(b"\"80\""), "{name}");
        }
        for (name, data) in [
            ("CHANNEL_CREATE", r#"{"id":"70","parent_id":"7"}"#),
            ("THREAD_CREATE", r#"{"id":"x","parent_id":"7"}"#),
            ("THREAD_CREATE", r#"{"id":"70"}"#),
            ("GUILD_CREATE", r#"{"id":"70","threads":"7"}"#),
            ("MESSAGE_CREATE", "null"),
        ] {
            let threads = Threads::default();
            threads.add_from_event(name.as_bytes(), data.as_bytes(), is_seven);
            assert!(threads.known().is_empty(), "{name} {data}");
        }
    }

    #[test]
    fn a_deleted_thread_is_removed_and_so_are_the_oldest_of_too_many() {
        let threads = Threads::default();
        threads.insert(Snowflake::new(70));
        threads.remove_deleted(br#"{"id":"70","parent_id":"7"}"#);
        assert!(!threads.contains(b"\"70\""));
        for id in 1..=MAX_THREADS as u64 + 1 {
            threads.insert(Snowflake::new(id));
        }
        assert_eq!((threads.contains(b"1"), threads.contains(b"2"), threads.known().len()), (false, true, MAX_THREADS));
    }

    #[test]
    fn an_event_may_be_about_a_thread_if_it_contains_the_id_at_any_depth() {
        let threads = Threads::default();
        assert!(!threads.may_contain(b"THREAD_MEMBER_UPDATE", b"{}"), "none is known");
        threads.insert(Snowflake::new(70));
        for (data, expected) in [
            (r#"{"channel_id":"70"}"#, true),
            (r#"{"a":{"channel_id" : "70"}}"#, true),
            (r#"{"channel_id":70}"#, true),
            (r#"{"channel_id":"71"}"#, false),
            (r#"{"channel_id":null}"#, false),
            (r#"{"channel_id""#, false),
        ] {
            assert_eq!(threads.may_contain(b"MESSAGE_CREATE", data.as_bytes()), expected, "{data}");
        }
    }
}
