//! Selects the events to print by name, guild, channel and user.
//!
//! An event passes if it matches every kind of filter that is set. Only the fields that these filters need are read from `d`.
//! An event that cannot match costs only one search for the digits of the id.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::frame::{Frame, Members, number, text};
use super::threads::{self, Threads};
use crate::model::Snowflake;

/// An event's name, or a pattern with `*` (any characters) and `?` (one character).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGlob(String);

impl fmt::Display for EventGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot match the name of any event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an event name; names look like MESSAGE_CREATE, patterns like MESSAGE_*")]
pub struct BadGlob(pub String);

impl EventGlob {
    /// Ignores case, and reads dashes as underscores: `message-create` is `MESSAGE_CREATE`.
    pub fn parse(text: &str) -> Result<Self, BadGlob> {
        let name = text.trim().to_ascii_uppercase().replace('-', "_");
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_*?".contains(&b);
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(BadGlob(text.to_owned()));
        }
        Ok(Self(name))
    }

    /// Whether the glob can match more than one name.
    pub fn is_pattern(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// The part before the first `*` or `?`.
    pub fn literal_prefix(&self) -> &str {
        self.0.split(['*', '?']).next().unwrap_or_default()
    }

    /// Whether the glob selects dcord's own lines, which `--meta` adds.
    pub fn is_own(&self) -> bool {
        self.0.starts_with("DCORD_")
    }

    pub fn matches(&self, name: &[u8]) -> bool {
        let pattern = self.0.as_bytes();
        let (mut p, mut n) = (0, 0);
        // Where to resume if the text after the last star does not match.
        let mut star = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(&b) if b == b'?' || b == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
            }
        }
        pattern[p..].iter().all(|b| *b == b'*')
    }
}

/// The filters of one listener.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub events: Vec<EventGlob>,
    guilds: Ids,
    channels: Ids,
    users: Ids,
    /// The known threads of `channels`. `None` if events in threads do not pass.
    threads: Option<Arc<Threads>>,
}

/// The ids of one kind of filter. An empty list matches everything.
#[derive(Clone, Debug, Default)]
struct Ids(Vec<(Snowflake, Finder<'static>)>);

/// With more ids than this, reading the field is cheaper than searching for each id.
const MOST_SEARCHES: usize = 8;

impl Ids {
    fn new(ids: impl IntoIterator<Item = Snowflake>) -> Self {
        let searched = |id: Snowflake| (id, Finder::new(id.to_string().as_bytes()).into_owned());
        Self(ids.into_iter().map(searched).collect())
    }

    fn match_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the data may contain one of the ids. Has false positives but no false negatives.
    fn may_contain(&self, data: &[u8]) -> bool {
        self.0.len() > MOST_SEARCHES || self.0.iter().any(|(_, f)| f.find(data).is_some())
    }

    fn contains(&self, value: &[u8]) -> bool {
        let Some(id) = number(text(value).unwrap_or(value)) else { return false };
        self.has(id)
    }

    fn has(&self, id: u64) -> bool {
        self.0.iter().any(|(wanted, _)| wanted.get() == id)
    }
}

impl Filter {
    pub fn new(
        events: Vec<EventGlob>,
        guilds: impl IntoIterator<Item = Snowflake>,
        channels: impl IntoIterator<Item = Snowflake>,
        users: impl IntoIterator<Item = Snowflake>,
    ) -> Self {
        let (guilds, channels, users) = (Ids::new(guilds), Ids::new(channels), Ids::new(users));
        Self { events, guilds, channels, users, threads: None }
    }

    /// Also passes events in threads of the channels: in the `known` threads, and in threads that later events announce.
    pub fn with_threads(mut self, known: impl IntoIterator<Item = Snowflake>) -> Self {
        if !self.channels.match_any() {
            let threads = Threads::default();
            known.into_iter().for_each(|thread| threads.insert(thread));
            self.threads = Some(Arc::new(threads));
        }
        self
    }

    pub fn passes(&self, frame: &Frame<'_>) -> bool {
        let name = frame.name.unwrap_or_default();
        let Some(threads) = &self.threads else {
            return self.is_wanted(name, frame, || self.channels.may_contain(frame.data));
        };
        // Searches for the channel ids once, and only in events that may pass or may announce threads.
        let found = OnceCell::new();
        let in_channel = || *found.get_or_init(|| self.channels.may_contain(frame.data));
        if threads::may_name(name, frame.data) && in_channel() {
            threads.add_from_event(name, frame.data, |id| self.channels.contains(id));
        }
        let passes = self.is_wanted(name, frame, || in_channel() || threads.may_contain(name, frame.data));
        if name == b"THREAD_DELETE" {
            threads.remove_deleted(frame.data);
        }
        passes
    }

    /// Whether the event matches. `in_channel` returns whether the event may be about one of the channels.
    fn is_wanted(&self, name: &[u8], frame: &Frame<'_>, in_channel: impl Fn() -> bool) -> bool {
        if !self.events.is_empty() && !self.events.iter().any(|glob| glob.matches(name)) {
            return false;
        }
        let set = [&self.guilds, &self.channels, &self.users];
        if set.iter().all(|ids| ids.match_any()) {
            return true;
        }
        let may_contain = |ids: &Ids| ids.match_any() || ids.may_contain(frame.data);
        if !may_contain(&self.guilds) || !may_contain(&self.users) || !(self.channels.match_any() || in_channel()) {
            return false;
        }
        self.members_match(name, frame.data)
    }

    fn members_match(&self, name: &[u8], data: &[u8]) -> bool {
        let (guild_key, channel_key) = own_id(name);
        let (mut guild, mut channel, mut user) =
            (self.guilds.match_any(), self.channels.match_any(), self.users.match_any());
        let Some(mut members) = Members::open(data) else { return false };
        while let Ok(Some(key)) = members.key() {
            let Ok(value) = members.value() else { return false };
            guild = guild || (key == guild_key && self.guilds.contains(value));
            channel =
                channel || (key == channel_key && self.channels.contains(value)) || self.in_thread(name, key, value);
            user = user || self.names_user(key, value);
            if guild && channel && user {
                return true;
            }
        }
        false
    }

    /// Whether a member of `d` shows that the event is about a thread of one of the channels.
    fn in_thread(&self, name: &[u8], key: &[u8], value: &[u8]) -> bool {
        let Some(threads) = &self.threads else { return false };
        match key {
            // The parent of a thread is a channel. The parent of a channel is a category.
            b"parent_id" => name.starts_with(b"THREAD_") && self.channels.contains(value),
            b"channel_ids" | b"threads" => {
                name == b"THREAD_LIST_SYNC"
                    && threads::list_has(value, |id| number(id).is_some_and(|id| self.channels.has(id)))
            }
            _ => key == own_id(name).1 && threads.contains(value),
        }
    }

    /// Whether a member of `d` names one of the users as the actor or the target of the event: `user_id`, or the id in `user`,
    /// `author` or `member.user`.
    fn names_user(&self, key: &[u8], value: &[u8]) -> bool {
        match key {
            b"user_id" => self.users.contains(value),
            b"user" | b"author" => find(value, b"id").is_some_and(|id| self.users.contains(id)),
            b"member" => {
                find(value, b"user").and_then(|user| find(user, b"id")).is_some_and(|id| self.users.contains(id))
            }
            _ => false,
        }
    }
}

/// The keys of the ids of an event's guild and channel. If the event is about a guild or a channel itself, `d` is that object,
/// and the key is `id`.
fn own_id(name: &[u8]) -> (&'static [u8], &'static [u8]) {
    match name {
        b"GUILD_CREATE" | b"GUILD_UPDATE" | b"GUILD_DELETE" => (b"id", b"channel_id"),
        // Events about the members of a thread and the status of a voice channel also have the channel's id as `id`.
        b"CHANNEL_CREATE"
        | b"CHANNEL_UPDATE"
        | b"CHANNEL_DELETE"
        | b"THREAD_CREATE"
        | b"THREAD_UPDATE"
        | b"THREAD_DELETE"
        | b"THREAD_MEMBER_UPDATE"
        | b"THREAD_MEMBERS_UPDATE"
        | b"VOICE_CHANNEL_STATUS_UPDATE"
        | b"VOICE_CHANNEL_START_TIME_UPDATE" => (b"guild_id", b"id"),
        _ => (b"guild_id", b"channel_id"),
    }
}

/// The value of one member of an object.
fn find<'a>(object: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut members = Members::open(object)?;
    while let Ok(Some(key)) = members.key() {
        let value = members.value().ok()?;
        if key == wanted {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(texts: &[&str]) -> Vec<EventGlob> {
        texts.iter().map(|t| EventGlob::parse(t).unwrap()).collect()
    }

    fn ids(ids: &[u64]) -> Vec<Snowflake> {
        ids.iter().copied().map(Snowflake::new).collect()
    }

    fn passes(filter: &Filter, name: &str, data: &str) -> bool {
        let frame = Frame { op: 0, seq: Some(1), name: Some(name.as_bytes()), data: data.as_bytes() };
        filter.passes(&frame)
    }

    #[test]
    fn patterns_match_like_shell_globs() {
        for (glob, name, expected) in [
            ("MESSAGE_CREATE", "MESSAGE_CREATE", true),
            ("message-create", "MESSAGE_CREATE", true),
            ("MESSAGE_*", "MESSAGE_DELETE_BULK", true),
            ("MESSAGE_*", "MESSAGE_", true),
            ("MESSAGE_*", "MESSAGE", false),
            ("*_CREATE", "GUILD_ROLE_CREATE", true),
            ("*_CREATE", "GUILD_CREATES", false),
            ("*_*_ADD", "GUILD_BAN_ADD", true),
            ("GUILD_???_ADD", "GUILD_BAN_ADD", true),
            ("GUILD_??_ADD", "GUILD_BAN_ADD", false),
            ("*", "", true),
            ("A*B*C", "AXBXBC", true),
        ] {
            let glob = EventGlob::parse(glob).unwrap();
            assert_eq!(glob.matches(name.as_bytes()), expected, "{glob:?} {name}");
        }
        for bad in ["", " ", "MESSAGE CREATE", "{a,b}"] {
            assert_eq!(EventGlob::parse(bad), Err(BadGlob(bad.to_owned())));
        }
    }

    #[test]
    fn without_filters_every_event_passes() {
        assert!(passes(&Filter::default(), "SOMETHING_NEW", "{}"));
    }

    #[test]
    fn an_event_passes_if_any_pattern_matches_its_name() {
        let filter = Filter::new(globs(&["READY", "MESSAGE_*"]), [], [], []);
        assert!(passes(&filter, "READY", "{}"));
        assert!(passes(&filter, "MESSAGE_CREATE", "{}"));
        assert!(!passes(&filter, "GUILD_CREATE", "{}"));
    }

    #[test]
    fn a_guild_filter_passes_events_in_the_guild_and_about_the_guild() {
        let filter = Filter::new(vec![], ids(&[11, 12]), [], []);
        for (name, data, expected) in [
            ("MESSAGE_CREATE", r#"{"id":"1","guild_id":"11"}"#, true),
            ("MESSAGE_CREATE", r#"{"id":"11","guild_id":"99"}"#, false),
            ("MESSAGE_CREATE", r#"{"id":"1","content":"\"guild_id\":\"11\""}"#, false),
            ("MESSAGE_CREATE", r#"{"nested":{"guild_id":"11"}}"#, false),
            ("GUILD_CREATE", r#"{"id":"12","name":"x"}"#, true),
            ("GUILD_ROLE_CREATE", r#"{"guild_id": 12 }"#, true),
            ("READY", r#"{"v":10}"#, false),
            ("X", "null", false),
        ] {
            assert_eq!(passes(&filter, name, data), expected, "{name} {data}");
        }
    }

    #[test]
    fn a_channel_filter_passes_events_in_the_channel_and_about_the_channel() {
        let filter = Filter::new(vec![], [], ids(&[5]), []);
        assert!(passes(&filter, "MESSAGE_CREATE", r#"{"channel_id":"5"}"#));
        assert!(passes(&filter, "CHANNEL_UPDATE", r#"{"id":"5"}"#));
        assert!(passes(&filter, "THREAD_DELETE", r#"{"id":"5"}"#));
        assert!(!passes(&filter, "MESSAGE_DELETE", r#"{"id":"5","channel_id":"6"}"#));
        assert!(!passes(&filter, "VOICE_STATE_UPDATE", r#"{"channel_id":null,"user_id":"5"}"#));
    }

    #[test]
    fn a_channel_filter_with_threads_passes_every_event_about_a_known_thread() {
        let plain = Filter::new(vec![], [], ids(&[7]), []);
        let covering = plain.clone().with_threads(ids(&[71]));
        for (name, data, expected) in [
            ("MESSAGE_CREATE", r#"{"channel_id":"70"}"#, false),
            ("THREAD_CREATE", r#"{"id":"70","parent_id":"7","guild_id":"1"}"#, true),
            ("MESSAGE_CREATE", r#"{"channel_id":"70"}"#, true),
            ("MESSAGE_CREATE", r#"{"channel_id":"71"}"#, true),
            ("MESSAGE_REACTION_ADD", r#"{"channel_id":"70","message_id":"5"}"#, true),
            ("MESSAGE_CREATE", r#"{"channel_id":"80","content":"\"channel_id\":\"70\""}"#, false),
            ("MESSAGE_CREATE", r#"{"channel_id":"80","message_reference":{"channel_id":"70"}}"#, false),
            ("THREAD_MEMBERS_UPDATE", r#"{"id":"70","member_count":2}"#, true),
            ("THREAD_MEMBER_UPDATE", r#"{"id":"70"}"#, true),
            ("THREAD_MEMBER_UPDATE", r#"{"id":"80"}"#, false),
            ("THREAD_LIST_SYNC", r#"{"channel_ids":["6","7"],"threads":[]}"#, true),
            ("THREAD_LIST_SYNC", r#"{"guild_id":"1","threads":[{"id":"72","parent_id":"7"}]}"#, true),
            ("THREAD_LIST_SYNC", r#"{"guild_id":"7","threads":[{"id":"82","parent_id":"8"}]}"#, false),
            ("MESSAGE_CREATE", r#"{"channel_id":"72"}"#, true),
            ("CHANNEL_UPDATE", r#"{"id":"9","parent_id":"7"}"#, false),
            ("THREAD_UPDATE", r#"{"id":"80","parent_id":"8"}"#, false),
            ("THREAD_DELETE", r#"{"id":"70","parent_id":"7","type":11}"#, true),
            ("MESSAGE_CREATE", r#"{"channel_id":"70"}"#, false),
        ] {
            assert_eq!(passes(&covering, name, data), expected, "{name} {data}");
            assert!(!passes(&plain, name, data), "{name} {data}");
        }
    }

    #[test]
    fn threads_are_found_in_events_that_do_not_pass() {
        let events = || globs(&["MESSAGE_CREATE"]);
        let filter = Filter::new(events(), ids(&[1]), ids(&[7]), ids(&[3])).with_threads([]);
        assert!(!passes(&filter, "GUILD_CREATE", r#"{"id":"1","threads":[{"id":"70","parent_id":"7"}]}"#));
        assert!(passes(&filter, "MESSAGE_CREATE", r#"{"channel_id":"70","guild_id":"1","author":{"id":"3"}}"#));
        assert!(!passes(&filter, "MESSAGE_CREATE", r#"{"channel_id":"70","guild_id":"2","author":{"id":"3"}}"#));
        // Without a channel filter, threads are not tracked.
        assert!(Filter::new(events(), [], [], []).with_threads([]).threads.is_none());
    }

    #[test]
    fn a_user_filter_passes_events_by_and_about_the_user() {
        let filter = Filter::new(vec![], [], [], ids(&[7]));
        for (data, expected) in [
            (r#"{"author":{"username":"a","id":"7"}}"#, true),
            (r#"{"user":{"id":"7"}}"#, true),
            (r#"{"user_id":"7"}"#, true),
            (r#"{"member":{"roles":[],"user":{"id":"7"}}}"#, true),
            (r#"{"author":{"id":"8"},"mentions":[{"id":"7"}]}"#, false),
            (r#"{"id":"7"}"#, false),
        ] {
            assert_eq!(passes(&filter, "MESSAGE_CREATE", data), expected, "{data}");
        }
    }

    #[test]
    fn an_event_must_match_every_kind_of_filter() {
        let filter = Filter::new(globs(&["MESSAGE_*"]), ids(&[1]), ids(&[2]), ids(&[3]));
        let all = r#"{"user_id":"3","channel_id":"2","guild_id":"1"}"#;
        assert!(passes(&filter, "MESSAGE_REACTION_ADD", all));
        assert!(!passes(&filter, "TYPING_START", all));
        for part in [r#"{"user_id":"3","channel_id":"2"}"#, r#"{"channel_id":"2","guild_id":"1"}"#] {
            assert!(!passes(&filter, "MESSAGE_REACTION_ADD", part));
        }
    }

    #[test]
    fn a_filter_with_many_ids_matches_like_one_with_few() {
        let filter = Filter::new(vec![], (1..=20).map(Snowflake::new), [], []);
        assert!(passes(&filter, "X", r#"{"guild_id":"20"}"#));
        assert!(!passes(&filter, "X", r#"{"guild_id":"21"}"#));
    }
}
