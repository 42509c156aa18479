//! Channels that the bot cannot view, in events and in the output of commands.

use std::io::{BufRead as _, BufReader};

use super::support::{Bounded, Embedded, until};

/// Returns a world whose bot has only the permissions of everyone, and whose listener keeps the cache up to date.
fn listening() -> (Embedded, Bounded) {
    let world = Embedded::new();
    assert_eq!(world.run(&["cache", "enable"]).status, Some(0));
    role(&world, "remove-role");
    let listener = listen(&world);
    (world, listener)
}

/// Starts a listener and returns when it has received the server.
fn listen(world: &Embedded) -> Bounded {
    let mut listener = world.listen(&["--intents", "guilds"]);
    let mut lines = BufReader::new(listener.stdout()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("GUILD_CREATE")));
    // A thread reads the output, so the listener never waits for a reader.
    std::thread::spawn(move || lines.count());
    listener
}

/// Adds or removes the bot's role, with which it can view all channels.
fn role(world: &Embedded, verb: &str) {
    let me = world.identity().application_id.to_string();
    let done = world.run(&["member", verb, &world.guild(), &me, "Bots"]);
    assert_eq!(done.status, Some(0), "{done}");
}

/// Hides the first channel, `general`, from everyone without that role.
fn hide(world: &Embedded) {
    let (channel, guild) = (world.channel(), world.guild());
    let done = world.run(&["channel", "set-permission", &channel, &guild, "--type", "role", "--deny", "view-channel"]);
    assert_eq!(done.status, Some(0), "{done}");
}

fn list(world: &Embedded, more: &[&str]) -> (String, String) {
    let listed = world.run(&[&["channel", "list", &world.guild(), "--jq", ".name"], more].concat());
    (listed.stdout, listed.stderr)
}

fn hint(world: &Embedded) -> bool {
    list(world, &[]).1.contains("1 more channel is hidden from the bot")
}

fn completed(world: &Embedded, word: &str) -> String {
    let mut command = world.command(&["--", "dcord", "message", "send", "--guild", &world.guild(), word]);
    command.env("DCORD_COMPLETE", "fish");
    world.finish(command).stdout.trim().to_owned()
}

#[test]
fn a_channel_that_becomes_hidden_keeps_its_cached_fields_and_is_not_listed() {
    let (world, listener) = listening();
    let channel = world.channel();
    until("the channel is known", || list(&world, &["--offline"]).0.starts_with("general\n"));
    assert!(completed(&world, "#gen").starts_with("#general"), "{}", completed(&world, "#gen"));
    hide(&world);
    until("the channel is hidden", || hint(&world));
    let asked = list(&world, &["--no-cache"]);
    assert_eq!(asked, ("random\nannouncements\nvoice\nforum\n".to_owned(), String::new()));
    for from_cache in ["--cached", "--offline"] {
        let (names, notes) = list(&world, &[from_cache]);
        assert_eq!(names, asked.0, "{from_cache}");
        assert!(notes.contains("1 more channel is hidden"), "{from_cache}: {notes}");
    }
    assert_eq!(world.run(&["channel", "get", &channel, "--offline"]).status, Some(10));
    assert_eq!(world.run(&["channel", "get", &channel, "--cached"]).status, Some(5), "Discord is asked");
    let kept = world.run(&["cache", "get", "channel", &channel, "--jq", ".name"]);
    assert_eq!(kept.stdout, "general\n", "{kept}");
    assert_eq!((completed(&world, "#gen"), completed(&world, "#___")), (String::new(), String::new()));
    for name in ["#general", "#___hidden___"] {
        let sent = world.run(&["message", "send", name, "hi", "--guild", &world.guild()]);
        assert_eq!(sent.status, Some(6), "{sent}");
    }
    role(&world, "add-role");
    until("the channel is back", || list(&world, &["--offline"]).0.contains("general"));
    assert!(completed(&world, "#gen").starts_with("#general"));
    assert_eq!(list(&world, &[]).1, "", "nothing is hidden");
    drop(listener);
    world.stop();
}

#[test]
fn a_channel_that_was_never_visible_has_no_name() {
    let world = Embedded::new();
    assert_eq!(world.run(&["cache", "enable"]).status, Some(0));
    role(&world, "remove-role");
    hide(&world);
    // Rows that earlier commands stored are removed.
    assert_eq!(world.run(&["cache", "clear"]).status, Some(0));
    let listener = listen(&world);
    until("the channel is hidden", || hint(&world));
    let rows = world.run(&["cache", "sql", "SELECT id, name, type, hidden FROM channels WHERE hidden"]);
    assert_eq!(rows.stdout, format!("{{\"id\":\"{}\",\"name\":null,\"type\":0,\"hidden\":1}}\n", world.channel()));
    assert!(!world.run(&["cache", "list", "channel"]).stdout.contains("___hidden___"));
    assert_eq!(completed(&world, "#___"), "");
    assert!(!completed(&world, "").contains("hidden"));
    role(&world, "add-role");
    until("the channel is known", || list(&world, &["--offline"]).0.starts_with("general\n"));
    drop(listener);
    world.stop();
}
