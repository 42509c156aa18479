//! Whether a listener keeps a row up to date.

use super::*;

const GUILDS: u64 = 1;
const MESSAGES: u64 = 1 << 9;

/// When the list of the guild's channels was last known to be complete, at the time `now`.
fn listed(cache: &Cache, now: i64) -> i64 {
    cache.listed_at(Kind::Channel, 7, now).unwrap().unwrap()
}

fn cache_with_guild() -> (TempDir, Cache) {
    let (folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    (folder, cache)
}

#[test]
fn two_listeners_together_do_not_keep_a_row_up_to_date() {
    let (folder, mut cache) = cache_with_guild();
    let (wide, narrow) =
        (ListenerLock::take(folder.path(), NOW).unwrap(), ListenerLock::take(folder.path(), NOW).unwrap());
    apply_at(&mut cache, NOW, Change::Ready(wide.listener((0, 1), GUILDS | MESSAGES)));
    apply_at(&mut cache, NOW, Change::Ready(narrow.listener((0, 1), MESSAGES)));
    assert_eq!(listed(&cache, NOW + 5), NOW + 5);
    apply_at(&mut cache, NOW + 6, Change::Ended { process: wide.process() });
    apply_at(&mut cache, NOW + 7, Change::Alive(narrow.listener((0, 1), MESSAGES)));
    assert_eq!(listed(&cache, NOW + 9), NOW, "the remaining listener does not get the events of channels");
    // This one receives the events of channels, but began after the observation.
    let late = ListenerLock::take(folder.path(), NOW).unwrap();
    apply_at(&mut cache, NOW + 8, Change::Ready(late.listener((0, 1), GUILDS)));
    assert_eq!(listed(&cache, NOW + 9), NOW);
}

#[test]
fn a_listener_that_dies_or_loses_an_event_releases_its_lock_without_writing() {
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW, Change::Ready(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW + 5);
    lock.release();
    assert_eq!(listed(&cache, NOW + 5), NOW);
    assert!(lock.reacquire());
    assert_eq!(listed(&cache, NOW + 5), NOW + 5);
    // The record stays, as if the process was killed.
    drop(lock);
    assert_eq!(listed(&cache, NOW + 5), NOW);
    let rows = || -> i64 {
        let file = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
        file.query_row("SELECT count(*) FROM listener", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(), 1);
    let next = ListenerLock::take(folder.path(), NOW).unwrap();
    apply_at(&mut cache, NOW + 6, Change::Ready(next.listener((0, 1), GUILDS)));
    assert_eq!(rows(), 1, "the next listener removes the old record");
}

#[test]
fn readers_do_not_mistake_each_other_for_a_listener() {
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    apply_at(&mut cache, NOW, Change::Ready(lock.listener((0, 1), GUILDS)));
    lock.release();
    let path = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let path = path.into_iter().find(|path| path.to_string_lossy().contains("listener-")).unwrap();
    let reader = std::fs::File::open(path).unwrap();
    reader.try_lock_shared().unwrap();
    assert_eq!(listed(&cache, NOW + 5), NOW);
    assert!(!lock.reacquire(), "a reader is testing the lock");
    drop(reader);
    assert!(lock.reacquire());
}

#[test]
fn after_lost_events_only_later_observations_are_kept_up_to_date() {
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW, Change::Ready(listener));
    apply_at(&mut cache, NOW + 3, Change::Missed(listener));
    // Earlier notifications that the session is connected are written later.
    apply_at(&mut cache, NOW + 2, Change::Alive(listener));
    apply_at(&mut cache, NOW + 4, Change::Alive(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW);
    event_at(&mut cache, NOW + 5, "GUILD_CREATE", GUILD);
    assert_eq!(listed(&cache, NOW + 6), NOW + 6, "after another observation, the server is kept up to date again");
}

#[test]
fn a_resumed_session_keeps_older_rows_up_to_date_and_a_new_one_does_not() {
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW, Change::Ready(listener));
    apply_at(&mut cache, NOW + 3, Change::Down(listener));
    apply_at(&mut cache, NOW + 2, Change::Alive(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW, "a late notification from before the loss has no effect");
    apply_at(&mut cache, NOW + 4, Change::Alive(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW + 5, "no event is missing");
    apply_at(&mut cache, NOW + 6, Change::Down(listener));
    apply_at(&mut cache, NOW + 7, Change::Ready(listener));
    assert_eq!(listed(&cache, NOW + 8), NOW);
}

#[test]
fn a_listener_whose_record_was_lost_keeps_later_observations_up_to_date() {
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW + 3, Change::Alive(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW);
    event_at(&mut cache, NOW + 4, "GUILD_CREATE", GUILD);
    assert_eq!(listed(&cache, NOW + 5), NOW + 5);
    // The loss of the connection is written first.
    let (folder, mut cache) = cache_with_guild();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW, Change::Down(listener));
    apply_at(&mut cache, NOW - 1, Change::Alive(listener));
    assert_eq!(listed(&cache, NOW + 5), NOW);
}

#[test]
fn a_listener_continues_after_the_clock_was_set_back() {
    const HOUR: i64 = 3600 * 1000;
    let (folder, mut cache) = cache();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), GUILDS);
    apply_at(&mut cache, NOW + HOUR, Change::Ready(listener));
    event_at(&mut cache, NOW + HOUR, "GUILD_CREATE", GUILD);
    // The clock is set back by an hour, and nothing has been written since.
    assert_eq!(listed(&cache, NOW), NOW + HOUR, "a time in the future is not fresh");
    apply_at(&mut cache, NOW, Change::Alive(listener));
    event_at(&mut cache, NOW + 20, "GUILD_CREATE", GUILD);
    assert_eq!(listed(&cache, NOW + 30), NOW + 30);
}

#[test]
fn a_listener_lock_deletes_its_file_and_those_of_killed_processes() {
    let folder = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    assert_eq!(files(), 1);
    drop(lock);
    assert_eq!(files(), 0);
    for name in ["listener-1", "listener-2", "another"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let held = std::fs::File::open(folder.path().join("listener-2")).unwrap();
    held.lock().unwrap();
    let old = std::time::UNIX_EPOCH + Duration::from_millis(NOW.unsigned_abs()) - Duration::from_secs(2 * 3600);
    for name in ["listener-1", "listener-2", "another"] {
        let file = std::fs::File::options().write(true).open(folder.path().join(name)).unwrap();
        file.set_modified(old).unwrap();
    }
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    assert_eq!(files(), 3, "its own file, the locked file and the unrelated file");
    drop((lock, held));
}

/// A shard whose events go through the writer's thread.
struct Listening {
    writer: Option<Writer>,
    shard: Option<writer::ShardWriter>,
    start: Instant,
}

impl Listening {
    fn new(cache: Cache) -> Self {
        let warn = Box::new(|error: &Error| panic!("{error}"));
        let options = writer::Options { intents: GUILDS, clock: Clock::system(), effects: |_| &[], warn };
        let writer = Writer::start(cache, options).unwrap();
        Self { shard: Some(writer.shard((0, 1))), writer: Some(writer), start: Instant::now() }
    }

    fn event(&mut self, after_ms: i64, name: &str, data: &str) {
        let at = self.start + Duration::from_millis(after_ms.unsigned_abs());
        let shard = self.shard.as_mut().unwrap();
        shard.event(name.as_bytes(), data.as_bytes(), at, || NOW + after_ms);
    }

    /// Waits until everything is written.
    fn end(mut self) {
        self.shard = None;
        self.writer = None;
    }
}

#[test]
fn each_event_of_a_batch_has_the_time_of_its_arrival() {
    let (folder, cache) = cache();
    let mut listening = Listening::new(cache);
    listening.event(0, "READY", r#"{"user":{"id":"9","username":"me"}}"#);
    listening.event(60_000, "GUILD_CREATE", GUILD);
    listening.end();
    let cache = Cache::open(folder.path(), "api token").unwrap();
    assert_eq!(cache.get(Kind::User, None, "9").unwrap().unwrap().fetched_at, NOW);
    let arrived = cache.get(Kind::Guild, None, "7").unwrap().unwrap().fetched_at;
    assert!(arrived > NOW && arrived <= NOW + 60_000, "{arrived}");
}

/// Waits until the listener's first events are written.
fn until_listed(folder: &TempDir, now: i64) -> Cache {
    let end = Instant::now() + Duration::from_secs(60);
    let cache = Cache::open(folder.path(), "api token").unwrap();
    while cache.listed_at(Kind::Channel, 7, now).unwrap() != Some(now) {
        assert!(Instant::now() < end, "the list is not kept up to date");
        std::thread::yield_now();
    }
    cache
}

#[test]
fn a_full_queue_releases_the_lock_before_anything_is_written() {
    let (folder, cache) = cache();
    let mut listening = Listening::new(cache);
    listening.event(0, "READY", r#"{"user":{"id":"9","username":"me"}}"#);
    listening.event(0, "GUILD_CREATE", GUILD);
    listening.shard.as_mut().unwrap().flush();
    let cache = until_listed(&folder, NOW + 1);
    // The writer waits while another process writes.
    let other = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let mut nth = 0;
    while listed(&cache, NOW + 1) == NOW + 1 {
        assert!(Instant::now() < end, "the lock is still held");
        nth += 1;
        let channel = format!(r#"{{"id":"{}","guild_id":"7","type":0,"name":"new"}}"#, 1000 + nth);
        listening.event(2, "CHANNEL_CREATE", &channel);
        listening.shard.as_mut().unwrap().flush();
    }
    other.execute_batch("ROLLBACK").unwrap();
    listening.end();
    let cache = Cache::open(folder.path(), "api token").unwrap();
    assert!(json(&cache, Kind::Channel, None, &(1000 + nth).to_string()).is_none(), "the event was lost");
}

#[test]
fn a_new_connection_keeps_nothing_up_to_date_before_the_session_is_resumed() {
    let (folder, cache) = cache();
    let mut listening = Listening::new(cache);
    listening.event(0, "READY", r#"{"user":{"id":"9","username":"me"}}"#);
    listening.event(0, "GUILD_CREATE", GUILD);
    listening.shard.as_mut().unwrap().flush();
    let cache = until_listed(&folder, NOW + 1);
    listening.shard.as_mut().unwrap().down(NOW + 10);
    assert_eq!(listed(&cache, NOW + 20), NOW, "the loss has an effect before it is written");
    // HELLO and replayed events arrive. They must not delay another shard.
    let other = listening.writer.as_ref().unwrap().shard((1, 2));
    let later = listening.start + Duration::from_secs(20);
    listening.shard.as_mut().unwrap().alive(later, || NOW + 20);
    listening.event(20_000, "CHANNEL_CREATE", r#"{"id":"80","guild_id":"7","type":0,"name":"replayed"}"#);
    listening.shard.as_mut().unwrap().flush();
    let end = Instant::now() + Duration::from_secs(60);
    while json(&cache, Kind::Channel, None, "80").is_none() {
        assert!(Instant::now() < end, "the event is not written");
        std::thread::yield_now();
    }
    assert_eq!(listed(&cache, NOW + 20_000), NOW);
    listening.event(20_000, "RESUMED", "{}");
    until_listed(&folder, NOW + 20_500);
    drop(other);
    listening.end();
}
