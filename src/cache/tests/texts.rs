//! The full-text index always returns the current content of messages, whenever it was updated.

use super::*;

fn found(cache: &mut Cache, text: &str) -> Vec<String> {
    let hits = cache.search(&MessageSearch { text, most: 99, ..MessageSearch::default() }).unwrap();
    let id = |hit: &SearchHit| serde_json::from_str::<Value>(&hit.json).unwrap()["id"].as_str().unwrap().to_owned();
    hits.iter().map(id).collect()
}

fn say(cache: &mut Cache, id: u64, content: &str) {
    let message = format!(r#"{{"id":"{id}","channel_id":"72","guild_id":"7","content":"{content}"}}"#);
    event_at(cache, NOW, "MESSAGE_CREATE", &message);
}

fn last_row(cache: &Cache) -> Option<i64> {
    cache.connection().query_row("SELECT max(rowid) FROM entity", [], |row| row.get(0)).unwrap()
}

/// Changes and deletes messages by events and by responses.
fn change(cache: &mut Cache) {
    event_at(cache, NOW, "MESSAGE_UPDATE", r#"{"id":"1","channel_id":"72","content":"apple"}"#);
    let edited = r#"{"id":"2","channel_id":"72","content":"apricot"}"#;
    answered(cache, Effect::One(Kind::Message), &[("channel_id", "72"), ("message_id", "2")], edited, false);
    event_at(cache, NOW, "MESSAGE_UPDATE", r#"{"id":"3","channel_id":"72","content":""}"#);
    event_at(cache, NOW, "MESSAGE_DELETE", r#"{"id":"4","channel_id":"72"}"#);
    answered(cache, Effect::Deletes(Kind::Message), &[("channel_id", "72"), ("message_id", "5")], "", false);
    event_at(cache, NOW, "MESSAGE_DELETE_BULK", r#"{"ids":["6","7"],"channel_id":"72"}"#);
    let bulk = Answer {
        effects: &[Effect::DeletesEach(Kind::Message, "messages")],
        segment: &|_| None,
        me: None,
        items: None,
        body: b"",
        complete: false,
        deleted: &[8, 9],
    };
    cache.apply(Observation::answer(NOW), LATEST, &answer::changes(&bulk).unwrap()).unwrap();
}

fn check(cache: &mut Cache) {
    assert_eq!(found(cache, "apple"), ["1"]);
    assert_eq!(found(cache, "apricot"), ["2"]);
    assert_eq!(found(cache, "before"), ["10"], "the old content of edited and deleted messages is not found");
}

#[test]
fn messages_are_found_by_their_current_content_and_not_after_their_deletion() {
    // This many of the ten messages are in the index when they change.
    for indexed in [0, 1, 4, 7, 10] {
        let (_folder, mut cache) = cache();
        for id in 1..=10 {
            say(&mut cache, id, "before");
            if id == indexed {
                assert_eq!(found(&mut cache, "before").len() as u64, indexed);
            }
        }
        change(&mut cache);
        check(&mut cache);
        // All of them are in the index now.
        change(&mut cache);
        check(&mut cache);
    }
}

#[test]
fn a_message_that_reuses_the_row_of_a_deleted_one_is_found_only_by_its_own_content() {
    for (first_indexed, second_indexed) in [(false, false), (false, true), (true, false), (true, true)] {
        let (_folder, mut cache) = cache();
        say(&mut cache, 1, "stays");
        say(&mut cache, 2, "first");
        if first_indexed {
            assert_eq!(found(&mut cache, "first"), ["2"]);
        }
        let row = last_row(&cache).unwrap();
        event_at(&mut cache, NOW, "MESSAGE_DELETE", r#"{"id":"2","channel_id":"72"}"#);
        say(&mut cache, 3, "second");
        // SQLite may reuse a row number, but not that of a row in the index.
        assert_eq!(last_row(&cache).unwrap() == row, !first_indexed);
        if second_indexed {
            assert_eq!(found(&mut cache, "second"), ["3"]);
        }
        event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"3","channel_id":"72","content":"third"}"#);
        for (text, ids) in [("first", &[][..]), ("second", &[]), ("third", &["3"]), ("stays", &["1"])] {
            assert_eq!(found(&mut cache, text), ids, "{text}");
        }
    }
}

#[test]
fn a_cleared_cache_finds_only_later_messages() {
    for indexed in [false, true] {
        let (_folder, mut cache) = cache();
        say(&mut cache, 1, "before");
        say(&mut cache, 2, "before");
        if indexed {
            assert_eq!(found(&mut cache, "before"), ["2", "1"]);
        }
        assert_eq!(cache.clear(Some(Kind::Message), NOW).unwrap(), 2);
        assert!(found(&mut cache, "before").is_empty());
        say(&mut cache, 3, "after");
        assert_eq!((found(&mut cache, "after"), found(&mut cache, "before").len()), (vec!["3".to_owned()], 0));
    }
}

#[test]
fn one_search_indexes_more_messages_than_fit_into_a_transaction() {
    let (_folder, mut cache) = cache();
    let messages: Vec<String> =
        (1..=4500).map(|id| format!(r#"{{"id":"{id}","channel_id":"72","content":"word number{id}"}}"#)).collect();
    let changes: Vec<Change<'_>> =
        messages.iter().flat_map(|json| event::changes("MESSAGE_CREATE", json).unwrap()).collect();
    cache.apply(Observation::event(NOW), LATEST, &changes).unwrap();
    assert_eq!(found(&mut cache, "number4500"), ["4500"]);
    assert_eq!(found(&mut cache, "number1"), ["1"]);
}

#[test]
fn a_message_that_no_longer_passes_the_filter_is_not_found() {
    let (_folder, mut cache) = cache();
    cache.set_policy(Kind::Message, "filter:.pinned".parse().unwrap()).unwrap();
    for id in ["1", "2"] {
        let message = format!(r#"{{"id":"{id}","channel_id":"72","content":"pinned","pinned":true}}"#);
        event_at(&mut cache, NOW, "MESSAGE_CREATE", &message);
    }
    assert_eq!(found(&mut cache, "pinned"), ["2", "1"]);
    event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"1","channel_id":"72","pinned":false}"#);
    let read = r#"{"id":"2","channel_id":"72","content":"unpinned","pinned":false}"#;
    answered(&mut cache, Effect::One(Kind::Message), &[("channel_id", "72"), ("message_id", "2")], read, false);
    assert!(found(&mut cache, "pinned").is_empty());
    assert_eq!(count(&cache, Kind::Message), 0, "messages that do not pass the filter are removed");
}
