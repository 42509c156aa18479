//! The resources that behave as Discord's: what they answer, what they refuse, what they send.

use serde_json::{Value, json};

use super::bench::{Bench, NOW_MS, ids, one};
use crate::model::Snowflake;
use crate::sandbox::seed;

#[test]
fn a_message_answers_without_its_server_and_its_event_has_it() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let done = bench.run("message send", &[&channel], json!({"content": "hi"}));
    assert_eq!((done.status, &done.json["content"]), (200, &json!("hi")));
    assert!(done.json.get("guild_id").is_none() && done.json.get("member").is_none());
    let event = done.event("MESSAGE_CREATE");
    assert_eq!(event["guild_id"], json!(bench.guild));
    assert!(event["member"]["joined_at"].is_string() && event["member"].get("user").is_none());
}

#[test]
fn a_nonce_that_is_enforced_gives_the_first_message_again_for_some_minutes() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let body = json!({"content": "hi", "nonce": "n1", "enforce_nonce": true});
    let first = bench.run("message send", &[&channel], body.clone());
    let again = bench.run("message send", &[&channel], body.clone());
    assert_eq!((first.id(), again.events.len()), (again.id(), 0));
    let free = bench.run("message send", &[&channel], json!({"content": "hi", "nonce": "n1"}));
    assert_ne!(free.id(), first.id());
    bench.state.now_ms += 6 * 60_000;
    assert_ne!(bench.run("message send", &[&channel], body).id(), first.id());
}

#[test]
fn messages_are_refused_with_discords_codes() {
    let mut bench = Bench::new();
    let (channel, forum) = (bench.channel.clone(), bench.seeded(4));
    let user = bench.user.clone();
    let theirs = bench.hear(&user, "theirs");
    let mine = bench.say("mine");
    let long = json!({"description": "x".repeat(3001)});
    let reply = |id: &str| json!({"content": "x", "message_reference": {"message_id": id}});
    for (command, path, body, status, code) in [
        ("message send", vec![&*channel], json!({"content": "   "}), 400, 50006),
        ("message send", vec![&*forum], json!({"content": "x"}), 400, 50008),
        ("message send", vec!["1"], json!({"content": "x"}), 404, 10003),
        ("message send", vec![&*channel], json!({"embeds": [long, long]}), 400, 50035),
        ("message send", vec![&*channel], reply("1"), 400, 50035),
        ("message edit", vec![&*channel, &*theirs], json!({"content": "x"}), 403, 50005),
        ("message edit", vec![&*channel, &*mine], json!({"content": ""}), 400, 50006),
        ("message delete", vec![&*channel, "1"], Value::Null, 404, 10008),
        ("message crosspost", vec![&*channel, &*mine], Value::Null, 400, 50024),
        ("message bulk-delete", vec![&*channel], json!({"messages": [mine, mine]}), 400, 50035),
        ("message bulk-delete", vec![&*channel], json!({"messages": ["1", mine]}), 400, 50034),
        ("reaction add", vec![&*channel, &*mine, "tada"], Value::Null, 404, 10014),
        ("reaction add", vec![&*channel, &*mine, "blob:1"], Value::Null, 404, 10014),
        ("thread join", vec![&*channel], Value::Null, 400, 50024),
    ] {
        let done = bench.run(command, &path, body);
        assert_eq!((done.status, done.code), (status, code), "{command} {path:?}: {}", done.json);
    }
}

#[test]
fn replies_forwards_and_mentions_are_shown() {
    let mut bench = Bench::new();
    let (channel, user) = (bench.channel.clone(), bench.user.clone());
    let first = bench.hear(&user, "first");
    let reference = |kind: u64| json!({"content": "x", "message_reference": {"type": kind, "message_id": first, "channel_id": channel}});
    let reply = bench.run("message send", &[&channel], reference(0)).json;
    assert_eq!((&reply["type"], &reply["referenced_message"]["content"]), (&json!(19), &json!("first")));
    let forward = bench.run("message send", &[&channel], reference(1)).json;
    assert_eq!(forward["message_snapshots"][0]["message"]["content"], json!("first"));
    let lenient = json!({"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": false}});
    assert_eq!(bench.run("message send", &[&channel], lenient).json["type"], json!(0));
    let text = format!("<@{user}> and @everyone");
    for (allowed, users, everyone) in [
        (Value::Null, 1, true),
        (json!({"parse": []}), 0, false),
        (json!({"parse": ["users"]}), 1, false),
        (json!({"users": [user]}), 1, false),
        (json!({"parse": ["everyone"]}), 0, true),
    ] {
        let body = json!({"content": text, "allowed_mentions": allowed});
        let sent = bench.run("message send", &[&channel], body).json;
        let count = sent["mentions"].as_array().unwrap().len();
        assert_eq!((count, &sent["mention_everyone"]), (users, &json!(everyone)), "{allowed}");
    }
}

#[test]
fn messages_are_changed_deleted_and_published_with_their_events() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let id = bench.say("one");
    let edited = bench.run("message edit", &[&channel, &id], json!({"content": "two"}));
    assert_eq!(edited.event("MESSAGE_UPDATE")["content"], json!("two"));
    assert!(edited.json["edited_timestamp"].is_string());
    let deleted = bench.run("message delete", &[&channel, &id], Value::Null);
    assert_eq!(deleted.status, 204);
    let event = json!({"id": id, "channel_id": channel, "guild_id": bench.guild});
    assert_eq!(deleted.event("MESSAGE_DELETE"), &event);
    let two = json!([bench.say("a"), bench.say("b"), Snowflake::at(NOW_MS).to_string()]);
    let bulk = bench.run("message bulk-delete", &[&channel], json!({"messages": two}));
    assert_eq!(bulk.event("MESSAGE_DELETE_BULK")["ids"].as_array().unwrap().len(), 2);
    let news = bench.seeded(2);
    let id = bench.run("message send", &[&news], one("content", "news")).id();
    let published = bench.run("message crosspost", &[&news, &id], Value::Null);
    assert_eq!(published.json["flags"], json!(1));
    assert_eq!(bench.run("message crosspost", &[&news, &id], Value::Null).code, 40033);
}

#[test]
fn lists_of_messages_are_newest_first_whatever_the_cursor() {
    let mut bench = Bench::with("messages=200");
    let channel = bench.channel.clone();
    let page = bench.get("message list", &[&channel], &[]);
    let newest = ids(&page.json);
    assert_eq!(newest.len(), 50);
    assert!(newest.is_sorted_by(|a, b| a > b));
    let next = ids(&bench.get("message list", &[&channel], &[("before", &newest[49]), ("limit", "100")]).json);
    assert_eq!(next.len(), 100);
    assert!(next[0] < newest[49]);
    let after = ids(&bench.get("message list", &[&channel], &[("after", &newest[10]), ("limit", "3")]).json);
    assert_eq!(after, &newest[7..10]);
    let around = ids(&bench.get("message list", &[&channel], &[("around", &newest[10]), ("limit", "5")]).json);
    assert_eq!(around, &newest[8..13]);
}

#[test]
fn search_finds_by_text_author_and_what_a_message_has() {
    let mut bench = Bench::new();
    let (guild, user) = (bench.guild.clone(), bench.user.clone());
    bench.hear(&user, "the green build");
    bench.say("a Green light at https://example.org/x");
    bench.say("nothing");
    let me = seed::BOT.to_string();
    for (query, total) in [
        (vec![("content", "green")], 2),
        (vec![("content", "green build")], 1),
        (vec![("author_id", &*me)], 2),
        (vec![("author_id", &*me), ("content", "green")], 1),
        (vec![("has", "link")], 1),
        (vec![("has", "-link"), ("content", "green")], 1),
        (vec![("link_hostname", "example.org")], 1),
        (vec![("author_type", "user")], 1),
        (vec![("pinned", "true")], 0),
        (vec![("content", "red")], 0),
    ] {
        let found = bench.get("message search", &[&guild], &query).json;
        assert_eq!(found["total_results"], json!(total), "{query:?}");
        assert_eq!(found["messages"].as_array().unwrap().len(), total);
    }
    let page = bench.get("message search", &[&guild], &[("limit", "1"), ("offset", "1"), ("sort_order", "asc")]).json;
    assert_eq!(page["messages"][0][0]["content"], json!("a Green light at https://example.org/x"));
}

#[test]
fn reactions_are_counted_listed_and_taken_back() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let id = bench.say("react");
    let blob = format!("blob:{}", seed::id_of_emoji(0));
    for emoji in ["👍", &blob] {
        let added = bench.run("reaction add", &[&channel, &id, emoji], Value::Null);
        assert_eq!((added.status, added.names()), (204, vec!["MESSAGE_REACTION_ADD"]));
        let event = added.event("MESSAGE_REACTION_ADD");
        assert!(event["member"]["user"]["id"].is_string() && event["emoji"]["name"].is_string());
        let again = bench.run("reaction add", &[&channel, &id, emoji], Value::Null);
        assert!(again.events.is_empty(), "reacting twice is no change");
    }
    let message = bench.get("message get", &[&channel, &id], &[]).json;
    assert_eq!((&message["reactions"][0]["count"], &message["reactions"][0]["me"]), (&json!(1), &json!(true)));
    let listed = bench.get("reaction list", &[&channel, &id, "👍"], &[]).json;
    assert_eq!(ids(&listed), [seed::BOT.to_string()]);
    let removed = bench.run("reaction remove", &[&channel, &id, "👍"], Value::Null);
    assert_eq!(removed.names(), ["MESSAGE_REACTION_REMOVE"]);
    let cleared = bench.run("reaction clear", &[&channel, &id], Value::Null);
    assert_eq!(cleared.names(), ["MESSAGE_REACTION_REMOVE_ALL"]);
    assert!(bench.get("message get", &[&channel, &id], &[]).json.get("reactions").is_none());
}

#[test]
fn pins_are_listed_newest_first_a_page_at_a_time() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let messages: Vec<String> = (0..3).map(|n| bench.say(&n.to_string())).collect();
    for id in &messages {
        let pinned = bench.run("pin add", &[&channel, id], Value::Null);
        assert_eq!(pinned.names()[..2], ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"]);
    }
    let page = bench.get("pin list", &[&channel], &[("limit", "2")]).json;
    assert_eq!(page["has_more"], json!(true));
    assert_eq!(page["items"][0]["message"]["id"], json!(messages[2]));
    let last = page["items"][1]["pinned_at"].as_str().unwrap().to_owned();
    let rest = bench.get("pin list", &[&channel], &[("before", &last)]).json;
    assert_eq!((&rest["items"][0]["message"]["id"], &rest["has_more"]), (&json!(messages[0]), &json!(false)));
    assert_eq!(bench.get("pin list-legacy", &[&channel], &[]).json.as_array().unwrap().len(), 3);
    bench.run("pin remove", &[&channel, &messages[0]], Value::Null);
    assert_eq!(bench.get("message get", &[&channel, &messages[0]], &[]).json["pinned"], json!(false));
}

#[test]
fn threads_begin_at_a_message_in_a_channel_or_in_a_forum() {
    let mut bench = Bench::new();
    let (channel, forum) = (bench.channel.clone(), bench.seeded(4));
    let id = bench.say("topic");
    let thread = bench.run("thread start", &[&channel, &id], one("name", "talk"));
    assert_eq!((thread.status, thread.id()), (201, id.clone()));
    assert_eq!(thread.event("THREAD_CREATE")["newly_created"], json!(true));
    assert_eq!(bench.run("thread start", &[&channel, &id], one("name", "again")).code, 160_004);
    assert_eq!(bench.get("message get", &[&channel, &id], &[]).json["thread"]["id"], json!(id));
    let private = bench.run("thread create", &[&channel], json!({"name": "secret", "type": 12}));
    assert_eq!((private.status, &private.json["type"]), (201, &json!(12)));
    let post = bench.run("thread create", &[&forum], json!({"name": "post", "message": {"content": "first"}}));
    assert_eq!(post.status, 201, "{}", post.json);
    assert_eq!(post.json["message"]["id"], json!(post.id()));
    assert_eq!(post.event("MESSAGE_CREATE")["id"], json!(post.id()));
    let empty = bench.run("thread create", &[&forum], json!({"name": "post", "message": {}}));
    assert_eq!(empty.code, 50006);
    let active = bench.get("thread list", &[&bench.guild.clone()], &[]).json;
    assert_eq!(active["threads"].as_array().unwrap().len(), 3);
    assert_eq!(active["members"].as_array().unwrap().len(), 3);
}

#[test]
fn an_archived_thread_is_listed_and_wakes_when_written_to() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let thread = bench.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let archived = bench.run("channel edit", &[&thread], json!({"archived": true}));
    assert_eq!(archived.names()[0], "THREAD_UPDATE");
    let list = bench.get("thread list-archived", &[&channel], &[]).json;
    assert_eq!((&list["threads"][0]["id"], &list["has_more"]), (&json!(thread), &json!(false)));
    assert_eq!(bench.run("channel edit", &[&thread], json!({"name": "x"})).code, 50083);
    assert_eq!(bench.run("thread join", &[&thread], Value::Null).code, 50083);
    let woken = bench.run("message send", &[&thread], one("content", "hello"));
    assert_eq!(woken.names(), ["THREAD_UPDATE", "MESSAGE_CREATE"]);
    assert_eq!(bench.get("channel get", &[&thread], &[]).json["thread_metadata"]["archived"], json!(false));
}

#[test]
fn thread_members_come_and_go() {
    let mut bench = Bench::new();
    let (channel, user) = (bench.channel.clone(), bench.user.clone());
    let thread = bench.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let added = bench.run("thread add-member", &[&thread, &user], Value::Null);
    assert_eq!(added.event("THREAD_MEMBERS_UPDATE")["added_members"][0]["user_id"], json!(user));
    let listed = bench.get("thread list-members", &[&thread], &[]).json;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let whole = bench.get("thread list-members", &[&thread], &[("with_member", "true"), ("limit", "1")]).json;
    assert_eq!((whole.as_array().unwrap().len(), whole[0]["member"]["user"]["bot"].as_bool()), (1, Some(true)));
    let removed = bench.run("thread remove-member", &[&thread, &user], Value::Null);
    assert_eq!(removed.event("THREAD_MEMBERS_UPDATE")["removed_member_ids"], json!([user]));
    assert_eq!(bench.get("thread get-member", &[&thread, &user], &[]).code, 10007);
}

#[test]
fn channels_are_made_changed_ordered_and_deleted() {
    let mut bench = Bench::new();
    let guild = bench.guild.clone();
    let done = bench.run("channel create", &[&guild], json!({"name": "New Room", "topic": "x"}));
    assert_eq!((done.status, &done.json["name"], done.names()[0]), (201, &json!("new-room"), "CHANNEL_CREATE"));
    let id = done.id();
    let category = bench.run("channel create", &[&guild], json!({"name": "Cat", "type": 4})).id();
    let moved = bench.run("channel edit", &[&id], json!({"parent_id": category}));
    assert_eq!(moved.event("CHANNEL_UPDATE")["parent_id"], json!(category));
    assert_eq!(bench.run("channel edit", &[&id], json!({"parent_id": id})).code, 50035);
    let ordered = bench.run("channel reorder", &[&guild], json!([{"id": id, "position": 0}]));
    assert_eq!((ordered.status, ordered.names()), (204, vec!["CHANNEL_UPDATE"]));
    let thread = bench.run("thread create", &[&id], json!({"name": "t", "type": 11})).id();
    let gone = bench.run("channel delete", &[&id], Value::Null);
    assert_eq!(gone.names()[0], "CHANNEL_DELETE");
    assert_eq!(bench.get("channel get", &[&thread], &[]).code, 10003, "threads go with their channel");
    bench.run("channel delete", &[&category], Value::Null);
    assert_eq!(bench.get("channel list", &[&guild], &[]).json.as_array().unwrap().len(), 5);
}

#[test]
fn overwrites_and_typing_and_following() {
    let mut bench = Bench::new();
    let (channel, user, news) = (bench.channel.clone(), bench.user.clone(), bench.seeded(2));
    let body = json!({"type": 1, "allow": "1024", "deny": "0"});
    assert_eq!(bench.run("channel set-permission", &[&channel, &user], body).status, 204);
    let shown = bench.get("channel get", &[&channel], &[]).json;
    assert_eq!(shown["permission_overwrites"], json!([{"id": user, "type": 1, "allow": "1024", "deny": "0"}]));
    assert_eq!(bench.run("channel delete-permission", &[&channel, &user], Value::Null).status, 204);
    assert_eq!(bench.run("channel delete-permission", &[&channel, &user], Value::Null).code, 10009);
    let typing = bench.run("channel typing", &[&channel], Value::Null);
    assert_eq!(typing.event("TYPING_START")["timestamp"], json!(NOW_MS / 1000));
    let followed = bench.run("channel follow", &[&news], one("webhook_channel_id", channel.clone()));
    assert_eq!((followed.status, followed.names()), (200, vec!["WEBHOOKS_UPDATE"]));
    assert_eq!(bench.run("channel follow", &[&channel], one("webhook_channel_id", news)).code, 50024);
}

#[test]
fn members_are_listed_by_id_changed_and_removed() {
    let mut bench = Bench::with("members=30");
    let (guild, user) = (bench.guild.clone(), bench.user.clone());
    assert_eq!(bench.get("member list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    let all = bench.get("member list", &[&guild], &[("limit", "1000")]).json;
    assert_eq!(all.as_array().unwrap().len(), 30);
    let tenth = all[9]["user"]["id"].as_str().unwrap();
    let rest = bench.get("member list", &[&guild], &[("limit", "1000"), ("after", tenth)]).json;
    assert_eq!((rest.as_array().unwrap().len(), &rest[0]), (20, &all[10]));
    let found = bench.get("member search", &[&guild], &[("query", "gra"), ("limit", "10")]).json;
    assert_eq!(found[0]["user"]["username"], json!("grace"));
    let edited = bench.run("member edit", &[&guild, &user], json!({"nick": "Nick"}));
    assert_eq!(edited.event("GUILD_MEMBER_UPDATE")["nick"], json!("Nick"));
    let late = json!({"communication_disabled_until": "2099-01-01T00:00:00Z"});
    assert_eq!(bench.run("member edit", &[&guild, &user], late).code, 50035);
    let role = seed::role_id(0, 0).to_string();
    let given = bench.run("member add-role", &[&guild, &user, &role], Value::Null);
    assert_eq!(given.names()[0], "GUILD_MEMBER_UPDATE");
    assert!(bench.get("member get", &[&guild, &user], &[]).json["roles"].as_array().unwrap().contains(&json!(role)));
    let kicked = bench.full("member kick", &[&guild, &user], &[], Value::Null, Vec::new(), Some("spam"));
    assert_eq!(kicked.names(), ["GUILD_MEMBER_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]);
    assert_eq!(kicked.event("GUILD_AUDIT_LOG_ENTRY_CREATE")["reason"], json!("spam"));
    assert_eq!(bench.get("member get", &[&guild, &user], &[]).code, 10007);
    let owner = seed::OWNER.to_string();
    assert_eq!(bench.run("member kick", &[&guild, &owner], Value::Null).code, 50013);
}

#[test]
fn roles_are_made_changed_ordered_and_deleted() {
    let mut bench = Bench::new();
    let (guild, user) = (bench.guild.clone(), bench.user.clone());
    let made = bench.run("role create", &[&guild], json!({"name": "ops", "color": 255, "permissions": "8"}));
    assert_eq!(made.event("GUILD_ROLE_CREATE")["role"]["name"], json!("ops"));
    assert_eq!((&made.json["position"], &made.json["colors"]["primary_color"]), (&json!(1), &json!(255)));
    let id = made.id();
    bench.run("member add-role", &[&guild, &user, &id], Value::Null);
    let edited = bench.run("role edit", &[&guild, &id], json!({"hoist": true}));
    assert_eq!(edited.event("GUILD_ROLE_UPDATE")["role"]["hoist"], json!(true));
    let ordered = bench.run("role reorder", &[&guild], json!([{"id": id, "position": 3}]));
    assert_eq!(ordered.event("GUILD_ROLE_UPDATE")["role"]["position"], json!(3));
    assert_eq!(bench.run("role reorder", &[&guild], json!([{"id": guild, "position": 3}])).code, 50028);
    let counts = bench.get("role get-member-counts", &[&guild], &[]).json;
    assert_eq!(counts[&id], json!(1));
    assert_eq!(counts.get(&guild), None, "Discord does not count the members of @everyone");
    let gone = bench.run("role delete", &[&guild, &id], Value::Null);
    assert_eq!(gone.event("GUILD_ROLE_DELETE"), &json!({"guild_id": guild, "role_id": id}));
    let member = bench.get("member get", &[&guild, &user], &[]).json;
    assert!(!member["roles"].as_array().unwrap().contains(&json!(id)));
    assert_eq!(bench.run("role delete", &[&guild, &guild], Value::Null).code, 50028);
    assert_eq!(bench.get("role get", &[&guild, &id], &[]).code, 10011);
}

#[test]
fn a_ban_removes_the_member_and_the_messages() {
    let mut bench = Bench::new();
    let (guild, user, channel) = (bench.guild.clone(), bench.user.clone(), bench.channel.clone());
    bench.hear(&user, "spam");
    let kept = bench.say("mine");
    let body = json!({"delete_message_seconds": 3600});
    let banned = bench.full("ban add", &[&guild, &user], &[], body, Vec::new(), Some("spam"));
    assert_eq!(
        banned.names(),
        ["GUILD_MEMBER_REMOVE", "MESSAGE_DELETE_BULK", "GUILD_BAN_ADD", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    );
    assert_eq!(ids(&bench.get("message list", &[&channel], &[]).json), [kept]);
    let shown = bench.get("ban get", &[&guild, &user], &[]).json;
    assert_eq!((&shown["reason"], &shown["user"]["id"]), (&json!("spam"), &json!(user)));
    assert_eq!(bench.get("ban list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    assert_eq!(bench.run("ban remove", &[&guild, &user], Value::Null).names()[0], "GUILD_BAN_REMOVE");
    assert_eq!(bench.run("ban remove", &[&guild, &user], Value::Null).code, 10026);
    let owner = seed::OWNER.to_string();
    let bulk = bench.run("ban bulk-add", &[&guild], json!({"user_ids": [user, owner, "1"]}));
    assert_eq!(bulk.json, json!({"banned_users": [user], "failed_users": [owner, "1"]}));
    assert_eq!(bench.run("ban bulk-add", &[&guild], json!({"user_ids": ["1"]})).code, 500_000);
}

#[test]
fn webhooks_write_under_their_own_name() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let made = bench.run("webhook create", &[&channel], one("name", "CI"));
    assert_eq!(made.names(), ["WEBHOOKS_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]);
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(bench.run("webhook create", &[&channel], one("name", "my discord")).code, 50035);
    let path = [&*id, &*token];
    let quiet = bench.run("webhook send", &path, one("content", "done"));
    assert_eq!((quiet.status, quiet.names()), (204, vec!["MESSAGE_CREATE"]));
    let body = json!({"content": "done", "username": "Bob"});
    let sent = bench.full("webhook send", &path, &[("wait", "true")], body, Vec::new(), None);
    assert_eq!((&sent.json["author"]["username"], &sent.json["webhook_id"]), (&json!("Bob"), &json!(id)));
    let message = sent.id();
    let place = [&*id, &*token, &*message];
    assert_eq!(bench.run("webhook edit-message", &place, one("content", "redone")).json["content"], json!("redone"));
    assert_eq!(bench.run("webhook delete-message", &place, Value::Null).names(), ["MESSAGE_DELETE"]);
    assert_eq!(bench.get("webhook get-message", &place, &[]).code, 10008);
    assert!(bench.get("webhook get-by-token", &path, &[]).json.get("user").is_none());
    assert_eq!(bench.run("webhook send", &[&id, "wrong"], one("content", "x")).code, 50027);
    assert_eq!(bench.run("webhook delete-by-token", &path, Value::Null).status, 204);
    assert_eq!(bench.get("webhook get", &[&id], &[]).code, 10015);
}

#[test]
fn a_webhook_writes_in_threads_and_opens_posts_in_forums() {
    let mut bench = Bench::new();
    let (channel, forum) = (bench.channel.clone(), bench.seeded(4));
    let (id, token) = (seed::webhook_id(0).to_string(), seed::WEBHOOK_TOKEN);
    let thread = bench.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let query = [("wait", "true"), ("thread_id", &*thread)];
    let sent = bench.full("webhook send", &[&id, token], &query, one("content", "x"), Vec::new(), None);
    assert_eq!(sent.json["channel_id"], json!(thread));
    let made = bench.run("webhook create", &[&forum], one("name", "poster"));
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(bench.run("webhook send", &[&id, &token], one("content", "x")).code, 220_001);
    let body = json!({"content": "x", "thread_name": "post"});
    let posted = bench.full("webhook send", &[&id, &token], &[("wait", "true")], body, Vec::new(), None);
    assert_eq!(posted.json["channel_id"], json!(posted.id()));
    let shown = bench.get("channel get", &[&posted.id()], &[]).json;
    assert_eq!((&shown["name"], &shown["parent_id"]), (&json!("post"), &json!(forum)));
}

#[test]
fn a_direct_message_is_opened_once_and_its_events_have_no_server() {
    let mut bench = Bench::new();
    let user = bench.user.clone();
    let first = bench.run("user open-dm", &[], one("recipient_id", user.clone()));
    assert_eq!(first.names(), ["CHANNEL_CREATE"]);
    let again = bench.run("user open-dm", &[], one("recipient_id", user));
    assert_eq!((again.id(), again.events.len()), (first.id(), 0));
    let sent = bench.run("message send", &[&first.id()], one("content", "psst"));
    assert!(sent.event("MESSAGE_CREATE").get("guild_id").is_none() && sent.events[0].guild_id.is_none());
    assert_eq!(bench.run("user open-dm", &[], one("recipient_id", "1")).code, 50033);
    assert_eq!(bench.run("user open-dm", &[], one("recipient_id", seed::BOT.to_string())).code, 50007);
}

#[test]
fn an_interaction_is_answered_once_and_followed_up() {
    let mut bench = Bench::new();
    let made = bench.invoke(json!({"data": {"name": "hello"}}));
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(made.event("INTERACTION_CREATE")["member"]["user"]["id"], json!(seed::OWNER.to_string()));
    let body = json!({"type": 4, "data": {"content": "hi"}});
    assert_eq!(bench.run("interaction respond", &[&id, "wrong"], body.clone()).code, 10062);
    let answered = bench.run("interaction respond", &[&id, &token], body.clone());
    assert_eq!((answered.status, answered.names()), (204, vec!["MESSAGE_CREATE"]));
    assert_eq!(bench.run("interaction respond", &[&id, &token], body).code, 40060);
    let me = seed::BOT.to_string();
    let original = bench.get("interaction get-response", &[&me, &token], &[]).json;
    assert_eq!((&original["content"], &original["interaction_metadata"]["id"]), (&json!("hi"), &json!(id)));
    let follow = bench.run("interaction follow-up", &[&me, &token], one("content", "more"));
    assert_eq!(follow.status, 200);
    let place = [&*me, &*token, &*follow.id()].map(str::to_owned);
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    assert_eq!(bench.run("interaction edit-follow-up", &place, one("content", "less")).json["content"], json!("less"));
    assert_eq!(bench.run("interaction delete-follow-up", &place, Value::Null).status, 204);
    assert_eq!(bench.run("interaction delete-response", &[&me, &token], Value::Null).status, 204);
    assert_eq!(bench.get("interaction get-response", &[&me, &token], &[]).code, 10008);
}

#[test]
fn a_deferred_response_loads_until_it_is_edited() {
    let mut bench = Bench::new();
    let made = bench.invoke(json!({}));
    let (id, token, me) = (made.id(), made.json["token"].as_str().unwrap().to_owned(), seed::BOT.to_string());
    let query = [("with_response", "true")];
    let deferred = bench.full("interaction respond", &[&id, &token], &query, json!({"type": 5}), Vec::new(), None);
    assert_eq!(deferred.json["interaction"]["response_message_loading"], json!(true));
    let loading = bench.get("interaction get-response", &[&me, &token], &[]).json;
    assert_eq!(loading["flags"], json!(128));
    let done = bench.run("interaction edit-response", &[&me, &token], one("content", "done")).json;
    assert_eq!((&done["content"], &done["flags"]), (&json!("done"), &json!(0)));
}

#[test]
fn invites_are_made_found_and_expire() {
    let mut bench = Bench::new();
    let (channel, guild) = (bench.channel.clone(), bench.guild.clone());
    let made = bench.run("invite create", &[&channel], json!({"max_age": 60}));
    let code = made.json["code"].as_str().unwrap().to_owned();
    let event = made.event("INVITE_CREATE");
    assert_eq!((&event["channel_id"], &event["guild_id"]), (&json!(channel), &json!(guild)));
    let shown = bench.get("invite get", &[&code], &[("with_counts", "true")]).json;
    assert_eq!((&shown["guild"]["name"], &shown["approximate_member_count"]), (&json!("Sandbox"), &json!(5)));
    assert_eq!(bench.get("invite list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    let forever = bench.run("invite create", &[&channel], json!({"max_age": 0})).json;
    assert_eq!(forever["expires_at"], Value::Null);
    let code2 = forever["code"].as_str().unwrap();
    bench.state.now_ms += 61_000;
    assert_eq!(bench.get("invite get", &[&code], &[]).code, 10006);
    assert_eq!(bench.run("invite delete", &[code2], Value::Null).event("INVITE_DELETE")["code"], json!(code2));
    assert_eq!(bench.get("invite get", &[code2], &[]).code, 10006);
}

#[test]
fn a_server_is_shown_changed_pruned_and_left() {
    let mut bench = Bench::with("members=20,roles=0");
    let guild = bench.guild.clone();
    let shown = bench.get("guild get", &[&guild], &[("with_counts", "true")]).json;
    assert_eq!((&shown["approximate_member_count"], &shown["roles"][0]["id"]), (&json!(20), &json!(guild)));
    let edited = bench.run("guild edit", &[&guild], one("name", "Renamed"));
    assert_eq!(edited.event("GUILD_UPDATE")["name"], json!("Renamed"));
    assert_eq!(bench.run("guild edit", &[&guild], one("system_channel_id", "1")).code, 50035);
    assert_eq!(bench.get("guild get-prune-count", &[&guild], &[("days", "7")]).json, json!({"pruned": 18}));
    let pruned = bench.run("guild prune", &[&guild], one("days", 7));
    assert_eq!((&pruned.json, pruned.events.len()), (&json!({"pruned": 18}), 19));
    let log = bench.get("audit-log list", &[&guild], &[]).json;
    let actions: Vec<u64> =
        log["audit_log_entries"].as_array().unwrap().iter().map(|e| e["action_type"].as_u64().unwrap()).collect();
    assert_eq!(actions, [21, 1]);
    assert_eq!(bench.get("guild list", &[], &[]).json[0]["name"], json!("Renamed"));
    let left = bench.run("guild leave", &[&guild], Value::Null);
    assert_eq!(left.event("GUILD_DELETE"), &json!({"id": guild}));
    assert_eq!(bench.get("guild get", &[&guild], &[]).code, 10004);
    assert_eq!(bench.get("channel get", &[&bench.channel.clone()], &[]).code, 10003);
}

#[test]
fn documents_send_the_events_of_their_kind() {
    let mut bench = Bench::new();
    let guild = bench.guild.clone();
    let body = json!({"name": "party", "image": "data:image/png;base64,AA=="});
    let emoji = bench.run("emoji create", &[&guild], body);
    assert_eq!(emoji.event("GUILD_EMOJIS_UPDATE")["emojis"].as_array().unwrap().len(), 2);
    let channel = bench.channel.clone();
    let id = bench.say("x");
    let name = format!("party:{}", emoji.id());
    assert_eq!(bench.run("reaction add", &[&channel, &id, &name], Value::Null).status, 204);
    assert_eq!(bench.run("emoji delete", &[&guild, &emoji.id()], Value::Null).names(), ["GUILD_EMOJIS_UPDATE"]);
}

#[test]
fn a_poll_is_opened_and_ended_once() {
    let mut bench = Bench::new();
    let channel = bench.channel.clone();
    let body =
        json!({"poll": {"question": {"text": "Lunch?"}, "answers": [{"poll_media": {"text": "Yes"}}], "duration": 1}});
    let poll = bench.run("message send", &[&channel], body);
    assert_eq!(poll.json["poll"]["answers"][0]["answer_id"], json!(1));
    let id = poll.id();
    assert_eq!(bench.get("poll list-voters", &[&channel, &id, "1"], &[]).json, json!({"users": []}));
    let ended = bench.run("poll end", &[&channel, &id], Value::Null);
    assert_eq!((&ended.json["poll"]["results"]["is_finalized"], ended.names()), (&json!(true), vec!["MESSAGE_UPDATE"]));
    assert_eq!(bench.run("poll end", &[&channel, &id], Value::Null).code, 520_001);
    let plain = bench.say("no poll");
    assert_eq!(bench.run("poll end", &[&channel, &plain], Value::Null).code, 520_006);
}
