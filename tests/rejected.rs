//! Command lines that clap rejects.

use super::support::World;

/// The error of a command line, without its prefix: the message, then the hints.
fn error(line: &str) -> String {
    let run = World::new().run(line.split(' '));
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{line}: {run}");
    let text = run.stderr.strip_prefix("error: ").unwrap_or_else(|| panic!("{line}: {run}"));
    text.trim_end().replace("\n  hint: ", " | ")
}

#[test]
fn each_kind_of_error_of_the_parser_has_a_sentence_of_its_own() {
    for (line, expected) in [
        // An option whose required option is missing.
        ("message send 1 x --take content", "--take requires --each FILE"),
        ("message send 1 x --journal=j", "--journal requires --each FILE"),
        ("message send 1 x --each - --retry-failed", "--retry-failed requires --journal FILE"),
        ("message send 1 x --retry-unknown", "--retry-unknown requires --each FILE and --journal FILE"),
        ("auth login --oauth", "--oauth requires --client-id ID"),
        ("auth login --scope identify", "--scope requires --client-id ID and --oauth"),
        // Options that exclude each other.
        ("message list 1 --limit 5 --all", "--limit and --all cannot be combined"),
        ("auth login --with-token --oauth", "--with-token and --oauth cannot be combined"),
        ("notify --text a b", "--text and TEXT cannot be combined"),
        ("message list 1 -q -q", "--quiet can be given only once"),
        // A value that is missing, not wanted, or not valid.
        ("notify a --title", "--title requires a value: --title TITLE"),
        ("message list 1 --errors", "--errors requires a value: text, json"),
        ("message list 1 -q=3", "-q takes no value"),
        ("message list 1 --yes=3", "--yes takes no value"),
        ("message list 1 --errors tetx", "--errors: \"tetx\" is not one of text, json; did you mean \"text\"?"),
        (
            "message list 1 --limit x",
            "--limit: \"x\" is not a whole number of 1 or more | `dcord message list -h` describes the options",
        ),
        // A word too many.
        (
            "notify one two",
            "unexpected argument \"two\": \"notify\" takes one TEXT | quote text that contains spaces: dcord notify 'one two'",
        ),
        (
            "notify --title x one two",
            "unexpected argument \"two\": \"notify\" takes one TEXT | quote text that contains spaces: dcord notify 'several words'",
        ),
        (
            "auth switch a b",
            "unexpected argument \"b\": \"auth switch\" takes one PROFILE | `dcord auth switch -h` shows the usage",
        ),
        (
            "auth status x",
            "unexpected argument \"x\": \"auth status\" takes no arguments | `dcord auth status -h` shows the usage",
        ),
        ("listen 5", "unexpected argument \"5\": \"listen\" takes no arguments | to name a channel, use --channel 5"),
        // A misspelt command in the place of a text.
        (
            "notify rnu -- make",
            "no command named \"notify rnu\"; did you mean \"notify run\"? | quote text that contains spaces: dcord notify 'several words'",
        ),
        (
            "notify one rnu",
            "no command named \"notify rnu\"; did you mean \"notify run\"? | quote text that contains spaces: dcord notify 'one rnu'",
        ),
        // No command.
        ("-q", "no command is given | `dcord help` lists the commands"),
        ("auth -q", "\"auth\" requires a command, such as \"auth login\" | `dcord auth -h` lists its commands"),
    ] {
        assert_eq!(error(line), expected, "{line}");
    }
}
