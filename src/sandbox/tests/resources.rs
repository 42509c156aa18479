//! Tests of the resources that behave as Discord's do: responses, errors and events.

use serde_json::{Value, json};

use super::fixture::{Fixture, NOW_MS, ids, one};
use crate::model::Snowflake;
use crate::sandbox::seed;

#[test]
fn a_sent_message_lacks_the_server_id_that_its_event_has() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let done = fixture.run("message send", &[&channel], json!({"content": "hi"}));
    assert_eq!((done.status, &done.json["content"]), (200, &json!("hi")));
    assert!(done.json.get("guild_id").is_none() && done.json.get("member").is_none());
    let event = done.event("MESSAGE_CREATE");
    assert_eq!(event["guild_id"], json!(fixture.guild));
    assert!(event["member"]["joined_at"].is_string() && event["member"].get("user").is_none());
}

#[test]
fn an_enforced_nonce_returns_the_first_message_again_for_some_minutes() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let body = json!({"content": "hi", "nonce": "n1", "enforce_nonce": true});
    let first = fixture.run("message send", &[&channel], body.clone());
    let again = fixture.run("message send", &[&channel], body.clone());
    assert_eq!((first.id(), again.events.len()), (again.id(), 0));
    let free = fixture.run("message send", &[&channel], json!({"content": "hi", "nonce": "n1"}));
    assert_ne!(free.id(), first.id());
    fixture.state.now_ms += 6 * 60_000;
    assert_ne!(fixture.run("message send", &[&channel], body).id(), first.id());
}

#[test]
fn invalid_messages_have_discords_error_codes() {
    let mut fixture = Fixture::new();
    let (channel, forum) = (fixture.channel.clone(), fixture.seeded(4));
    let user = fixture.user.clone();
    let theirs = fixture.post_as(&user, "theirs");
    let mine = fixture.post("mine");
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
        let done = fixture.run(command, &path, body);
        assert_eq!((done.status, done.code), (status, code), "{command} {path:?}: {}", done.json);
    }
}

#[test]
fn replies_forwards_and_mentions_have_discords_fields() {
    let mut fixture = Fixture::new();
    let (channel, user) = (fixture.channel.clone(), fixture.user.clone());
    let first = fixture.post_as(&user, "first");
    let reference = |kind: u64| json!({"content": "x", "message_reference": {"type": kind, "message_id": first, "channel_id": channel}});
    let reply = fixture.run("message send", &[&channel], reference(0)).json;
    assert_eq!((&reply["type"], &reply["referenced_message"]["content"]), (&json!(19), &json!("first")));
    let forward = fixture.run("message send", &[&channel], reference(1)).json;
    assert_eq!(forward["message_snapshots"][0]["message"]["content"], json!("first"));
    let lenient = json!({"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": false}});
    assert_eq!(fixture.run("message send", &[&channel], lenient).json["type"], json!(0));
    let text = format!("<@{user}> and @everyone");
    for (allowed, users, everyone) in [
        (Value::Null, 1, true),
        (json!({"parse": []}), 0, false),
        (json!({"parse": ["users"]}), 1, false),
        (json!({"users": [user]}), 1, false),
        (json!({"parse": ["everyone"]}), 0, true),
    ] {
        let body = json!({"content": text, "allowed_mentions": allowed});
        let sent = fixture.run("message send", &[&channel], body).json;
        let count = sent["mentions"].as_array().unwrap().len();
        assert_eq!((count, &sent["mention_everyone"]), (users, &json!(everyone)), "{allowed}");
    }
}

#[test]
fn editing_deleting_and_publishing_messages_sends_events() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let id = fixture.post("one");
    let edited = fixture.run("message edit", &[&channel, &id], json!({"content": "two"}));
    assert_eq!(edited.event("MESSAGE_UPDATE")["content"], json!("two"));
    assert!(edited.json["edited_timestamp"].is_string());
    let deleted = fixture.run("message delete", &[&channel, &id], Value::Null);
    assert_eq!(deleted.status, 204);
    let event = json!({"id": id, "channel_id": channel, "guild_id": fixture.guild});
    assert_eq!(deleted.event("MESSAGE_DELETE"), &event);
    let two = json!([fixture.post("a"), fixture.post("b"), Snowflake::at(NOW_MS).to_string()]);
    let bulk = fixture.run("message bulk-delete", &[&channel], json!({"messages": two}));
    assert_eq!(bulk.event("MESSAGE_DELETE_BULK")["ids"].as_array().unwrap().len(), 2);
    let news = fixture.seeded(2);
    let id = fixture.run("message send", &[&news], one("content", "news")).id();
    let published = fixture.run("message crosspost", &[&news, &id], Value::Null);
    assert_eq!(published.json["flags"], json!(1));
    assert_eq!(fixture.run("message crosspost", &[&news, &id], Value::Null).code, 40033);
}

#[test]
fn messages_are_listed_newest_first_with_any_cursor() {
    let mut fixture = Fixture::with("messages=200");
    let channel = fixture.channel.clone();
    let page = fixture.get("message list", &[&channel], &[]);
    let newest = ids(&page.json);
    assert_eq!(newest.len(), 50);
    assert!(newest.is_sorted_by(|a, b| a > b));
    let next = ids(&fixture.get("message list", &[&channel], &[("before", &newest[49]), ("limit", "100")]).json);
    assert_eq!(next.len(), 100);
    assert!(next[0] < newest[49]);
    let after = ids(&fixture.get("message list", &[&channel], &[("after", &newest[10]), ("limit", "3")]).json);
    assert_eq!(after, &newest[7..10]);
    let around = ids(&fixture.get("message list", &[&channel], &[("around", &newest[10]), ("limit", "5")]).json);
    assert_eq!(around, &newest[8..13]);
}

#[test]
fn a_search_filters_by_text_author_and_attached_content() {
    let mut fixture = Fixture::new();
    let (guild, user) = (fixture.guild.clone(), fixture.user.clone());
    fixture.post_as(&user, "the green build");
    fixture.post("a Green light at https://example.org/x");
    fixture.post("nothing");
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
        let found = fixture.get("message search", &[&guild], &query).json;
        assert_eq!(found["total_results"], json!(total), "{query:?}");
        assert_eq!(found["messages"].as_array().unwrap().len(), total);
    }
    let page = fixture.get("message search", &[&guild], &[("limit", "1"), ("offset", "1"), ("sort_order", "asc")]).json;
    assert_eq!(page["messages"][0][0]["content"], json!("a Green light at https://example.org/x"));
}

#[test]
fn reactions_can_be_counted_listed_and_removed() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let id = fixture.post("react");
    let blob = format!("blob:{}", seed::id_of_emoji(0));
    for emoji in ["👍", &blob] {
        let added = fixture.run("reaction add", &[&channel, &id, emoji], Value::Null);
        assert_eq!((added.status, added.names()), (204, vec!["MESSAGE_REACTION_ADD"]));
        let event = added.event("MESSAGE_REACTION_ADD");
        assert!(event["member"]["user"]["id"].is_string() && event["emoji"]["name"].is_string());
        let again = fixture.run("reaction add", &[&channel, &id, emoji], Value::Null);
        assert!(again.events.is_empty(), "a repeated reaction changes nothing");
    }
    let message = fixture.get("message get", &[&channel, &id], &[]).json;
    assert_eq!((&message["reactions"][0]["count"], &message["reactions"][0]["me"]), (&json!(1), &json!(true)));
    let listed = fixture.get("reaction list", &[&channel, &id, "👍"], &[]).json;
    assert_eq!(ids(&listed), [seed::BOT.to_string()]);
    let removed = fixture.run("reaction remove", &[&channel, &id, "👍"], Value::Null);
    assert_eq!(removed.names(), ["MESSAGE_REACTION_REMOVE"]);
    let cleared = fixture.run("reaction clear", &[&channel, &id], Value::Null);
    assert_eq!(cleared.names(), ["MESSAGE_REACTION_REMOVE_ALL"]);
    assert!(fixture.get("message get", &[&channel, &id], &[]).json.get("reactions").is_none());
}

#[test]
fn pins_are_listed_newest_first_in_pages() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let messages: Vec<String> = (0..3).map(|n| fixture.post(&n.to_string())).collect();
    for id in &messages {
        let pinned = fixture.run("pin add", &[&channel, id], Value::Null);
        assert_eq!(pinned.names()[..2], ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"]);
    }
    let page = fixture.get("pin list", &[&channel], &[("limit", "2")]).json;
    assert_eq!(page["has_more"], json!(true));
    assert_eq!(page["items"][0]["message"]["id"], json!(messages[2]));
    let last = page["items"][1]["pinned_at"].as_str().unwrap().to_owned();
    let rest = fixture.get("pin list", &[&channel], &[("before", &last)]).json;
    assert_eq!((&rest["items"][0]["message"]["id"], &rest["has_more"]), (&json!(messages[0]), &json!(false)));
    assert_eq!(fixture.get("pin list-legacy", &[&channel], &[]).json.as_array().unwrap().len(), 3);
    fixture.run("pin remove", &[&channel, &messages[0]], Value::Null);
    assert_eq!(fixture.get("message get", &[&channel, &messages[0]], &[]).json["pinned"], json!(false));
}

#[test]
fn threads_can_be_started_from_a_message_in_a_channel_and_in_a_forum() {
    let mut fixture = Fixture::new();
    let (channel, forum) = (fixture.channel.clone(), fixture.seeded(4));
    let id = fixture.post("topic");
    let thread = fixture.run("thread start", &[&channel, &id], one("name", "talk"));
    assert_eq!((thread.status, thread.id()), (201, id.clone()));
    assert_eq!(thread.event("THREAD_CREATE")["newly_created"], json!(true));
    assert_eq!(fixture.run("thread start", &[&channel, &id], one("name", "again")).code, 160_004);
    assert_eq!(fixture.get("message get", &[&channel, &id], &[]).json["thread"]["id"], json!(id));
    let private = fixture.run("thread create", &[&channel], json!({"name": "secret", "type": 12}));
    assert_eq!((private.status, &private.json["type"]), (201, &json!(12)));
    let post = fixture.run("thread create", &[&forum], json!({"name": "post", "message": {"content": "first"}}));
    assert_eq!(post.status, 201, "{}", post.json);
    assert_eq!(post.json["message"]["id"], json!(post.id()));
    assert_eq!(post.event("MESSAGE_CREATE")["id"], json!(post.id()));
    let empty = fixture.run("thread create", &[&forum], json!({"name": "post", "message": {}}));
    assert_eq!(empty.code, 50006);
    let active = fixture.get("thread list", &[&fixture.guild.clone()], &[]).json;
    assert_eq!(active["threads"].as_array().unwrap().len(), 3);
    assert_eq!(active["members"].as_array().unwrap().len(), 3);
}

#[test]
fn an_archived_thread_is_listed_and_a_message_unarchives_it() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let thread = fixture.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let archived = fixture.run("channel edit", &[&thread], json!({"archived": true}));
    assert_eq!(archived.names()[0], "THREAD_UPDATE");
    let list = fixture.get("thread list-archived", &[&channel], &[]).json;
    assert_eq!((&list["threads"][0]["id"], &list["has_more"]), (&json!(thread), &json!(false)));
    assert_eq!(fixture.run("channel edit", &[&thread], json!({"name": "x"})).code, 50083);
    assert_eq!(fixture.run("thread join", &[&thread], Value::Null).code, 50083);
    let woken = fixture.run("message send", &[&thread], one("content", "hello"));
    assert_eq!(woken.names(), ["THREAD_UPDATE", "MESSAGE_CREATE"]);
    assert_eq!(fixture.get("channel get", &[&thread], &[]).json["thread_metadata"]["archived"], json!(false));
}

#[test]
fn members_can_be_added_to_and_removed_from_a_thread() {
    let mut fixture = Fixture::new();
    let (channel, user) = (fixture.channel.clone(), fixture.user.clone());
    let thread = fixture.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let added = fixture.run("thread add-member", &[&thread, &user], Value::Null);
    assert_eq!(added.event("THREAD_MEMBERS_UPDATE")["added_members"][0]["user_id"], json!(user));
    let listed = fixture.get("thread list-members", &[&thread], &[]).json;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let with_member = fixture.get("thread list-members", &[&thread], &[("with_member", "true"), ("limit", "1")]).json;
    assert_eq!(
        (with_member.as_array().unwrap().len(), with_member[0]["member"]["user"]["bot"].as_bool()),
        (1, Some(true))
    );
    let removed = fixture.run("thread remove-member", &[&thread, &user], Value::Null);
    assert_eq!(removed.event("THREAD_MEMBERS_UPDATE")["removed_member_ids"], json!([user]));
    assert_eq!(fixture.get("thread get-member", &[&thread, &user], &[]).code, 10007);
}

#[test]
fn channels_can_be_created_edited_sorted_and_deleted() {
    let mut fixture = Fixture::new();
    let guild = fixture.guild.clone();
    let done = fixture.run("channel create", &[&guild], json!({"name": "New Room", "topic": "x"}));
    assert_eq!((done.status, &done.json["name"], done.names()[0]), (201, &json!("new-room"), "CHANNEL_CREATE"));
    let id = done.id();
    let category = fixture.run("channel create", &[&guild], json!({"name": "Cat", "type": 4})).id();
    let moved = fixture.run("channel edit", &[&id], json!({"parent_id": category}));
    assert_eq!(moved.event("CHANNEL_UPDATE")["parent_id"], json!(category));
    assert_eq!(fixture.run("channel edit", &[&id], json!({"parent_id": id})).code, 50035);
    let ordered = fixture.run("channel reorder", &[&guild], json!([{"id": id, "position": 0}]));
    assert_eq!((ordered.status, ordered.names()), (204, vec!["CHANNEL_UPDATE"]));
    let thread = fixture.run("thread create", &[&id], json!({"name": "t", "type": 11})).id();
    let deleted = fixture.run("channel delete", &[&id], Value::Null);
    assert_eq!(deleted.names()[0], "CHANNEL_DELETE");
    assert_eq!(fixture.get("channel get", &[&thread], &[]).code, 10003, "a channel's threads are deleted with it");
    fixture.run("channel delete", &[&category], Value::Null);
    assert_eq!(fixture.get("channel list", &[&guild], &[]).json.as_array().unwrap().len(), 5);
}

#[test]
fn overwrites_can_be_set_and_typing_and_following_send_events() {
    let mut fixture = Fixture::new();
    let (channel, user, news) = (fixture.channel.clone(), fixture.user.clone(), fixture.seeded(2));
    let body = json!({"type": 1, "allow": "1024", "deny": "0"});
    assert_eq!(fixture.run("channel set-permission", &[&channel, &user], body).status, 204);
    let shown = fixture.get("channel get", &[&channel], &[]).json;
    assert_eq!(shown["permission_overwrites"], json!([{"id": user, "type": 1, "allow": "1024", "deny": "0"}]));
    assert_eq!(fixture.run("channel delete-permission", &[&channel, &user], Value::Null).status, 204);
    assert_eq!(fixture.run("channel delete-permission", &[&channel, &user], Value::Null).code, 10009);
    let typing = fixture.run("channel typing", &[&channel], Value::Null);
    assert_eq!(typing.event("TYPING_START")["timestamp"], json!(NOW_MS / 1000));
    let followed = fixture.run("channel follow", &[&news], one("webhook_channel_id", channel.clone()));
    assert_eq!((followed.status, followed.names()), (200, vec!["WEBHOOKS_UPDATE"]));
    assert_eq!(fixture.run("channel follow", &[&channel], one("webhook_channel_id", news)).code, 50024);
}

#[test]
fn members_can_be_listed_by_id_edited_and_removed() {
    let mut fixture = Fixture::with("members=30");
    let (guild, user) = (fixture.guild.clone(), fixture.user.clone());
    assert_eq!(fixture.get("member list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    let all = fixture.get("member list", &[&guild], &[("limit", "1000")]).json;
    assert_eq!(all.as_array().unwrap().len(), 30);
    let tenth = all[9]["user"]["id"].as_str().unwrap();
    let rest = fixture.get("member list", &[&guild], &[("limit", "1000"), ("after", tenth)]).json;
    assert_eq!((rest.as_array().unwrap().len(), &rest[0]), (20, &all[10]));
    let found = fixture.get("member search", &[&guild], &[("query", "gra"), ("limit", "10")]).json;
    assert_eq!(found[0]["user"]["username"], json!("grace"));
    let edited = fixture.run("member edit", &[&guild, &user], json!({"nick": "Nick"}));
    assert_eq!(edited.event("GUILD_MEMBER_UPDATE")["nick"], json!("Nick"));
    let late = json!({"communication_disabled_until": "2099-01-01T00:00:00Z"});
    assert_eq!(fixture.run("member edit", &[&guild, &user], late).code, 50035);
    let role = seed::role_id(0, 0).to_string();
    let added = fixture.run("member add-role", &[&guild, &user, &role], Value::Null);
    assert_eq!(added.names()[0], "GUILD_MEMBER_UPDATE");
    assert!(fixture.get("member get", &[&guild, &user], &[]).json["roles"].as_array().unwrap().contains(&json!(role)));
    fixture.run("member remove-role", &[&guild, &user, &role], Value::Null);
    let kicked = fixture.run_with("member kick", &[&guild, &user], &[], Value::Null, Vec::new(), Some("spam"));
    assert_eq!(kicked.names(), ["GUILD_MEMBER_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]);
    assert_eq!(kicked.event("GUILD_AUDIT_LOG_ENTRY_CREATE")["reason"], json!("spam"));
    assert_eq!(fixture.get("member get", &[&guild, &user], &[]).code, 10007);
    let owner = seed::OWNER.to_string();
    assert_eq!(fixture.run("member kick", &[&guild, &owner], Value::Null).code, 50013);
}

#[test]
fn the_bot_moderates_nobody_above_it_and_times_out_no_administrator() {
    let mut fixture = Fixture::new();
    let (guild, user, owner) = (fixture.guild.clone(), fixture.user.clone(), seed::OWNER.to_string());
    let timeout = json!({"communication_disabled_until": "2027-01-15T09:00:00Z"});
    let nick = json!({"nick": "Nick"});
    for body in [&timeout, &nick] {
        assert_eq!(fixture.run("member edit", &[&guild, &owner], body.clone()).code, 50013, "{body}");
    }
    let administrator = fixture.run("role create", &[&guild], json!({"name": "admins", "permissions": "8"})).id();
    fixture.run("member add-role", &[&guild, &user, &administrator], Value::Null);
    assert_eq!(fixture.run("member edit", &[&guild, &user], timeout.clone()).code, 50013);
    assert_eq!(fixture.run("member edit", &[&guild, &user], nick.clone()).status, 200, "only a timeout is impossible");
    fixture.run("member remove-role", &[&guild, &user, &administrator], Value::Null);
    assert_eq!(fixture.run("member edit", &[&guild, &user], timeout.clone()).status, 200);
    let own = seed::role_id(0, 0).to_string();
    fixture.run("member add-role", &[&guild, &user, &own], Value::Null);
    assert_eq!(fixture.run("member edit", &[&guild, &user], json!({"mute": true})).status, 200);
    for (command, body) in
        [("member edit", timeout), ("member edit", nick), ("member kick", Value::Null), ("ban add", Value::Null)]
    {
        assert_eq!(fixture.run(command, &[&guild, &user], body).code, 50013, "{command}");
    }
}

#[test]
fn roles_can_be_created_edited_sorted_and_deleted() {
    let mut fixture = Fixture::new();
    let (guild, user) = (fixture.guild.clone(), fixture.user.clone());
    let made = fixture.run("role create", &[&guild], json!({"name": "ops", "color": 255, "permissions": "8"}));
    assert_eq!(made.event("GUILD_ROLE_CREATE")["role"]["name"], json!("ops"));
    assert_eq!((&made.json["position"], &made.json["colors"]["primary_color"]), (&json!(1), &json!(255)));
    let id = made.id();
    fixture.run("member add-role", &[&guild, &user, &id], Value::Null);
    let edited = fixture.run("role edit", &[&guild, &id], json!({"hoist": true}));
    assert_eq!(edited.event("GUILD_ROLE_UPDATE")["role"]["hoist"], json!(true));
    let ordered = fixture.run("role reorder", &[&guild], json!([{"id": id, "position": 3}]));
    assert_eq!(ordered.event("GUILD_ROLE_UPDATE")["role"]["position"], json!(3));
    assert_eq!(fixture.run("role reorder", &[&guild], json!([{"id": guild, "position": 3}])).code, 50028);
    let counts = fixture.get("role get-member-counts", &[&guild], &[]).json;
    assert_eq!(counts[&id], json!(1));
    assert_eq!(counts.get(&guild), None, "Discord does not count the members of @everyone");
    let deleted = fixture.run("role delete", &[&guild, &id], Value::Null);
    assert_eq!(deleted.event("GUILD_ROLE_DELETE"), &json!({"guild_id": guild, "role_id": id}));
    let member = fixture.get("member get", &[&guild, &user], &[]).json;
    assert!(!member["roles"].as_array().unwrap().contains(&json!(id)));
    assert_eq!(fixture.run("role delete", &[&guild, &guild], Value::Null).code, 50028);
    assert_eq!(fixture.get("role get", &[&guild, &id], &[]).code, 10011);
}

#[test]
fn a_ban_removes_the_member_and_its_messages() {
    let mut fixture = Fixture::new();
    let (guild, user, channel) = (fixture.guild.clone(), fixture.user.clone(), fixture.channel.clone());
    fixture.post_as(&user, "spam");
    let own = fixture.post("mine");
    let body = json!({"delete_message_seconds": 3600});
    let banned = fixture.run_with("ban add", &[&guild, &user], &[], body, Vec::new(), Some("spam"));
    assert_eq!(
        banned.names(),
        ["GUILD_MEMBER_REMOVE", "MESSAGE_DELETE_BULK", "GUILD_BAN_ADD", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    );
    assert_eq!(ids(&fixture.get("message list", &[&channel], &[]).json), [own]);
    let shown = fixture.get("ban get", &[&guild, &user], &[]).json;
    assert_eq!((&shown["reason"], &shown["user"]["id"]), (&json!("spam"), &json!(user)));
    assert_eq!(fixture.get("ban list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    assert_eq!(fixture.run("ban remove", &[&guild, &user], Value::Null).names()[0], "GUILD_BAN_REMOVE");
    assert_eq!(fixture.run("ban remove", &[&guild, &user], Value::Null).code, 10026);
    let owner = seed::OWNER.to_string();
    let bulk = fixture.run("ban bulk-add", &[&guild], json!({"user_ids": [user, owner, "1"]}));
    assert_eq!(bulk.json, json!({"banned_users": [user], "failed_users": [owner, "1"]}));
    assert_eq!(fixture.run("ban bulk-add", &[&guild], json!({"user_ids": ["1"]})).code, 500_000);
}

#[test]
fn a_webhooks_messages_have_its_name() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let made = fixture.run("webhook create", &[&channel], one("name", "CI"));
    assert_eq!(made.names(), ["WEBHOOKS_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]);
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(fixture.run("webhook create", &[&channel], one("name", "my discord")).code, 50035);
    let path = [&*id, &*token];
    let quiet = fixture.run("webhook send", &path, one("content", "done"));
    assert_eq!((quiet.status, quiet.names()), (204, vec!["MESSAGE_CREATE"]));
    let body = json!({"content": "done", "username": "Bob"});
    let sent = fixture.run_with("webhook send", &path, &[("wait", "true")], body, Vec::new(), None);
    assert_eq!((&sent.json["author"]["username"], &sent.json["webhook_id"]), (&json!("Bob"), &json!(id)));
    let message = sent.id();
    let path = [&*id, &*token, &*message];
    assert_eq!(fixture.run("webhook edit-message", &path, one("content", "redone")).json["content"], json!("redone"));
    assert_eq!(fixture.run("webhook delete-message", &path, Value::Null).names(), ["MESSAGE_DELETE"]);
    assert_eq!(fixture.get("webhook get-message", &path, &[]).code, 10008);
    assert!(fixture.get("webhook get-by-token", &path, &[]).json.get("user").is_none());
    assert_eq!(fixture.run("webhook send", &[&id, "wrong"], one("content", "x")).code, 50027);
    assert_eq!(fixture.run("webhook delete-by-token", &path, Value::Null).status, 204);
    assert_eq!(fixture.get("webhook get", &[&id], &[]).code, 10015);
}

#[test]
fn a_webhook_can_post_in_threads_and_create_forum_posts() {
    let mut fixture = Fixture::new();
    let (channel, forum) = (fixture.channel.clone(), fixture.seeded(4));
    let (id, token) = (seed::webhook_id(0).to_string(), seed::WEBHOOK_TOKEN);
    let thread = fixture.run("thread create", &[&channel], json!({"name": "t", "type": 11})).id();
    let query = [("wait", "true"), ("thread_id", &*thread)];
    let sent = fixture.run_with("webhook send", &[&id, token], &query, one("content", "x"), Vec::new(), None);
    assert_eq!(sent.json["channel_id"], json!(thread));
    let made = fixture.run("webhook create", &[&forum], one("name", "poster"));
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(fixture.run("webhook send", &[&id, &token], one("content", "x")).code, 220_001);
    let body = json!({"content": "x", "thread_name": "post"});
    let posted = fixture.run_with("webhook send", &[&id, &token], &[("wait", "true")], body, Vec::new(), None);
    assert_eq!(posted.json["channel_id"], json!(posted.id()));
    let shown = fixture.get("channel get", &[&posted.id()], &[]).json;
    assert_eq!((&shown["name"], &shown["parent_id"]), (&json!("post"), &json!(forum)));
}

#[test]
fn a_dm_channel_is_created_once_and_its_events_have_no_server() {
    let mut fixture = Fixture::new();
    let user = fixture.user.clone();
    let first = fixture.run("user open-dm", &[], one("recipient_id", user.clone()));
    assert_eq!(first.names(), ["CHANNEL_CREATE"]);
    let again = fixture.run("user open-dm", &[], one("recipient_id", user));
    assert_eq!((again.id(), again.events.len()), (first.id(), 0));
    let sent = fixture.run("message send", &[&first.id()], one("content", "psst"));
    assert!(sent.event("MESSAGE_CREATE").get("guild_id").is_none() && sent.events[0].guild_id.is_none());
    assert_eq!(fixture.run("user open-dm", &[], one("recipient_id", "1")).code, 50033);
    assert_eq!(fixture.run("user open-dm", &[], one("recipient_id", seed::BOT.to_string())).code, 50007);
}

#[test]
fn an_interaction_has_one_response_and_any_number_of_follow_ups() {
    let mut fixture = Fixture::new();
    let made = fixture.invoke(json!({"data": {"name": "hello"}}));
    let (id, token) = (made.id(), made.json["token"].as_str().unwrap().to_owned());
    assert_eq!(made.event("INTERACTION_CREATE")["member"]["user"]["id"], json!(seed::OWNER.to_string()));
    let body = json!({"type": 4, "data": {"content": "hi"}});
    assert_eq!(fixture.run("interaction respond", &[&id, "wrong"], body.clone()).code, 10062);
    let answered = fixture.run("interaction respond", &[&id, &token], body.clone());
    assert_eq!((answered.status, answered.names()), (204, vec!["MESSAGE_CREATE"]));
    assert_eq!(fixture.run("interaction respond", &[&id, &token], body).code, 40060);
    let me = seed::BOT.to_string();
    let original = fixture.get("interaction get-response", &[&me, &token], &[]).json;
    assert_eq!((&original["content"], &original["interaction_metadata"]["id"]), (&json!("hi"), &json!(id)));
    let follow = fixture.run("interaction follow-up", &[&me, &token], one("content", "more"));
    assert_eq!(follow.status, 200);
    let path = [&*me, &*token, &*follow.id()].map(str::to_owned);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    assert_eq!(fixture.run("interaction edit-follow-up", &path, one("content", "less")).json["content"], json!("less"));
    assert_eq!(fixture.run("interaction delete-follow-up", &path, Value::Null).status, 204);
    assert_eq!(fixture.run("interaction delete-response", &[&me, &token], Value::Null).status, 204);
    assert_eq!(fixture.get("interaction get-response", &[&me, &token], &[]).code, 10008);
}

#[test]
fn a_deferred_response_has_the_loading_flag_until_it_is_edited() {
    let mut fixture = Fixture::new();
    let made = fixture.invoke(json!({}));
    let (id, token, me) = (made.id(), made.json["token"].as_str().unwrap().to_owned(), seed::BOT.to_string());
    let query = [("with_response", "true")];
    let deferred =
        fixture.run_with("interaction respond", &[&id, &token], &query, json!({"type": 5}), Vec::new(), None);
    assert_eq!(deferred.json["interaction"]["response_message_loading"], json!(true));
    let loading = fixture.get("interaction get-response", &[&me, &token], &[]).json;
    assert_eq!(loading["flags"], json!(128));
    let done = fixture.run("interaction edit-response", &[&me, &token], one("content", "done")).json;
    assert_eq!((&done["content"], &done["flags"]), (&json!("done"), &json!(0)));
}

#[test]
fn invites_can_be_created_and_found_and_they_expire() {
    let mut fixture = Fixture::new();
    let (channel, guild) = (fixture.channel.clone(), fixture.guild.clone());
    let made = fixture.run("invite create", &[&channel], json!({"max_age": 60}));
    let code = made.json["code"].as_str().unwrap().to_owned();
    let event = made.event("INVITE_CREATE");
    assert_eq!((&event["channel_id"], &event["guild_id"]), (&json!(channel), &json!(guild)));
    let shown = fixture.get("invite get", &[&code], &[("with_counts", "true")]).json;
    assert_eq!((&shown["guild"]["name"], &shown["approximate_member_count"]), (&json!("Sandbox"), &json!(5)));
    assert_eq!(fixture.get("invite list", &[&guild], &[]).json.as_array().unwrap().len(), 1);
    let forever = fixture.run("invite create", &[&channel], json!({"max_age": 0})).json;
    assert_eq!(forever["expires_at"], Value::Null);
    let code2 = forever["code"].as_str().unwrap();
    fixture.state.now_ms += 61_000;
    assert_eq!(fixture.get("invite get", &[&code], &[]).code, 10006);
    assert_eq!(fixture.run("invite delete", &[code2], Value::Null).event("INVITE_DELETE")["code"], json!(code2));
    assert_eq!(fixture.get("invite get", &[code2], &[]).code, 10006);
}

#[test]
fn a_server_can_be_read_edited_pruned_and_left() {
    let mut fixture = Fixture::with("members=20,roles=0");
    let guild = fixture.guild.clone();
    let shown = fixture.get("guild get", &[&guild], &[("with_counts", "true")]).json;
    assert_eq!((&shown["approximate_member_count"], &shown["roles"][0]["id"]), (&json!(20), &json!(guild)));
    let edited = fixture.run("guild edit", &[&guild], one("name", "Renamed"));
    assert_eq!(edited.event("GUILD_UPDATE")["name"], json!("Renamed"));
    assert_eq!(fixture.run("guild edit", &[&guild], one("system_channel_id", "1")).code, 50035);
    assert_eq!(fixture.get("guild get-prune-count", &[&guild], &[("days", "7")]).json, json!({"pruned": 18}));
    let pruned = fixture.run("guild prune", &[&guild], one("days", 7));
    assert_eq!((&pruned.json, pruned.events.len()), (&json!({"pruned": 18}), 19));
    let log = fixture.get("audit-log list", &[&guild], &[]).json;
    let actions: Vec<u64> =
        log["audit_log_entries"].as_array().unwrap().iter().map(|e| e["action_type"].as_u64().unwrap()).collect();
    assert_eq!(actions, [21, 1]);
    assert_eq!(fixture.get("guild list", &[], &[]).json[0]["name"], json!("Renamed"));
    let left = fixture.run("guild leave", &[&guild], Value::Null);
    assert_eq!(left.event("GUILD_DELETE"), &json!({"id": guild}));
    assert_eq!(fixture.get("guild get", &[&guild], &[]).code, 10004);
    assert_eq!(fixture.get("channel get", &[&fixture.channel.clone()], &[]).code, 10003);
}

#[test]
fn changes_of_documents_send_the_events_of_their_collection() {
    let mut fixture = Fixture::new();
    let guild = fixture.guild.clone();
    let body = json!({"name": "party", "image": "data:image/png;base64,AA=="});
    let emoji = fixture.run("emoji create", &[&guild], body);
    assert_eq!(emoji.event("GUILD_EMOJIS_UPDATE")["emojis"].as_array().unwrap().len(), 2);
    let channel = fixture.channel.clone();
    let id = fixture.post("x");
    let name = format!("party:{}", emoji.id());
    assert_eq!(fixture.run("reaction add", &[&channel, &id, &name], Value::Null).status, 204);
    assert_eq!(fixture.run("emoji delete", &[&guild, &emoji.id()], Value::Null).names(), ["GUILD_EMOJIS_UPDATE"]);
}

#[test]
fn a_poll_can_be_created_and_ended_once() {
    let mut fixture = Fixture::new();
    let channel = fixture.channel.clone();
    let body =
        json!({"poll": {"question": {"text": "Lunch?"}, "answers": [{"poll_media": {"text": "Yes"}}], "duration": 1}});
    let poll = fixture.run("message send", &[&channel], body);
    assert_eq!(poll.json["poll"]["answers"][0]["answer_id"], json!(1));
    let id = poll.id();
    assert_eq!(fixture.get("poll list-voters", &[&channel, &id, "1"], &[]).json, json!({"users": []}));
    let ended = fixture.run("poll end", &[&channel, &id], Value::Null);
    assert_eq!((&ended.json["poll"]["results"]["is_finalized"], ended.names()), (&json!(true), vec!["MESSAGE_UPDATE"]));
    assert_eq!(fixture.run("poll end", &[&channel, &id], Value::Null).code, 520_001);
    let without_poll = fixture.post("no poll");
    assert_eq!(fixture.run("poll end", &[&channel, &without_poll], Value::Null).code, 520_006);
}
