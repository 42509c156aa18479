//! `dcord auth`: tokens in profiles, whose they are, and what they may do.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::{Value, json};

use super::support::{Recorder, Reply, TOKEN, World};

/// A server whose bot has one privileged intent, and a world without a token.
fn world() -> (Recorder, World) {
    let server = Recorder::answering(|asked| match (asked.path(), asked.header("authorization")) {
        (_, Some(token)) if token.contains("wrong") => {
            Reply::json(401, &json!({"message": "401: Unauthorized", "code": 0}))
        }
        ("/users/@me", _) => Reply::ok(&json!({"id": "5", "username": "robot"})),
        ("/applications/@me", _) => Reply::ok(&json!({"id": "6", "name": "Robot", "flags": 1 << 19})),
        _ => Reply::ok(&json!({"id": "9"})),
    });
    let world = World::at(&server).without("DCORD_TOKEN");
    (server, world)
}

fn config(world: &World) -> String {
    fs::read_to_string(world.path("config/dcord/config.toml")).unwrap_or_default()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The login of the world's token into a profile.
fn login(world: &World, more: &[&str]) -> Value {
    let run = world.run_with([&["auth", "login", "--with-token"], more].concat(), format!("{TOKEN}\n"));
    assert_eq!(run.status, Some(0), "{run}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_login_checks_the_token_names_the_bot_and_stores_the_token_in_a_private_file() {
    let (server, world) = world();
    assert_eq!(
        login(&world, &[]),
        json!({"profile": "default", "stored": "config", "user": "robot", "user_id": "5", "application": "Robot",
               "application_id": "6", "privileged_intents": ["MESSAGE_CONTENT"]})
    );
    assert_eq!(mode(&world.path("config/dcord/config.toml")), 0o600);
    assert_eq!(mode(&world.path("config/dcord")), 0o700);
    let expected = format!("default_profile = \"default\"\n\n[profiles.default]\ntoken = \"{TOKEN}\"\n");
    assert_eq!(config(&world), expected);
    server.take();
    assert_eq!(world.run(["user", "get-me", "--no-cache"]).status, Some(0));
    assert_eq!(server.one().header("authorization"), Some(&*format!("Bot {TOKEN}")));
}

#[test]
fn a_wrong_token_is_not_stored() {
    let (server, world) = world();
    for (text, status) in [("wrong-token\n", 4), ("\n", 4), ("two words\n", 4)] {
        let run = world.run_with(["auth", "login", "--with-token"], text);
        assert_eq!(run.status, Some(status), "{text:?} {run}");
    }
    assert_eq!(config(&world), "");
    server.take();
    insta::assert_snapshot!(world.run(["auth", "login"]), @r"
    exit: 2
    --- stderr
    error: cannot ask for the token, because there is no terminal
      hint: pipe the token to dcord: pass discord/bot | dcord auth login --with-token
    ");
    assert!(server.take().is_empty());
}

#[test]
fn a_login_keeps_the_comments_and_the_rules_of_a_profile() {
    let (_server, world) = world();
    let text = "# ours\n[profiles.work]\n# no bans\ndeny = [\"ban.*\"] # really\n";
    let path = world.config(text, 0o640);
    login(&world, &["--profile", "work"]);
    let expected = format!(
        "default_profile = \"work\"\n# ours\n[profiles.work]\n# no bans\ndeny = [\"ban.*\"] # really\ntoken = \"{TOKEN}\"\n"
    );
    assert_eq!(config(&world), expected);
    assert_eq!(mode(&path), 0o600, "it contains a secret now");
    let run = world.run(["ban", "add", "1", "2"]);
    assert_eq!(run.status, Some(10), "{run}");
}

#[test]
fn a_token_moves_between_its_places_and_leaves_none_behind() {
    let (_server, world) = world();
    login(&world, &[]);
    login(&world, &["--store", "file"]);
    let file = world.path("config/dcord/tokens/default");
    assert_eq!((fs::read_to_string(&file).unwrap(), mode(&file)), (TOKEN.to_owned(), 0o600));
    assert!(!config(&world).contains(TOKEN) && config(&world).contains("token_file = "), "{}", config(&world));
    login(&world, &["--store", "config"]);
    assert!(!file.exists() && config(&world).contains(TOKEN));
    login(&world, &["--store", "file"]);
    let run = world.run(["auth", "logout"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(!file.exists() && !config(&world).contains("token"), "{}", config(&world));
    assert_eq!(world.run(["user", "get-me"]).status, Some(4));
}

#[test]
fn a_login_writes_through_no_link_and_over_no_source_of_another_kind() {
    let (_server, world) = world();
    let path = world.config("[profiles.a]\ntoken_command = [\"pass\"]\n", 0o600);
    insta::assert_snapshot!(world.run_with(["auth", "login", "--with-token", "--profile", "a"], TOKEN), @r#"
    exit: 2
    --- stderr
    error: the profile "a" takes its token from token_command, which dcord did not store
      hint: `auth login` and `auth logout` change only tokens that dcord stored; remove token_command from [world]/config/dcord/config.toml, or name another profile with --profile
    "#);
    insta::assert_snapshot!(world.run(["auth", "logout", "--profile", "a"]), @r#"
    exit: 2
    --- stderr
    error: the profile "a" takes its token from token_command, which dcord did not store
      hint: `auth login` and `auth logout` change only tokens that dcord stored; remove token_command from [world]/config/dcord/config.toml, or name another profile with --profile
    "#);
    let other = world.path("other.toml");
    fs::rename(&path, &other).unwrap();
    symlink(&other, &path).unwrap();
    let before = fs::read_to_string(&other).unwrap();
    insta::assert_snapshot!(world.run_with(["auth", "login", "--with-token"], TOKEN), @r"
    exit: 1
    --- stderr
    error: [world]/config/dcord/config.toml is a symbolic link, and dcord does not write through links
      hint: edit the file that [world]/config/dcord/config.toml points to yourself
    ");
    assert_eq!(fs::read_to_string(&other).unwrap(), before);
    assert!(path.is_symlink());
}

#[test]
fn the_keyring_is_an_error_where_there_is_none() {
    let (_server, world) = world();
    let world = world.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let run = world.run_with(["auth", "login", "--with-token", "--store", "keyring"], TOKEN);
    assert_eq!(run.status, Some(4), "{run}");
    assert!(run.stderr.contains("the system keyring failed"), "{run}");
    world.config("[profiles.a]\ntoken_keyring = \"a\"\n", 0o600);
    let run = world.run(["user", "get-me", "--profile", "a"]);
    assert_eq!(run.status, Some(4), "{run}");
}

#[test]
fn the_status_names_the_source_that_dcord_uses_and_those_that_it_does_not() {
    let (server, world) = world();
    insta::assert_snapshot!(world.run(["auth", "status"]), @r"
    exit: 4
    --- stderr
    error: no token is set
      hint: run `dcord auth login`, or set DCORD_TOKEN; to try dcord without an account, use `dcord sandbox run -- COMMAND`
    ");
    world.config(
        &format!("default_profile = \"a\"\n[profiles.a]\ntoken = \"{TOKEN}\"\nread_only = true\ndeny = [\"ban.*\"]\n"),
        0o600,
    );
    let world = world.env("DISCORD_TOKEN", "wrong-token");
    insta::assert_snapshot!(world.run(["auth", "status"]), @r#"
    exit: 4
    --- stdout
    {"profile":"a","token":"DISCORD_TOKEN","unused":["token in config.toml"],"rules":["read_only = true","deny = [\"ban.*\"]"],"type":"bot"}
    --- stderr
    error: Unauthorized (401)
      hint: [server] does not accept the token: use a token that [server] issued, or check --api-url
    "#);
    insta::assert_snapshot!(world.run(["auth", "status", "--profile", "a"]), @r#"
    exit: 0
    --- stdout
    {"profile":"a","token":"token in config.toml","rules":["read_only = true","deny = [\"ban.*\"]"],"type":"bot","user":"robot","user_id":"5","application":"Robot","application_id":"6","privileged_intents":["MESSAGE_CONTENT"]}
    "#);
    server.take();
    insta::assert_snapshot!(world.run(["auth", "status", "--profile", "a", "--offline"]), @r#"
    exit: 0
    --- stdout
    {"profile":"a","token":"token in config.toml","rules":["read_only = true","deny = [\"ban.*\"]"],"type":"bot","user":"robot","user_id":"5"}
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn profiles_are_listed_and_one_is_chosen() {
    let (_server, world) = world();
    insta::assert_snapshot!(world.run(["auth", "list"]), @"exit: 0");
    let path = world.config("# c\n[profiles.a]\ntoken_env = \"A\"\n[profiles.b]\nread_only = true\n", 0o644);
    let run = world.run(["auth", "switch", "b"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(mode(&path), 0o644, "it contains no secret");
    insta::assert_snapshot!(world.run(["auth", "list"]), @r#"
    exit: 0
    --- stdout
    {"name":"a","default":false,"token":"token_env A","type":"bot","rules":[]}
    {"name":"b","default":true,"token":null,"type":"bot","rules":["read_only = true"]}
    "#);
    insta::assert_snapshot!(world.run(["auth", "switch", "c"]), @r#"
    exit: 2
    --- stderr
    error: no profile named "c" in [world]/config/dcord/config.toml
      hint: the profiles are a, b
    "#);
    insta::assert_snapshot!(world.run(["auth", "switch"]), @r"
    exit: 2
    --- stderr
    error: PROFILE is missing (usage: dcord auth switch PROFILE)
      hint: `dcord auth list` shows the names
    ");
}

#[test]
fn a_person_types_the_token_unseen() {
    let (_server, world) = world();
    let mut command = world.command();
    command.args(["auth", "login", "--store", "config"]);
    let run = world.show_command(80, command, &format!("{TOKEN}x\u{7f}\r"));
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stdout.contains("Token (hidden): ") && config(&world).contains(&format!("\"{TOKEN}\"")), "{run}");
}

#[test]
fn each_command_of_auth_has_a_description_and_examples_in_its_full_help() {
    let world = World::new();
    for verb in ["login", "logout", "status", "list", "switch", "invite-url"] {
        let [short, full] = ["-h", "--help"].map(|help| world.run(["auth", verb, help]).stdout);
        assert!(short.ends_with("See --help for all details.\n"), "{short}");
        assert!(full.contains("\nExamples:\n  "), "{full}");
        let paragraphs = |text: &str| text.split("\n\n").filter(|part| part.starts_with(char::is_uppercase)).count();
        assert!(paragraphs(&full) > paragraphs(&short), "{full}");
    }
    let logout = world.run(["auth", "logout", "--help"]).stdout;
    assert!(logout.contains("The token itself stays valid"), "{logout}");
    // Where full help has only the global options to add, short help does not promise more.
    let short = world.run(["cache", "stats", "-h"]).stdout;
    assert!(short.ends_with("See --help for the global options.\n"), "{short}");
}

#[test]
fn an_invite_link_asks_for_the_permissions_of_the_named_commands_alone() {
    let (server, world) = world();
    let world = world.env("DCORD_TOKEN", TOKEN);
    let url = |words: &[&str]| {
        let run = world.run([&["auth", "invite-url", "--jq", ".url, (.names | join(\",\"))"], words].concat());
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    insta::assert_snapshot!(url(&["message.send", "member.timeout", "listen"]), @r"
    https://discord.com/oauth2/authorize?client_id=6&scope=bot+applications.commands&permissions=1099511630848
    view-channel,send-messages,moderate-members
    ");
    assert_eq!(server.lines(), "GET /applications/@me\n");
    insta::assert_snapshot!(url(&["member edit", "--guild", "111111111111111111"]), @r"
    https://discord.com/oauth2/authorize?client_id=6&scope=bot+applications.commands&permissions=1099943641088&guild_id=111111111111111111
    mute-members,deafen-members,move-members,manage-nicknames,manage-roles,moderate-members
    ");
    assert!(server.take().is_empty(), "the id of the application does not change");
    assert!(!url(&["*"]).contains("administrator"));
    assert!(url(&["--administrator"]).contains("&permissions=8\n"));
    insta::assert_snapshot!(world.run(["auth", "invite-url", "mesage.send"]), @r#"
    exit: 2
    --- stderr
    error: COMMAND: "mesage.send" matches no command; did you mean "message.send"?
    "#);
    insta::assert_snapshot!(world.run(["auth", "invite-url"]), @r"
    exit: 2
    --- stderr
    error: COMMAND is missing (usage: dcord auth invite-url COMMAND…)
      hint: name the commands that the bot runs, such as message.send or listen
    ");
    assert!(world.show(80, ["auth", "invite-url", "role.list"]).stdout.contains("no permissions"));
}

#[test]
fn auth_login_sends_nothing_offline_and_takes_one_kind_of_credential() {
    let server = Recorder::new();
    let world = World::at(&server);
    let run = world.run_with(["auth", "login", "--with-token", "--offline"], TOKEN);
    assert_eq!(run.status, Some(10), "{run}");
    let run = world.run_with(["auth", "login", "--oauth", "--with-token", "--client-id", "22"], TOKEN);
    assert_eq!(run.status, Some(2), "{run}");
    assert!(run.stderr.contains("--with-token"), "{run}");
    assert!(server.take().is_empty());
}
