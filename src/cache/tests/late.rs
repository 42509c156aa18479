//! Late responses and events. Later observations stay, and deleted objects stay deleted.

use super::tombstone::TOMBSTONE_TTL_MS;
use super::*;

fn message(cache: &Cache) -> Option<Value> {
    json(cache, Kind::Message, None, "90")
}

fn json_of(content: &str, edited: &str) -> String {
    format!(
        r#"{{"id":"90","channel_id":"72","content":"{content}","edited_timestamp":{edited},
        "author":{{"id":"1","username":"alice"}}}}"#
    )
}

/// A response to a request that was sent at this time.
fn answer(cache: &mut Cache, sent: i64, content: &str) {
    answered_at(cache, sent, Effect::One(Kind::Message), &[("channel_id", "72")], &json_of(content, "null"), false);
}

fn content(cache: &Cache) -> String {
    message(cache).unwrap()["content"].as_str().unwrap().to_owned()
}

#[test]
fn an_answer_does_not_overwrite_an_event_that_arrived_after_its_request() {
    let (_folder, mut cache) = cache();
    let channel = |name: &str| format!(r#"{{"id":"72","guild_id":"7","type":0,"name":"{name}"}}"#);
    let get = |cache: &mut Cache, sent: i64, name: &str| {
        answered_at(cache, sent, Effect::One(Kind::Channel), &[("channel_id", "72")], &channel(name), false);
    };
    event_at(&mut cache, NOW + 5, "CHANNEL_UPDATE", &channel("new"));
    get(&mut cache, NOW + 4, "old");
    assert_eq!(names(&cache, Kind::Channel, Some(7), "new", false), [72]);
    get(&mut cache, NOW + 5, "newer");
    assert_eq!(names(&cache, Kind::Channel, Some(7), "newer", false), [72]);
    event_at(&mut cache, NOW + 4, "CHANNEL_UPDATE", &channel("old"));
    assert_eq!(
        names(&cache, Kind::Channel, Some(7), "newer", false),
        [72],
        "a late event of another listener does not either"
    );
    // An object that would be merged is ignored too.
    event_at(&mut cache, NOW + 4, "CHANNEL_UPDATE", r#"{"id":"72","guild_id":"7","type":0,"name":"old","topic":"x"}"#);
    assert_eq!(json(&cache, Kind::Channel, None, "72").unwrap().get("topic"), None);
}

#[test]
fn the_later_edit_of_a_message_stays_in_whatever_order_they_arrive() {
    let (first, second) = (r#""2026-11-27T10:00:00+00:00""#, r#""2026-11-27T10:00:00.250000+00:00""#);
    for (newer, older) in [(second, first), (second, "null"), (first, "null")] {
        let (_folder, mut cache) = cache();
        event_at(&mut cache, NOW, "MESSAGE_UPDATE", &json_of("newer", newer));
        event_at(&mut cache, NOW + 1, "MESSAGE_CREATE", &json_of("older", older));
        assert_eq!(content(&cache), "newer");
        event_at(&mut cache, NOW + 1, "MESSAGE_UPDATE", &json_of("older", older));
        assert_eq!(content(&cache), "newer");
    }
    // The response to an edit is newer than an event that arrived after its request.
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW + 1, "MESSAGE_CREATE", &json_of("older", "null"));
    event_at(&mut cache, NOW + 2, "MESSAGE_REACTION_ADD", r#"{"message_id":"90","channel_id":"72"}"#);
    let edited = json_of("newer", first);
    answered(&mut cache, Effect::One(Kind::Message), &[("channel_id", "72")], &edited, false);
    assert_eq!(content(&cache), "newer");
    let row = cache.get(Kind::Message, None, "90").unwrap().unwrap();
    assert!(row.partial, "its reactions are unknown");
}

#[test]
fn an_answer_from_before_an_unknown_change_does_not_complete_a_row() {
    let (_folder, mut cache) = cache();
    let partial = |cache: &Cache| cache.get(Kind::Message, None, "90").unwrap().unwrap().partial;
    event_at(&mut cache, NOW, "MESSAGE_CREATE", &json_of("a", "null"));
    event_at(&mut cache, NOW + 5, "MESSAGE_REACTION_ADD", r#"{"message_id":"90","channel_id":"72"}"#);
    answer(&mut cache, NOW + 4, "a");
    assert!(partial(&cache));
    answer(&mut cache, NOW + 6, "a");
    assert!(!partial(&cache));
    event_at(&mut cache, NOW + 5, "MESSAGE_REACTION_ADD", r#"{"message_id":"90","channel_id":"72"}"#);
    assert!(!partial(&cache), "the answer contains the reaction");
}

#[test]
fn a_deleted_message_does_not_reappear() {
    for bulk in [false, true] {
        let (_folder, mut cache) = cache();
        answer(&mut cache, NOW, "a");
        let (name, ids) =
            if bulk { ("MESSAGE_DELETE_BULK", r#""ids":["90"]"#) } else { ("MESSAGE_DELETE", r#""id":"90""#) };
        event_at(&mut cache, NOW + 5, name, &format!(r#"{{{ids},"channel_id":"72"}}"#));
        answer(&mut cache, NOW + 4, "a");
        assert!(message(&cache).is_none(), "an answer to an earlier request");
        let page = format!("[{}]", json_of("a", "null"));
        answered_at(&mut cache, NOW + 4, Effect::History, &[("channel_id", "72")], &page, true);
        assert!(message(&cache).is_none(), "a page of a list that was requested earlier");
        for event in ["MESSAGE_CREATE", "MESSAGE_UPDATE"] {
            event_at(&mut cache, NOW + 6, event, &json_of("a", "null"));
            assert!(message(&cache).is_none(), "a late event of another listener");
        }
        answer(&mut cache, NOW + 6, "a");
        assert!(message(&cache).is_some(), "an answer to a later request");
    }
}

#[test]
fn the_contents_of_a_deleted_channel_or_server_do_not_reappear() {
    for (event, data) in
        [("CHANNEL_DELETE", r#"{"id":"72","guild_id":"7","type":0}"#), ("GUILD_DELETE", r#"{"id":"7"}"#)]
    {
        let (_folder, mut cache) = cache();
        event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
        event_at(&mut cache, NOW + 5, event, data);
        answer(&mut cache, NOW + 4, "answers do not contain the server's id");
        assert!(message(&cache).is_none(), "{event}");
        let list = format!("[{}]", json_of("a", "null"));
        answered_at(&mut cache, NOW + 4, Effect::History, &[("channel_id", "72")], &list, true);
        assert!(cache.messages(72).unwrap().is_none(), "{event}: there is no empty list either");
        let thread = r#"{"id":"74","guild_id":"7","parent_id":"72","type":11,"name":"plans"}"#;
        answered_at(&mut cache, NOW + 4, Effect::One(Kind::Channel), &[("channel_id", "74")], thread, false);
        assert!(json(&cache, Kind::Thread, None, "74").is_none(), "{event}");
        answer(&mut cache, NOW + 4, &"in the thread".replace("72", "74"));
        let in_thread = r#"{"id":"91","channel_id":"74","content":"x"}"#;
        answered_at(&mut cache, NOW + 4, Effect::One(Kind::Message), &[("channel_id", "74")], in_thread, false);
        assert!(json(&cache, Kind::Message, None, "91").is_none(), "{event}");
    }
    // The bot joins the server again.
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "GUILD_CREATE", GUILD);
    event_at(&mut cache, NOW + 5, "GUILD_DELETE", r#"{"id":"7"}"#);
    let roles = r#"[{"id":"7","name":"@everyone"}]"#;
    answered_at(&mut cache, NOW + 4, Effect::All(Kind::Role), &[("guild_id", "7")], roles, true);
    assert!(cache.list(Kind::Role, 7, NOW + 9).unwrap().is_none());
    assert_eq!(count(&cache, Kind::Role), 0);
    event_at(&mut cache, NOW + 6, "GUILD_CREATE", GUILD);
    assert_eq!((count(&cache, Kind::Channel), count(&cache, Kind::Thread)), (2, 1));
    assert_eq!(cache.list(Kind::Role, 7, NOW + 9).unwrap().unwrap().1.len(), 2);
    event_at(&mut cache, NOW + 7, "MESSAGE_CREATE", &json_of("hello again", "null"));
    assert_eq!(content(&cache), "hello again");
}

#[test]
fn members_and_bans_reappear_if_they_are_created_again() {
    let (_folder, mut cache) = cache();
    let user = r#"{"guild_id":"7","user":{"id":"1","username":"al"}}"#;
    let member = r#"{"guild_id":"7","user":{"id":"1","username":"al"},"roles":[]}"#;
    let has = |cache: &Cache, kind| json(cache, kind, Some(7), "1").is_some();
    let listed = |cache: &mut Cache, sent: i64| {
        answered_at(cache, sent, Effect::Several(Kind::Member), &[("guild_id", "7")], &format!("[{member}]"), false);
    };
    event_at(&mut cache, NOW, "GUILD_MEMBER_ADD", member);
    event_at(&mut cache, NOW + 5, "GUILD_BAN_ADD", user);
    assert!(!has(&cache, Kind::Member) && has(&cache, Kind::Ban));
    listed(&mut cache, NOW + 4);
    let message = r#"{"id":"90","channel_id":"72","guild_id":"7","author":{"id":"1","username":"al"},
        "member":{"roles":[]}}"#;
    event_at(&mut cache, NOW + 4, "MESSAGE_CREATE", message);
    assert!(!has(&cache, Kind::Member), "neither an earlier list nor a message restores the member");
    // Events in the same millisecond are applied in order.
    event_at(&mut cache, NOW + 6, "GUILD_BAN_REMOVE", user);
    event_at(&mut cache, NOW + 6, "GUILD_BAN_ADD", user);
    assert!(has(&cache, Kind::Ban));
    event_at(&mut cache, NOW + 6, "GUILD_BAN_REMOVE", user);
    event_at(&mut cache, NOW + 6, "GUILD_MEMBER_ADD", member);
    assert!(has(&cache, Kind::Member) && !has(&cache, Kind::Ban));
    // The response to a deletion that was requested before the member joined again is late.
    answered_at(&mut cache, NOW + 5, Effect::Deletes(Kind::Member), &[("guild_id", "7"), ("user_id", "1")], "", false);
    assert!(has(&cache, Kind::Member));
    answered_at(&mut cache, NOW + 7, Effect::Deletes(Kind::Member), &[("guild_id", "7"), ("user_id", "1")], "", false);
    assert!(!has(&cache, Kind::Member));
    listed(&mut cache, NOW + 8);
    assert!(has(&cache, Kind::Member));
}

#[test]
fn a_list_that_is_older_than_a_change_to_it_is_not_complete() {
    let (_folder, mut cache) = cache();
    let hooks = |cache: &mut Cache, sent: i64| {
        let list = r#"[{"id":"1","guild_id":"7","channel_id":"2","name":"hook"}]"#;
        answered_at(cache, sent, Effect::All(Kind::Webhook), &[("guild_id", "7")], list, true);
    };
    let at = |cache: &Cache| cache.listed_at(Kind::Webhook, 7, NOW + 9).unwrap();
    event_at(&mut cache, NOW + 5, "WEBHOOKS_UPDATE", r#"{"guild_id":"7","channel_id":"2"}"#);
    hooks(&mut cache, NOW + 4);
    assert_eq!(at(&cache), None);
    hooks(&mut cache, NOW + 8);
    hooks(&mut cache, NOW + 6);
    assert_eq!(at(&cache), Some(NOW + 8), "an older list does not replace a newer one");
    // An earlier response contains an object that the list lacks, so one of them is wrong.
    let hook = r#"{"id":"2","guild_id":"7","channel_id":"2","name":"another"}"#;
    answered_at(&mut cache, NOW + 7, Effect::One(Kind::Webhook), &[("channel_id", "2")], hook, false);
    assert_eq!(at(&cache), None);
}

#[test]
fn a_list_whose_rows_are_removed_while_it_is_read_is_not_complete() {
    let (_folder, mut cache) = cache();
    let page = |cache: &mut Cache, id: &str, complete| {
        let page = format!(r#"[{{"id":"{id}","channel_id":"72","content":"x"}}]"#);
        answered(cache, Effect::History, &[("channel_id", "72")], &page, complete);
    };
    page(&mut cache, "91", false);
    page(&mut cache, "90", true);
    assert_eq!(cache.messages(72).unwrap().unwrap().1.len(), 2);
    page(&mut cache, "91", false);
    assert_eq!(cache.clear(Some(Kind::Message), NOW + 5).unwrap(), 2);
    page(&mut cache, "90", true);
    assert!(cache.messages(72).unwrap().is_none());
    cache.set_policy(Kind::Message, "lru:1".parse().unwrap()).unwrap();
    page(&mut cache, "91", false);
    cache.prune(NOW + 9).unwrap();
    page(&mut cache, "90", true);
    assert!(cache.messages(72).unwrap().is_none());
}

#[test]
fn tombstones_are_removed_after_an_hour_when_the_inbox_of_their_token_is_imported() {
    let (folder, mut cache) = cache();
    event_at(&mut cache, NOW, "MESSAGE_DELETE", r#"{"id":"90","channel_id":"72"}"#);
    let count = || -> i64 {
        let file = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
        file.query_row("SELECT count(*) FROM tombstone", [], |row| row.get(0)).unwrap()
    };
    // Neither pruning nor a process with another token imports this token's inbox.
    let later = NOW + TOMBSTONE_TTL_MS + 1;
    for (mut cache, now) in [(Cache::open(folder.path(), "api other").unwrap(), later), (cache, later - 1)] {
        let inbox = cache.inbox(folder.path());
        cache.import_inbox(&inbox, |_| &[], now).unwrap();
        cache.prune(now).unwrap();
        assert_eq!(count(), 1);
    }
    let mut cache = Cache::open(folder.path(), "api token").unwrap();
    let inbox = cache.inbox(folder.path());
    cache.import_inbox(&inbox, |_| &[], later + 3600 * 1000).unwrap();
    assert_eq!(count(), 0);
}

#[test]
fn times_from_before_the_clock_was_set_back_do_not_block_changes() {
    const HOUR: i64 = 3600 * 1000;
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW + HOUR, "MESSAGE_CREATE", &json_of("old", "null"));
    event_at(&mut cache, NOW + HOUR, "MESSAGE_DELETE", r#"{"id":"91","channel_id":"72"}"#);
    event_at(&mut cache, NOW + HOUR, "WEBHOOKS_UPDATE", r#"{"guild_id":"7","channel_id":"2"}"#);
    // The clock is set back by an hour.
    answer(&mut cache, NOW, "new");
    assert_eq!(content(&cache), "new");
    event_at(&mut cache, NOW, "MESSAGE_CREATE", r#"{"id":"91","channel_id":"72","content":"x"}"#);
    assert!(json(&cache, Kind::Message, None, "91").is_some());
    let hooks = r#"[{"id":"1","guild_id":"7","channel_id":"2","name":"hook"}]"#;
    answered(&mut cache, Effect::All(Kind::Webhook), &[("guild_id", "7")], hooks, true);
    assert_eq!(cache.listed_at(Kind::Webhook, 7, NOW).unwrap(), Some(NOW));
    // A time in the future is not fresh, and a policy does not keep such a row longer.
    assert!(!is_fresh(NOW + HOUR, NOW, i64::MAX) && is_fresh(NOW, NOW, 0) && !is_fresh(NOW - 1, NOW, 0));
    event_at(&mut cache, NOW + HOUR, "MESSAGE_CREATE", r#"{"id":"92","channel_id":"72","content":"x"}"#);
    cache.prune(NOW + 1).unwrap();
    assert!(json(&cache, Kind::Message, None, "92").is_none());
    // The next list replaces a listing in the future.
    answered_at(&mut cache, NOW + HOUR, Effect::All(Kind::Webhook), &[("guild_id", "7")], hooks, true);
    answered_at(&mut cache, NOW + 2, Effect::All(Kind::Webhook), &[("guild_id", "7")], "[]", true);
    assert_eq!(cache.list(Kind::Webhook, 7, NOW + 9).unwrap().unwrap(), (NOW + 2, vec![]));
}

#[test]
fn a_server_is_consistent_in_whatever_order_its_events_arrive() {
    for times in [[0, 5, 3], [0, 3, 5], [5, 3, 0], [5, 3, 4], [3, 5, 5]] {
        for now in 0..=6 {
            let (_folder, mut cache) = cache();
            for (nth, at) in times.into_iter().enumerate() {
                let guild = GUILD.replace("My Guild", &nth.to_string()).replace("General", &nth.to_string());
                let changes = event::changes("GUILD_CREATE", &guild).unwrap();
                // The clock may be set back between two events.
                cache.apply(Observation::event(NOW + at), NOW + now.max(at), &changes).unwrap();
                let counts = [Kind::Guild, Kind::Channel, Kind::Role, Kind::Thread].map(|kind| count(&cache, kind));
                assert_eq!(counts, [1, 2, 2, 1], "{times:?} {now} {nth}");
                let names = [Kind::Guild, Kind::Channel].map(|kind| {
                    let id = if kind == Kind::Guild { "7" } else { "72" };
                    json(&cache, kind, None, id).unwrap()["name"].clone()
                });
                assert_eq!(names[0], names[1], "{times:?} {now} {nth}");
            }
        }
    }
}

#[test]
fn a_session_without_message_content_neither_empties_nor_completes_a_message() {
    let withheld = |nonce: &str| {
        format!(
            r#"{{"id":"90","channel_id":"72","type":0,"content":"","embeds":[],"attachments":[],"components":[],
            "edited_timestamp":null,"pinned":false,"nonce":"{nonce}"}}"#
        )
    };
    let (_folder, mut cache) = cache();
    let row = |cache: &Cache| cache.get(Kind::Message, None, "90").unwrap().unwrap();
    event_at(&mut cache, NOW, "MESSAGE_CREATE", &withheld("a"));
    assert!(row(&cache).partial && message(&cache).unwrap().get("content").is_none());
    answer(&mut cache, NOW + 1, "known");
    assert!(!row(&cache).partial);
    // Another listener receives the same message, and a change to it.
    event_at(&mut cache, NOW + 2, "MESSAGE_CREATE", &withheld("b"));
    assert!(!row(&cache).partial);
    assert_eq!((content(&cache), message(&cache).unwrap()["nonce"].clone()), ("known".to_owned(), "b".into()));
    event_at(&mut cache, NOW + 3, "MESSAGE_UPDATE", &withheld("c"));
    assert!(row(&cache).partial, "its current content is unknown");
    assert_eq!(content(&cache), "known");
    // A message with stickers instead of content is complete, and so is a message of another type.
    for (id, more) in [("91", r#""type":0,"sticker_items":[{}]"#), ("92", r#""type":7"#)] {
        let message = format!(r#"{{"id":"{id}","channel_id":"72","content":"",{more}}}"#);
        event_at(&mut cache, NOW, "MESSAGE_CREATE", &message);
        assert!(!cache.get(Kind::Message, None, id).unwrap().unwrap().partial, "{id}");
    }
}
