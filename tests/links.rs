//! Links and mentions: each form that people paste, and invalid ones.

use serde_json::json;

use super::support::{Recorder, Reply, World};

const GUILD: &str = "111111111111111111";
const CHANNEL: &str = "222222222222222222";
const MESSAGE: &str = "333333333333333333";
const EVENT: &str = "444444444444444444";

fn lists() -> Recorder {
    Recorder::answering(|request| match request.path() {
        "/users/@me" => Reply::ok(&json!({"id": "77", "username": "bot"})),
        path if path.ends_with("/messages") => Reply::ok(&json!([])),
        _ => Reply::ok(&json!({"id": "9", "code": "0012345", "type": 0})),
    })
}

#[test]
fn a_pasted_link_supplies_the_targets_that_it_contains() {
    let server = lists();
    let world = World::at(&server);
    for (words, path) in [
        (
            &[
                "message",
                "get",
                "https://canary.discordapp.com/channels/111111111111111111/222222222222222222/333333333333333333",
            ][..],
            format!("/channels/{CHANNEL}/messages/{MESSAGE}"),
        ),
        (
            &[
                "message",
                "get",
                "<https://discord.com/channels/111111111111111111/222222222222222222/333333333333333333>",
            ],
            format!("/channels/{CHANNEL}/messages/{MESSAGE}"),
        ),
        (
            &["message", "get", "http://www.discordapp.com/channels/@me/222222222222222222/333333333333333333/?a=b"],
            format!("/channels/{CHANNEL}/messages/{MESSAGE}"),
        ),
        (
            &[
                "message",
                "list",
                "https://discord.com/channels/111111111111111111/222222222222222222/333333333333333333",
            ],
            format!("/channels/{CHANNEL}/messages"),
        ),
        (
            &["channel", "get", "https://discord.com/channels/111111111111111111/5/threads/222222222222222222"],
            format!("/channels/{CHANNEL}"),
        ),
        (
            &[
                "message",
                "get",
                "ptb.discord.com/channels/111111111111111111/5/threads/222222222222222222/333333333333333333",
            ],
            format!("/channels/{CHANNEL}/messages/{MESSAGE}"),
        ),
        (
            &["scheduled-event", "get", "https://discord.com/events/111111111111111111/444444444444444444"],
            format!("/guilds/{GUILD}/scheduled-events/{EVENT}"),
        ),
        (
            &["guild", "get", "https://discord.com/events/111111111111111111/444444444444444444"],
            format!("/guilds/{GUILD}"),
        ),
        (&["user", "get", "https://discord.com/users/222222222222222222"], format!("/users/{CHANNEL}")),
        (&["invite", "get", "https://ptb.discord.com/invite/abc"], "/invites/abc".to_owned()),
        (&["invite", "get", "discord.gg/abc?event=1"], "/invites/abc".to_owned()),
        (&["invite", "get", "<http://canary.discordapp.com/invite/abc/>"], "/invites/abc".to_owned()),
        (&["template", "get", "discord.new/abc"], "/guilds/templates/abc".to_owned()),
        (&["template", "get", "https://discordapp.com/template/abc"], "/guilds/templates/abc".to_owned()),
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(0), "{words:?}\n{run}");
        assert_eq!(server.one().path(), path, "{words:?}");
    }
}

#[test]
fn a_mention_or_link_of_another_kind_is_refused() {
    let server = lists();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["user", "get", "<@&1>"]), @r#"
    exit: 2
    --- stderr
    error: USER: "<@&1>" is a mention of a role, but the command requires a user
    "#);
    insta::assert_snapshot!(world.run(["role", "get", GUILD, "<#1>"]), @r#"
    exit: 2
    --- stderr
    error: ROLE: "<#1>" is a mention of a channel, but the command requires a role
    "#);
    insta::assert_snapshot!(world.run(["channel", "get", "https://discord.gg/abc"]), @r#"
    exit: 2
    --- stderr
    error: CHANNEL: "https://discord.gg/abc" is an invite link, but the command requires a channel
    "#);
    insta::assert_snapshot!(world.run(["message", "get", "https://discord.com.evil.example/channels/1/2/3"]), @r#"
    exit: 2
    --- stderr
    error: CHANNEL: "https://discord.com.evil.example/channels/1/2/3" is a link to another website, but the command requires a channel
    "#);
    insta::assert_snapshot!(world.run(["invite", "get", "https://evil.example/abc"]), @r#"
    exit: 2
    --- stderr
    error: CODE: "https://evil.example/abc" is a link to another website, but the command requires an invite
    "#);
    insta::assert_snapshot!(world.run(["invite", "get", "https://discord.com/channels/1/2"]), @r#"
    exit: 2
    --- stderr
    error: CODE: "https://discord.com/channels/1/2" is a link to something else, but the command requires an invite
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--ping", "<#5>"]), @r#"
    exit: 2
    --- stderr
    error: --ping: "<#5>" is not everyone, roles, users, none, a name such as @alice, an id, or a mention
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn at_me_is_the_user_of_the_token_for_every_user_argument() {
    let server = lists();
    let world = World::at(&server);
    for (words, target) in [
        (&["user", "get", "@me"][..], "/users/@me"),
        (&["thread", "get-member", CHANNEL, "@me"], "/channels/222222222222222222/thread-members/77"),
        (&["member", "get", GUILD, "@me"], "/guilds/111111111111111111/members/77"),
        (&["member", "add-role", GUILD, "@me", "5"], "/guilds/111111111111111111/members/77/roles/5"),
        (
            &["message", "search", GUILD, "--author-id", "@me"],
            "/guilds/111111111111111111/messages/search?author_id=77",
        ),
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(0), "{words:?}\n{run}");
        let asked = server.take();
        assert!(asked.last().is_some_and(|last| last.target.starts_with(target)), "{words:?}: {asked:#?}");
    }
    // The id of the user was requested once and is cached.
    world.run(["message", "send", CHANNEL, "<@77>", "--ping", "@me"]);
    assert_eq!(server.one().json()["allowed_mentions"], json!({"parse": [], "users": ["77"]}));
}

#[test]
fn an_invite_code_of_digits_is_not_an_id() {
    let server = lists();
    let world = World::at(&server);
    world.run(["invite", "get", "0012345"]);
    assert_eq!(server.one().path(), "/invites/0012345");
    // The cache finds the invite by its exact code.
    let cached = world.run(["cache", "get", "invite", "0012345", "--jq", ".code"]);
    insta::assert_snapshot!(cached, @r"
    exit: 0
    --- stdout
    0012345
    ");
    world.run(["invite", "delete", "0012345", "--yes"]);
    assert_eq!(world.run(["cache", "list", "invite"]).stdout, "");
}
