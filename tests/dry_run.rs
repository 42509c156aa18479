//! `--dry-run` shows the request without a token, a connection or a secret.

use super::support::{Recorder, WEBHOOK_ID, WEBHOOK_TOKEN, World};

#[test]
fn a_dry_run_requires_no_token_and_sends_nothing() {
    let server = Recorder::new();
    let world = World::at(&server).without("DCORD_TOKEN");
    insta::assert_snapshot!(world.run(["message", "send", "1", "hello", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"POST","url":"http://[server]/channels/1/messages","headers":{"Authorization":"Bot [hidden]","Content-Type":"application/json"},"body":{"content":"hello","allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}}
    "#);
    insta::assert_snapshot!(world.run(["channel", "delete", "1", "--reason", "ž", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"DELETE","url":"http://[server]/channels/1","headers":{"Authorization":"Bot [hidden]","X-Audit-Log-Reason":"%C5%BE"}}
    "#);
    insta::assert_snapshot!(world.run(["message", "search", "1", "--content", "a b&c", "--has", "link", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"GET","url":"http://[server]/guilds/1/messages/search?content=a+b%26c&has=link","headers":{"Authorization":"Bot [hidden]"}}
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn a_dry_run_shows_names_that_require_a_request_as_typed() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["command", "list", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"GET","url":"http://127.0.0.1:1/applications/{application_id}/commands","headers":{"Authorization":"Bot [hidden]"}}
    "#);
}

#[test]
fn a_dry_run_checks_bounds() {
    insta::assert_snapshot!(World::new().run(["message", "send", "1", &"x".repeat(2001), "--dry-run"]), @r"
    exit: 9
    --- stderr
    error: CONTENT has 2001 characters; Discord allows 2000
      hint: send it in parts with --overflow split, as a file with --overflow file, or cut it with --overflow truncate
    ");
}

#[test]
fn a_dry_run_hides_secrets() {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::new().env("DCORD_WEBHOOK_URL", url).env("ACCESS", "short");
    world.secret("short");
    insta::assert_snapshot!(world.run(["webhook", "send", "hello", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"POST","url":"http://127.0.0.1:1/webhooks/700000000000000007/{webhook_token}?wait=true","headers":{"Content-Type":"application/json"},"body":{"content":"hello","allowed_mentions":{"parse":["users"]}}}
    "#);
    insta::assert_snapshot!(world.run(["member", "add", "1", "2", "--access-token", "env:ACCESS", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"PUT","url":"http://127.0.0.1:1/guilds/1/members/2","headers":{"Authorization":"Bot [hidden]","Content-Type":"application/json"},"body":{"access_token":"[hidden]"}}
    "#);
    insta::assert_snapshot!(world.run(["webhook", "send", "hello", "--dry-run=curl"]), @r#"
    exit: 0
    --- stdout
    curl --globoff -X POST 'http://127.0.0.1:1/webhooks/700000000000000007/'"${DCORD_WEBHOOK_URL##*/}"'?wait=true' -H 'Content-Type: application/json' --data-raw '{"content":"hello","allowed_mentions":{"parse":["users"]}}'
    "#);
    insta::assert_snapshot!(world.run(["member", "add", "1", "2", "--access-token", "env:ACCESS", "--dry-run=curl"]), @r#"
    exit: 0
    --- stdout
    curl --globoff -X PUT 'http://127.0.0.1:1/guilds/1/members/2' -H "Authorization: Bot $DCORD_TOKEN" -H 'Content-Type: application/json' --data-raw '{"access_token":"'"$ACCESS_TOKEN"'"}'
    --- stderr
    export ACCESS_TOKEN first: the curl command reads secrets from the environment
    "#);
    let world = world.env("SECRET", "shh").env("CODE", "c0de");
    world.secret("shh");
    world.secret("c0de");
    let words = [
        "oauth2",
        "token",
        "--grant-type",
        "authorization-code",
        "--code",
        "env:CODE",
        "--client-secret",
        "env:SECRET",
    ];
    insta::assert_snapshot!(world.run(words.iter().chain(&["--dry-run"])), @r#"
    exit: 0
    --- stdout
    {"method":"POST","url":"http://127.0.0.1:1/oauth2/token","headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":{"grant_type":"authorization_code","code":"[hidden]","client_secret":"[hidden]"}}
    "#);
    insta::assert_snapshot!(world.run(words.iter().chain(&["--dry-run=curl"])), @r#"
    exit: 0
    --- stdout
    curl --globoff -X POST 'http://127.0.0.1:1/oauth2/token' --data-urlencode 'grant_type=authorization_code' --data-urlencode 'code='"$CODE" --data-urlencode 'client_secret='"$CLIENT_SECRET"
    --- stderr
    export CLIENT_SECRET first: the curl command reads secrets from the environment
    "#);
}

#[test]
fn a_dry_run_names_files_without_their_contents() {
    let world = World::new();
    world.file("a b.txt", "content");
    insta::assert_snapshot!(world.run(["message", "send", "1", "hello", "--file", "a b.txt#it's", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"POST","url":"http://127.0.0.1:1/channels/1/messages","headers":{"Authorization":"Bot [hidden]","Content-Type":"multipart/form-data"},"body":{"payload_json":{"content":"hello","attachments":[{"id":0,"filename":"a_b.txt","description":"it's"}],"allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true},"files[0]":{"filename":"a_b.txt","content_type":"text/plain","size":7,"source":"a b.txt"}}}
    "#);
}

/// Runs the printed command in a shell where `curl` prints its arguments, one in each line.
fn arguments_of_curl(world: &World, words: &str) -> String {
    let script = format!(
        r#"curl() {{ for word in "$@"; do printf '<%s>\n' "$word"; done; }}
        command=$("$DCORD" -q {words} --dry-run=curl) || exit
        DCORD_TOKEN='the shell has it' TOKEN='a b' ACCESS_TOKEN='with "quotes"' WEBHOOK_TOKEN=set
        eval "$command""#
    );
    world.shell(&script).to_string()
}

#[test]
fn the_curl_command_is_quoted_for_a_shell() {
    let world = World::new().without("DCORD_TOKEN");
    world.file("a b.txt", "content");
    insta::assert_snapshot!(arguments_of_curl(&world, r#"message send 1 "it's \"\$HOME\" \`x\`""#), @r#"
    exit: 0
    --- stdout
    <--globoff>
    <-X>
    <POST>
    <http://127.0.0.1:1/channels/1/messages>
    <-H>
    <Authorization: Bot the shell has it>
    <-H>
    <Content-Type: application/json>
    <--data-raw>
    <{"content":"it's \"$HOME\" `x`","allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}>
    "#);
    insta::assert_snapshot!(arguments_of_curl(&world, r#"message search 1 --content "a'b [1-3]" --pinned=false"#), @r"
    exit: 0
    --- stdout
    <--globoff>
    <http://127.0.0.1:1/guilds/1/messages/search?content=a%27b+%5B1-3%5D&pinned=false>
    <-H>
    <Authorization: Bot the shell has it>
    ");
    insta::assert_snapshot!(arguments_of_curl(&world, r#"message send 1 "a; \"b\"" --file "a b.txt""#), @r#"
    exit: 0
    --- stdout
    <--globoff>
    <-X>
    <POST>
    <http://127.0.0.1:1/channels/1/messages>
    <-H>
    <Authorization: Bot the shell has it>
    <-F>
    <payload_json="{\"content\":\"a; \\\"b\\\"\",\"attachments\":[{\"id\":0,\"filename\":\"a_b.txt\"}],\"allowed_mentions\":{\"parse\":[\"users\"]},\"nonce\":\"[nonce]\",\"enforce_nonce\":true}";type=application/json>
    <-F>
    <files[0]=@"a b.txt";filename="a_b.txt";type=text/plain>
    "#);
    insta::assert_snapshot!(arguments_of_curl(&world, r#"ban remove 1 2 --reason "it's over""#), @r"
    exit: 0
    --- stdout
    <--globoff>
    <-X>
    <DELETE>
    <http://127.0.0.1:1/guilds/1/bans/2>
    <-H>
    <Authorization: Bot the shell has it>
    <-H>
    <X-Audit-Log-Reason: it%27s%20over>
    ");
    insta::assert_snapshot!(arguments_of_curl(&world, r#"oauth2 revoke --token env:PATH --client-id 5"#), @r"
    exit: 0
    --- stdout
    <--globoff>
    <-X>
    <POST>
    <http://127.0.0.1:1/oauth2/token/revoke>
    <--data-urlencode>
    <token=a b>
    <--data-urlencode>
    <client_id=5>
    ");
}

#[test]
fn the_curl_command_reads_secrets_from_variables() {
    // The shell prints this token. The token of the world itself must never be printed.
    let secret = format!("{WEBHOOK_ID}/{}", "x1".repeat(34));
    let url = format!("https://discord.com/api/webhooks/{secret}");
    let target = |world: &World, words: &str| {
        let shown = arguments_of_curl(world, words);
        shown.lines().find(|line| line.starts_with("<http")).map(str::to_owned).unwrap_or(shown)
    };
    let world = World::new().without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", &url).env("HOOK", &url);
    let plain = format!("<http://127.0.0.1:1/webhooks/{secret}?wait=true>");
    assert_eq!(target(&world, "webhook send hello"), plain);
    let message = format!("<http://127.0.0.1:1/webhooks/{secret}/messages/3>");
    assert_eq!(target(&world, "webhook get-message 3"), message);
    // A token from another source, or from a URL with a query, has its own variable, which dcord names.
    let other = format!("<http://127.0.0.1:1/webhooks/{WEBHOOK_ID}/set?wait=true>");
    let world = world.env("DCORD_WEBHOOK_URL", "");
    assert_eq!(target(&world, "webhook send env:HOOK hello"), other);
    let world = world.env("DCORD_WEBHOOK_URL", format!("{url}?thread_id=5"));
    let threaded = format!("<http://127.0.0.1:1/webhooks/{WEBHOOK_ID}/set?wait=true&thread_id=5>");
    assert_eq!(target(&world, "webhook send hello"), threaded);
    let run = world.run(["webhook", "send", "hello", "--dry-run=curl"]);
    assert!(run.stderr.contains("export WEBHOOK_TOKEN first"), "{run}");
}

#[test]
fn a_dry_run_of_a_list_shows_the_request_for_its_first_page() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (words, query) in [
        ("member list 1", "?limit=100"),
        ("member list 1 --all", "?limit=1000"),
        ("member list 1 --limit 7", "?limit=7"),
        ("member list 1 --page-size 7 --all --after 200000000000000003", "?after=200000000000000003&limit=7"),
        ("message list 1", ""),
        ("message list 1 --limit 250 --before 200000000000000005", "?before=200000000000000005&limit=100"),
        ("message search 1 --all --has link", "?has=link&limit=25"),
        ("pin list 1 --all", "?limit=50"),
        ("channel list 1", ""),
        (
            "ban list 1 --after 200000000000000003 --before 200000000000000005 --all",
            "?after=200000000000000003&limit=1000",
        ),
        ("api /guilds/1/members --all", "?limit=1000"),
    ] {
        let outcome = world.run(words.split(' ').chain(["--dry-run", "--jq", ".url"]));
        let shown = outcome.stdout.trim().split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
        assert_eq!(shown, query, "{words}: {outcome}");
        // The request that is sent is the one for the first page, as shown.
        assert!(server.take().is_empty(), "{words}");
        world.run(words.split(' '));
        let sent = server.take().remove(0).target;
        assert_eq!(sent.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}")), query, "{words}");
    }
    let range = ["--after", "200000000000000003", "--before", "200000000000000005"];
    insta::assert_snapshot!(world.run([&["ban", "list", "1", "--all", "--dry-run"], &range[..]].concat()), @r#"
    exit: 0
    --- stdout
    {"method":"GET","url":"http://[server]/guilds/1/bans?after=200000000000000003&limit=1000","headers":{"Authorization":"Bot [hidden]"}}
    --- stderr
    --before 200000000000000005 is not part of the request; dcord stops there itself
    "#);
}

#[test]
fn a_dry_run_with_output_id_or_url_shows_the_whole_request() {
    let world = World::new();
    for format in ["id", "url"] {
        let run = world.run(["message", "send", "1", "hi", "-o", format, "--dry-run"]);
        assert!(run.status == Some(0) && run.stdout.starts_with(r#"{"method":"POST""#), "{run}");
    }
}
