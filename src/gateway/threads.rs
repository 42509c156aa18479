//! The threads of the channels that a filter wants: the posts of a forum are threads, and what happens in a
//! thread names the thread alone.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use memchr::memmem::{self, Finder};
use serde::Deserialize;

use super::frame::{Members, number, text};
use crate::model::Snowflake;

/// So many threads are known; of more, the oldest go. Discord has at most 1000 active ones in a server.
const MOST: usize = 50_000;

/// Threads that were learned, by id, which is the order of their age. Nobody waits long for the lock: what is
/// done under it is a look-up.
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
        if known.len() > MOST {
            known.pop_first();
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Whether a value is the id of one of them.
    pub fn contain(&self, value: &[u8]) -> bool {
        number(text(value).unwrap_or(value)).is_some_and(|id| self.known().contains(&id))
    }

    /// Whether the event may be about one of them. It is cheap, and says yes too often rather than too rarely.
    pub fn possible(&self, name: &[u8], data: &[u8]) -> bool {
        let known = self.known();
        if known.is_empty() {
            return false;
        }
        let is_about_thread = name.starts_with(b"THREAD_MEMBER");
        is_about_thread || channel_ids(data).any(|id| known.contains(&id))
    }

    /// Learns the threads of the wanted channels from an event that names them. The caller has seen that one
    /// of these channels can be in it.
    pub fn learn(&self, name: &[u8], data: &[u8], is_wanted: impl Fn(&[u8]) -> bool) {
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

    /// The thread is gone.
    pub fn forget(&self, data: &[u8]) {
        if let Some(id) = one(data).and_then(|thread| thread.id.parse().ok()) {
            self.known().remove(&id);
        }
    }
}

/// Whether [`Threads::learn`] may find a thread in the event. Few messages begin a thread, and to search one for
/// the word is cheaper than to walk its members.
pub fn may_name(name: &[u8], data: &[u8]) -> bool {
    static THREAD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"thread\""));
    match name {
        b"THREAD_CREATE" | b"THREAD_UPDATE" | b"GUILD_CREATE" | b"THREAD_LIST_SYNC" => true,
        b"MESSAGE_CREATE" | b"MESSAGE_UPDATE" => THREAD.find(data).is_some(),
        _ => false,
    }
}

/// Whether a list of ids, or of threads with their parents, has a wanted channel.
pub fn list_has(value: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    match serde_json::from_slice::<Vec<&str>>(value) {
        Ok(ids) => ids.iter().any(|id| is_wanted(id.as_bytes())),
        Err(_) => many(value).iter().filter_map(|thread| thread.parent_id).any(|parent| is_wanted(parent.as_bytes())),
    }
}

fn one(data: &[u8]) -> Option<Thread<'_>> {
    // What may follow `d` in the envelope is in these bytes too.
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

/// The ids behind each `"channel_id":`, at any depth.
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
    fn threads_are_learned_from_whatever_names_them_with_their_parent() {
        for (name, data) in [
            ("THREAD_CREATE", r#"{"id":"70","parent_id":"7"}"#),
            ("THREAD_UPDATE", r#"{"parent_id":"7","id":"70"},"later":1"#),
            ("GUILD_CREATE", r#"{"id":"1","threads":[{"id":"80","parent_id":"8"},{"id":"70","parent_id":"7"}]}"#),
            ("THREAD_LIST_SYNC", r#"{"guild_id":"1","threads":[{"id":"70","parent_id":"7"}],"members":[]}"#),
            ("MESSAGE_CREATE", r#"{"id":"70","channel_id":"7","thread":{"id":"70","parent_id":"7"}}"#),
        ] {
            let threads = Threads::default();
            threads.learn(name.as_bytes(), data.as_bytes(), is_seven);
            assert!(threads.contain(b"\"70\"") && !threads.contain(b"\"80\""), "{name}");
        }
        for (name, data) in [
            ("CHANNEL_CREATE", r#"{"id":"70","parent_id":"7"}"#),
            ("THREAD_CREATE", r#"{"id":"x","parent_id":"7"}"#),
            ("THREAD_CREATE", r#"{"id":"70"}"#),
            ("GUILD_CREATE", r#"{"id":"70","threads":"7"}"#),
            ("MESSAGE_CREATE", "null"),
        ] {
            let threads = Threads::default();
            threads.learn(name.as_bytes(), data.as_bytes(), is_seven);
            assert!(threads.known().is_empty(), "{name} {data}");
        }
    }

    #[test]
    fn a_thread_that_is_deleted_is_forgotten_and_of_too_many_the_oldest_go() {
        let threads = Threads::default();
        threads.insert(Snowflake::new(70));
        threads.forget(br#"{"id":"70","parent_id":"7"}"#);
        assert!(!threads.contain(b"\"70\""));
        for id in 1..=MOST as u64 + 1 {
            threads.insert(Snowflake::new(id));
        }
        assert_eq!((threads.contain(b"1"), threads.contain(b"2"), threads.known().len()), (false, true, MOST));
    }

    #[test]
    fn an_event_is_possible_if_it_names_a_known_thread_anywhere() {
        let threads = Threads::default();
        assert!(!threads.possible(b"THREAD_MEMBER_UPDATE", b"{}"), "none is known");
        threads.insert(Snowflake::new(70));
        for (data, expected) in [
            (r#"{"channel_id":"70"}"#, true),
            (r#"{"a":{"channel_id" : "70"}}"#, true),
            (r#"{"channel_id":70}"#, true),
            (r#"{"channel_id":"71"}"#, false),
            (r#"{"channel_id":null}"#, false),
            (r#"{"channel_id""#, false),
        ] {
            assert_eq!(threads.possible(b"MESSAGE_CREATE", data.as_bytes()), expected, "{data}");
        }
    }
}
