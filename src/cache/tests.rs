use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::answer::Answer;
use super::listener::ListenerLock;
use super::*;
use crate::model::{Clock, Effect};

mod hidden;
mod late;
mod listeners;
mod migration;
mod texts;

const NOW: i64 = 1_700_000_000_000;

/// The time at which the changes around [`NOW`] are written.
const LATEST: i64 = NOW + 10;

fn cache() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path(), "api token").unwrap();
    (folder, cache)
}

fn event_at(cache: &mut Cache, now: i64, name: &str, data: &str) {
    let changes = event::changes(name, data).unwrap();
    cache.apply(Observation::event(now), now.max(LATEST), &changes).unwrap();
}

fn answered(cache: &mut Cache, effect: Effect, segments: &[(&str, &str)], body: &str, complete: bool) {
    answered_at(cache, NOW, effect, segments, body, complete);
}

fn answered_at(cache: &mut Cache, sent: i64, effect: Effect, segments: &[(&str, &str)], body: &str, complete: bool) {
    let segment = |name: &str| segments.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let answer = Answer {
        effects: &[effect],
        segment: &segment,
        me: None,
        items: None,
        body: body.as_bytes(),
        complete,
        deleted: &[],
    };
    let changes = answer::changes(&answer).unwrap();
    cache.apply(Observation::answer(sent), sent.max(LATEST), &changes).unwrap();
}

fn apply_at(cache: &mut Cache, at: i64, change: Change<'_>) {
    cache.apply(Observation::event(at), at.max(LATEST), &[change]).unwrap();
}

fn json(cache: &Cache, kind: Kind, within: Option<u64>, id: &str) -> Option<Value> {
    cache.get(kind, within, id).unwrap().map(|row| serde_json::from_str(&row.json).unwrap())
}

fn count(cache: &Cache, kind: Kind) -> u64 {
    cache.counts().unwrap().iter().find(|(k, ..)| *k == kind).map_or(0, |(_, rows, ..)| *rows)
}

const GUILD: &str = r#"{"id":"7","name":"My Guild","member_count":2,"joined_at":"2020",
    "roles":[{"id":"7","name":"@everyone"},{"id":"70","name":"Mods"}],
    "emojis":[{"id":"71","name":"blob"}],"stickers":[],
    "channels":[{"id":"72","name":"General","type":0},{"id":"73","name":"random","type":0,"parent_id":"72"}],
    "threads":[{"id":"74","name":"plans","type":11,"parent_id":"72"}],
    "members":[{"nick":"Boss","user":{"id":"1","username":"alice","global_name":"Alice A"}},
               {"user":{"id":"2","username":"bob"}}],
    "voice_states":[{"user_id":"1","channel_id":"73"}],"presences":[{"user":{"id":"1"},"status":"online"}],
    "stage_instances":[],"guild_scheduled_events":[],"soundboard_sounds":[]}"#;

fn names(cache: &Cache, kind: Kind, guild: Option<u64>, name: &str, prefix: bool) -> Vec<u64> {
    let found = cache.find(&NameQuery { kind, guild, name, prefix, most: 10 }).unwrap();
    found.iter().map(|found| found.id).collect()
}

#[test]
fn a_guild_is_stored_in_parts_and_reassembled() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    assert_eq!(json(&cache, Kind::Guild, None, "7").unwrap().get("roles"), None);
    assert_eq!(json(&cache, Kind::Channel, None, "72").unwrap()["guild_id"], "7");
    let (_, whole) = cache.whole_guild(7, NOW).unwrap().unwrap();
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["roles"][1]["name"], "Mods");
    assert_eq!(whole["stickers"].as_array().unwrap().len(), 0);
    let (at, channels) = cache.list(Kind::Channel, 7, NOW + 5).unwrap().unwrap();
    assert_eq!((at, channels.len()), (NOW, 2));
    assert_eq!(cache.list(Kind::Member, 7, NOW).unwrap().unwrap().1.len(), 2, "the event contains both members");
    assert!(cache.list(Kind::Ban, 7, NOW).unwrap().is_none());
    // A GUILD_UPDATE has fewer fields.
    event_at(&mut cache, NOW + 1, "GUILD_UPDATE", r#"{"id":"7","name":"New","roles":[{"id":"7","name":"@everyone"}]}"#);
    let guild = json(&cache, Kind::Guild, None, "7").unwrap();
    assert_eq!((guild["name"].as_str(), guild["joined_at"].as_str()), (Some("New"), Some("2020")));
    assert!(json(&cache, Kind::Role, None, "70").is_none(), "roles that are not in the list are removed");
}

#[test]
fn names_are_found_in_any_case_and_by_their_beginning() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    assert_eq!(names(&cache, Kind::Channel, Some(7), "GENERAL", false), [72]);
    assert!(names(&cache, Kind::Channel, Some(7), "gen", false).is_empty());
    assert_eq!(names(&cache, Kind::Channel, Some(7), "gen", true), [72]);
    assert_eq!(names(&cache, Kind::Thread, Some(7), "plans", false), [74]);
    for name in ["alice", "Alice A", "boss"] {
        assert_eq!(names(&cache, Kind::Member, Some(7), name, false), [1], "{name}");
    }
    assert_eq!(names(&cache, Kind::Guild, None, "my guild", false), [7]);
    assert!(names(&cache, Kind::Channel, Some(8), "general", false).is_empty());
    assert_eq!(cache.guilds_with(Kind::Member).unwrap(), [7]);
    let hit = cache.find(&NameQuery { kind: Kind::Member, guild: Some(7), name: "al", prefix: true, most: 5 }).unwrap();
    assert_eq!((hit[0].label.as_str(), hit[0].exact), ("alice (Boss, Alice A)", false));
}

#[test]
fn an_exact_match_precedes_names_with_the_same_beginning() {
    let (_folder, mut cache) = cache();
    for (id, username, nick) in [(1, "ada-1", "x"), (2, "ada-2", "y"), (3, "ada-3", "ada-4"), (9, "zoe", "Ada")] {
        let member =
            format!(r#"{{"guild_id":"7","user":{{"id":"{id}","username":"{username}"}},"nick":"{nick}","roles":[]}}"#);
        event_at(&mut cache, NOW, "GUILD_MEMBER_ADD", &member);
    }
    for (most, expected) in [(1, &[9][..]), (2, &[9, 1]), (4, &[9, 1, 2, 3])] {
        let find = NameQuery { kind: Kind::Member, guild: Some(7), name: "ada", prefix: true, most };
        let found: Vec<u64> = cache.find(&find).unwrap().iter().map(|found| found.id).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn an_outage_keeps_all_rows_of_a_guild_and_leaving_it_removes_them() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    // Messages from REST do not contain the id of their guild.
    answered(&mut cache, Effect::History, &[("channel_id", "72")], r#"[{"id":"90","channel_id":"72"}]"#, false);
    event_at(&mut cache, NOW, "GUILD_DELETE", r#"{"id":"7","unavailable":true}"#);
    event_at(&mut cache, NOW, "GUILD_CREATE", r#"{"id":"7","unavailable":true}"#);
    assert_eq!(count(&cache, Kind::Channel), 2);
    event_at(&mut cache, NOW, "GUILD_DELETE", r#"{"id":"7"}"#);
    assert!(cache.counts().unwrap().is_empty());
    assert!(cache.listed_at(Kind::Channel, 7, NOW).unwrap().is_none());
}

#[test]
fn deleting_a_channel_removes_its_contents_and_deleting_a_category_does_not() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    for (id, channel) in [("90", "72"), ("91", "73"), ("92", "74")] {
        let message = format!(r#"{{"id":"{id}","channel_id":"{channel}","guild_id":"7","content":"hi"}}"#);
        event_at(&mut cache, NOW, "MESSAGE_CREATE", &message);
    }
    event_at(&mut cache, NOW, "CHANNEL_DELETE", r#"{"id":"72","guild_id":"7","type":0}"#);
    assert!(json(&cache, Kind::Thread, None, "74").is_none());
    assert!(json(&cache, Kind::Channel, None, "73").is_some(), "the deleted channel was only its parent");
    assert_eq!(cache.rows(Kind::Message, None, 9).unwrap().iter().map(|row| &*row.id).collect::<Vec<_>>(), ["91"]);
    let hits = cache.search(&MessageSearch { text: "hi", most: 9, ..MessageSearch::default() }).unwrap();
    assert_eq!(hits.len(), 1, "they are removed from the full-text index too");
}

#[test]
fn partial_objects_update_a_row_and_do_not_complete_it() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"1","channel_id":"2","content":"b"}"#);
    assert!(cache.get(Kind::Message, None, "1").unwrap().unwrap().partial);
    let message = r#"{"id":"1","channel_id":"2","content":"a","pinned":false,"author":{"id":"5","username":"eve"}}"#;
    event_at(&mut cache, NOW, "MESSAGE_CREATE", message);
    event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"1","channel_id":"2","content":"edited text"}"#);
    let row = cache.get(Kind::Message, None, "1").unwrap().unwrap();
    assert!(!row.partial && row.json.contains("pinned") && row.json.contains("edited text"));
    let mut find = |text| cache.search(&MessageSearch { text, most: 9, ..MessageSearch::default() }).unwrap().len();
    assert_eq!((find("edited"), find("a")), (1, 0));
    assert_eq!(names(&cache, Kind::User, None, "eve", false), [5]);
    event_at(&mut cache, NOW, "MESSAGE_REACTION_ADD", r#"{"message_id":"1","channel_id":"2","emoji":{"name":"x"}}"#);
    assert!(cache.get(Kind::Message, None, "1").unwrap().unwrap().partial, "its reactions are unknown");
    event_at(&mut cache, NOW, "MESSAGE_DELETE_BULK", r#"{"ids":["1"],"channel_id":"2"}"#);
    assert_eq!(count(&cache, Kind::Message), 0);
}

#[test]
fn the_rows_of_a_member_who_leaves_are_removed() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    event_at(
        &mut cache,
        NOW,
        "GUILD_MEMBER_UPDATE",
        r#"{"guild_id":"7","nick":null,"user":{"id":"1","username":"al"}}"#,
    );
    assert!(names(&cache, Kind::Member, Some(7), "boss", false).is_empty());
    assert_eq!(names(&cache, Kind::Member, Some(7), "al", false), [1]);
    event_at(&mut cache, NOW, "GUILD_BAN_ADD", r#"{"guild_id":"7","user":{"id":"1","username":"al"}}"#);
    assert!(json(&cache, Kind::Member, Some(7), "1").is_none());
    assert!(json(&cache, Kind::VoiceState, Some(7), "1").is_none());
    assert!(json(&cache, Kind::Presence, Some(7), "1").is_none());
    assert!(cache.get(Kind::Ban, Some(7), "1").unwrap().unwrap().partial);
    event_at(&mut cache, NOW, "GUILD_BAN_REMOVE", r#"{"guild_id":"7","user":{"id":"1"}}"#);
    assert_eq!(count(&cache, Kind::Ban), 0);
}

#[test]
fn a_list_is_complete_when_all_of_its_pages_have_arrived() {
    let (_folder, mut cache) = cache();
    let roles = r#"[{"id":"7","name":"@everyone"},{"id":"8","name":"a"}]"#;
    answered(&mut cache, Effect::All(Kind::Role), &[("guild_id", "7")], roles, true);
    assert_eq!(cache.list(Kind::Role, 7, NOW).unwrap().unwrap().1.len(), 2);
    answered(&mut cache, Effect::One(Kind::Role), &[("guild_id", "7")], r#"{"id":"9","name":"b"}"#, false);
    answered(&mut cache, Effect::Deletes(Kind::Role), &[("guild_id", "7"), ("role_id", "8")], "", false);
    let roles = cache.list(Kind::Role, 7, NOW).unwrap().unwrap().1;
    assert_eq!(roles.iter().map(|role| &*role.id).collect::<Vec<_>>(), ["7", "9"], "own changes update the list");
    let page = r#"[{"user":{"id":"1","username":"a"}}]"#;
    answered(&mut cache, Effect::All(Kind::Member), &[("guild_id", "7")], page, false);
    assert!(cache.list(Kind::Member, 7, NOW).unwrap().is_none(), "one page is not the whole list");
    answered(
        &mut cache,
        Effect::Outdates(Kind::Member),
        &[("guild_id", "7"), ("user_id", "1"), ("role_id", "9")],
        "",
        false,
    );
    assert!(cache.get(Kind::Member, Some(7), "1").unwrap().unwrap().partial, "the member's roles are unknown");
}

#[test]
fn the_file_contains_no_token() {
    let (folder, mut cache) = cache();
    let webhook =
        r#"{"id":"1","guild_id":"7","channel_id":"2","name":"hook","token":"SECRET-A","url":"https://x/SECRET-A"}"#;
    answered(&mut cache, Effect::One(Kind::Webhook), &[("channel_id", "2")], webhook, false);
    answered(&mut cache, Effect::All(Kind::Webhook), &[("guild_id", "7")], &format!("[{webhook}]"), true);
    drop(cache);
    for end in ["", "-wal"] {
        let bytes = std::fs::read(folder.path().join(format!("cache.db{end}"))).unwrap_or_default();
        assert!(memchr::memmem::find(&bytes, b"SECRET").is_none());
    }
}

#[test]
fn only_a_connected_session_keeps_rows_up_to_date() {
    let (folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    let at = |cache: &Cache, now| cache.listed_at(Kind::Channel, 7, now).unwrap().unwrap();
    assert_eq!(at(&cache, NOW + 9000), NOW);
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), 1);
    apply_at(&mut cache, NOW + 1, Change::Ready(listener));
    assert_eq!(at(&cache, NOW + 9000), NOW, "it was observed before the session began");
    event_at(&mut cache, NOW + 2, "GUILD_CREATE", GUILD);
    assert_eq!(at(&cache, NOW + 9000), NOW + 9000);
    assert_eq!(cache.listed_at(Kind::Emoji, 7, NOW + 9000).unwrap(), Some(NOW + 2), "the session lacks the intent");
    assert_eq!(at(&cache, NOW + 70_000), NOW + 2, "the record is older than a minute");
    apply_at(&mut cache, NOW + 65_000, Change::Alive(listener));
    assert_eq!(at(&cache, NOW + 70_000), NOW + 70_000);
    apply_at(&mut cache, NOW + 65_001, Change::Down(listener));
    assert_eq!(at(&cache, NOW + 70_000), NOW + 2);
}

#[test]
fn policies_decide_which_rows_stay() {
    let (_folder, mut cache) = cache();
    let message =
        |id: u64, bot: bool| format!(r#"{{"id":"{id}","channel_id":"2","content":"x","author":{{"bot":{bot}}}}}"#);
    for id in 1..=10 {
        let at = NOW + i64::try_from(id).unwrap();
        event_at(&mut cache, at, "MESSAGE_CREATE", &message(id, id % 2 == 0));
    }
    cache.set_policy(Kind::Message, "lru:4".parse().unwrap()).unwrap();
    cache.used(Kind::Message, None, "1", NOW + 100).unwrap();
    assert_eq!(cache.prune(NOW + 100).unwrap(), [(Kind::Message, 6)]);
    let ids: Vec<_> = cache.rows(Kind::Message, None, 99).unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, ["1", "8", "9", "10"], "recently used messages stay");
    cache.set_policy(Kind::Message, "ttl:1s".parse().unwrap()).unwrap();
    assert_eq!(cache.prune(NOW + 1009).unwrap(), [(Kind::Message, 2)]);
    cache.set_policy(Kind::Message, "filter:.author.bot".parse().unwrap()).unwrap();
    assert_eq!(cache.prune(NOW).unwrap(), [(Kind::Message, 1)]);
    event_at(&mut cache, NOW, "MESSAGE_CREATE", &message(11, false));
    assert_eq!(count(&cache, Kind::Message), 1);
    cache.set_policy(Kind::Message, "never".parse().unwrap()).unwrap();
    event_at(&mut cache, NOW, "MESSAGE_CREATE", &message(12, true));
    assert_eq!(cache.prune(NOW).unwrap(), [(Kind::Message, 1)]);
    assert_eq!(count(&cache, Kind::Message), 0);
}

#[test]
fn settings_are_stored_and_scopes_are_separate() {
    let (folder, mut cache) = cache();
    cache.set_mode(Mode::Off).unwrap();
    cache.set_policy(Kind::Role, "ttl:1h".parse().unwrap()).unwrap();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    let other = Cache::open(folder.path(), "api other").unwrap();
    assert_eq!((other.mode(), other.policies().of(Kind::Role).to_string()), (Mode::Off, "ttl:1h".to_owned()));
    assert!(other.counts().unwrap().is_empty());
    assert!(cache.clear(None, NOW).unwrap() > 5);
    assert_eq!(Cache::open(folder.path(), "api token").unwrap().mode(), Mode::Off);
}

#[test]
fn searches_can_be_narrowed_and_invalid_ones_are_errors() {
    let (_folder, mut cache) = cache();
    for (id, channel, author) in [(1, 2, 5), (2, 3, 5), (3, 2, 6)] {
        let message = format!(
            r#"{{"id":"{id}","channel_id":"{channel}","guild_id":"7","content":"Hello world","author":{{"id":"{author}"}}}}"#
        );
        event_at(&mut cache, NOW, "MESSAGE_CREATE", &message);
    }
    let all = MessageSearch { text: "hello", most: 9, ..MessageSearch::default() };
    let mut ids = |search: &MessageSearch<'_>| -> Vec<String> {
        let hits = cache.search(search).unwrap();
        hits.iter()
            .map(|hit| serde_json::from_str::<Value>(&hit.json).unwrap()["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&all), ["3", "2", "1"]);
    assert_eq!(ids(&MessageSearch { channel: Some(2), ..all }), ["3", "1"]);
    assert_eq!(ids(&MessageSearch { author: Some(5), ..all }), ["2", "1"]);
    assert_eq!(ids(&MessageSearch { after: Some(1), before: Some(3), ..all }), ["2"]);
    assert_eq!(ids(&MessageSearch { most: 1, ..all }), ["3"]);
    assert!(matches!(cache.search(&MessageSearch { text: "\"open", ..all }), Err(Error::Search { .. })));
}

#[test]
fn events_of_a_shard_are_written_by_the_thread() {
    let (folder, cache) = cache();
    let warn = Box::new(|error: &Error| panic!("{error}"));
    let options = writer::Options { intents: 1, clock: Clock::system(), effects: |_| &[], warn };
    let writer = Writer::start(cache, options).unwrap();
    let mut shard = writer.shard((0, 1));
    let start = Instant::now();
    shard.event(b"READY", br#"{"user":{"id":"9","username":"me"}}"#, start, || NOW);
    shard.event(b"GUILD_CREATE", GUILD.as_bytes(), start, || NOW);
    shard.event(b"TYPING_START", b"{}", start, || NOW);
    shard.event(b"CHANNEL_DELETE", br#"{"id":"73"}"#, start, || NOW);
    shard.event(b"CHANNEL_CREATE", b"not JSON", start, || NOW);
    drop(shard);
    drop(writer);
    let cache = Cache::open(folder.path(), "api token").unwrap();
    assert_eq!(names(&cache, Kind::User, None, "me", false), [9]);
    assert_eq!(cache.list(Kind::Channel, 7, NOW + 9).unwrap().unwrap().0, NOW, "no listener is left");
    assert_eq!(count(&cache, Kind::Channel), 1);
}

#[test]
fn a_file_whose_damage_is_found_while_writing_is_replaced() {
    let (folder, mut cache) = cache();
    for id in 0..300 {
        let message = format!(r#"{{"id":"{id}","channel_id":"2","content":"{}"}}"#, "x".repeat(300));
        event_at(&mut cache, NOW, "MESSAGE_CREATE", &message);
    }
    cache.connection().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(cache);
    let file = folder.path().join("cache.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // Damages all pages except the first ones, which contain the schema.
    bytes[20 * 4096..].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let mut cache = Cache::open(folder.path(), "api token").unwrap();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    assert!(cache.rebuilt().is_some());
    assert_eq!(count(&cache, Kind::Channel), 2);
}
