//! Tests of channels that the bot cannot view.

use serde_json::{Value, json};

use super::fixture::{CommandResult, Fixture, ids};
use crate::sandbox::seed;

/// A fixture in which the bot has only the permissions of `@everyone`, the bot's id, and the id of
/// the role that it lost.
fn fixture() -> (Fixture, String, String) {
    let mut fixture = Fixture::new();
    let (guild, me, role) = (fixture.guild.clone(), seed::BOT.to_string(), seed::role_id(0, 0).to_string());
    assert_eq!(fixture.run("member remove-role", &[&guild, &me, &role], Value::Null).status, 204);
    (fixture, me, role)
}

fn set(fixture: &mut Fixture, channel: &str, allow: &str, deny: &str) -> CommandResult {
    let guild = fixture.guild.clone();
    fixture.run("channel set-permission", &[channel, &guild], json!({"type": 0, "allow": allow, "deny": deny}))
}

fn channels(fixture: &mut Fixture) -> Vec<String> {
    let guild = fixture.guild.clone();
    ids(&fixture.run("channel list", &[&guild], Value::Null).json)
}

fn of_guild_create(fixture: &Fixture, id: &str) -> Value {
    let guild = fixture.state.guild_create(fixture.guild.parse().unwrap(), 50);
    guild["channels"].as_array().unwrap().iter().find(|c| c["id"] == id).cloned().unwrap()
}

#[test]
fn a_channel_is_redacted_while_the_bot_cannot_view_it() {
    let (mut fixture, me, role) = fixture();
    let (guild, channel) = (fixture.guild.clone(), fixture.channel.clone());
    fixture.run("channel edit", &[&channel], json!({"topic": "plans"}));
    let lost = set(&mut fixture, &channel, "0", "1024");
    let event = lost.event("CHANNEL_UPDATE");
    let expected = json!({
        "id": channel, "type": 0, "guild_id": guild, "position": 0, "parent_id": null, "name": "___hidden___",
        "flags": 1 << 17,
        "permission_overwrites": [{"id": guild, "type": 0, "allow": "0", "deny": "1024"}],
    });
    assert_eq!(*event, expected);
    assert_eq!(of_guild_create(&fixture, &channel), expected);
    assert!(!channels(&mut fixture).contains(&channel), "REST omits it");
    for command in ["channel get", "message list", "pin list"] {
        let refused = fixture.run(command, &[&channel], Value::Null);
        assert_eq!((refused.status, refused.code), (403, 50001), "{command}");
    }
    let back = fixture.run("member add-role", &[&guild, &me, &role], Value::Null);
    assert_eq!(back.names()[..1], ["GUILD_MEMBER_UPDATE"]);
    let event = back.event("CHANNEL_UPDATE");
    assert_eq!((&event["topic"], &event["flags"], &event["name"]), (&json!("plans"), &json!(0), &json!("general")));
    assert!(channels(&mut fixture).contains(&channel));
    assert_eq!(of_guild_create(&fixture, &channel)["topic"], "plans");
    // A change of the role's permissions has the same effect.
    let less = fixture.run("role edit", &[&guild, &role], json!({"permissions": "1024"}));
    assert_eq!(less.event("CHANNEL_UPDATE")["name"], "___hidden___");
    let more = fixture.run("role edit", &[&guild, &role], json!({"permissions": "8"}));
    assert_eq!(more.event("CHANNEL_UPDATE")["name"], "general");
}

#[test]
fn events_in_a_hidden_channel_are_not_sent_and_its_deletion_is_redacted() {
    let (mut fixture, ..) = fixture();
    let (guild, channel) = (fixture.guild.clone(), fixture.channel.clone());
    let thread = fixture.run("thread create", &[&channel], json!({"name": "plans", "type": 11})).id();
    set(&mut fixture, &channel, "0", "1024");
    assert!(fixture.run("thread list", &[&guild], Value::Null).json["threads"].as_array().unwrap().is_empty());
    assert_eq!(fixture.run("channel get", &[&thread], Value::Null).code, 50001);
    assert_eq!(fixture.state.guild_create(guild.parse().unwrap(), 50)["threads"], json!([]));
    let webhook = fixture.state.webhooks.keys().next().unwrap().to_string();
    let posted = fixture.run("webhook send", &[&webhook, seed::WEBHOOK_TOKEN], json!({"content": "hi"}));
    assert!(posted.status < 300 && posted.names().is_empty(), "{:?}", posted.names());
    // Interactions are not redacted.
    let interaction = fixture.invoke(json!({"name": "ping"}));
    assert_eq!(interaction.event("INTERACTION_CREATE")["channel_id"], channel);
    // Another user deletes the channel.
    let id = channel.parse().unwrap();
    let view = fixture.state.channel_view(id).unwrap();
    fixture.state.channels.remove(&id);
    fixture.state.emit("CHANNEL_DELETE", guild.parse().ok(), view);
    let events = fixture.state.take_events();
    assert_eq!((events[0].name, &events[0].data["name"]), ("CHANNEL_DELETE", &json!("___hidden___")));
}

#[test]
fn a_category_becomes_visible_with_the_first_visible_channel_in_it() {
    let (mut fixture, ..) = fixture();
    let guild = fixture.guild.clone();
    let deny = json!([{"id": guild, "type": 0, "allow": "0", "deny": "1024"}]);
    let category = json!({"name": "Staff", "type": 4, "permission_overwrites": deny});
    let made = fixture.run("channel create", &[&guild], category);
    let (category, me) = (made.id(), seed::BOT);
    assert_eq!(made.event("CHANNEL_CREATE")["name"], "___hidden___");
    let inside = json!({"name": "plans", "parent_id": category, "permission_overwrites": deny});
    let inside = fixture.run("channel create", &[&guild], inside).id();
    assert!(!channels(&mut fixture).contains(&category));
    // Another user grants the bot access.
    let doc = &mut fixture.state.channel_mut(inside.parse().unwrap()).unwrap().doc;
    doc["permission_overwrites"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": me.to_string(), "type": 1, "allow": "1024", "deny": "0"}));
    let view = fixture.state.channel_view(inside.parse().unwrap()).unwrap();
    fixture.state.emit("CHANNEL_UPDATE", guild.parse().ok(), view);
    let events = fixture.state.take_events();
    let names: Vec<&Value> = events.iter().map(|event| &event.data["name"]).collect();
    assert_eq!(names, ["plans", "Staff"]);
    assert!(channels(&mut fixture).contains(&category));
}

#[test]
fn the_obfuscated_flag_cannot_be_set_and_redaction_can_be_turned_off() {
    let (mut fixture, ..) = fixture();
    let channel = fixture.channel.clone();
    let edited = fixture.run("channel edit", &[&channel], json!({"flags": 1 << 17 | 1 << 21}));
    assert_eq!(edited.json["flags"], json!(1 << 21));
    fixture.state.obfuscates = false;
    let lost = set(&mut fixture, &channel, "0", "1024");
    assert_eq!(lost.event("CHANNEL_UPDATE")["name"], "general");
    assert_eq!(of_guild_create(&fixture, &channel)["name"], "general");
    assert!(!channels(&mut fixture).contains(&channel), "REST omits it in any case");
}
