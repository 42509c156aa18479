//! The generated files in the repository are what the binary prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs dcord with only these environment variables.
fn dcord(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dcord"));
    command.args(args).env_clear().envs(environment.iter().copied());
    command.output().expect("dcord starts")
}

#[test]
fn the_committed_manual_is_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let out = dcord(&["man", "--dir", dir.path().to_str().unwrap()], &[]);
    assert!(out.status.success(), "{out:?}");
    let names = |dir: &Path| {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let committed = repository("man");
    assert_eq!(names(dir.path()), names(&committed), "write them anew: cargo run -- man --dir man");
    for name in names(&committed) {
        let (new, old) = (fs::read_to_string(dir.path().join(&name)), fs::read_to_string(committed.join(&name)));
        assert!(new.unwrap() == old.unwrap(), "{name:?} differs; write it anew: cargo run -- man --dir man");
    }
}

#[test]
fn the_committed_completion_scripts_are_up_to_date() {
    for (shell, file) in [
        ("bash", "dcord.bash"),
        ("zsh", "_dcord"),
        ("fish", "dcord.fish"),
        ("elvish", "dcord.elv"),
        ("powershell", "dcord.ps1"),
    ] {
        let out = dcord(&["completions", shell], &[]);
        assert!(out.status.success(), "{shell}");
        assert_eq!(
            String::from_utf8(out.stdout).unwrap(),
            fs::read_to_string(repository("completions").join(file)).unwrap()
        );
    }
}

#[test]
fn completion_prints_one_line_for_each_candidate() {
    let ask = |shell: &str, words: &[&str]| {
        let out = dcord(&[&["--"], words].concat(), &[("DCORD_COMPLETE", shell)]);
        assert!(out.status.success() && out.stderr.is_empty(), "{shell}: {out:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    assert_eq!(ask("fish", &["dcord", "message", "sen"]), "send\tSend a message to a channel\n");
    assert_eq!(ask("zsh", &["dcord", "message", "list", "1", "-o", "cs"]), "csv\t\n");
    assert_eq!(ask("bash", &["dcord message list 1 -o cs", "cs"]), "csv\n");
    assert_eq!(ask("fish", &["dcord", "message", "send", "1", "--file", "x"]), "<files>\n");
    assert_eq!(ask("powershell", &["dcord", "message", "send", "1", "--tts=", " "]), "\n");
    assert_eq!(ask("bash", &["no question"]), "\n");
}

#[test]
fn the_short_flag_prints_short_help_and_the_long_one_prints_all() {
    let help = |args: &[&str]| {
        let out = dcord(args, &[("COLUMNS", "80")]);
        assert_eq!(out.status.code(), Some(0), "{args:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    let (short, whole) = (help(&["message", "send", "-h"]), help(&["message", "send", "--help"]));
    assert!(
        short.starts_with("Send a message to a channel\n\nUsage: dcord message send CHANNEL [CONTENT] [OPTIONS]\n")
    );
    assert!(
        short.contains("--embed.…") && !short.contains("--embed.title TEXT") && !short.contains("--request-timeout")
    );
    assert!(whole.contains("--embed.title TEXT") && whole.contains("--request-timeout SPAN"));
    assert_eq!(help(&["help", "message", "send"]), whole);
    assert_eq!(help(&["message", "send", "1", "text", "--help"]), whole, "wherever it stands");
    assert!(help(&["--help"]).contains("Global options:"));
}

#[test]
fn dcord_without_arguments_prints_help_and_a_noun_without_a_verb_is_an_error() {
    let out = dcord(&[], &[]);
    assert_eq!(out.status.code(), Some(0));
    assert!(out.stderr.is_empty() && String::from_utf8_lossy(&out.stdout).contains("Usage: dcord"), "{out:?}");
    for args in [["message"], ["cache"]] {
        let out = dcord(&args, &[]);
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(out.stdout.is_empty(), "{args:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("Usage: dcord"), "{args:?}");
    }
}

#[test]
fn help_starts_with_common_commands_and_help_without_a_topic_lists_the_topics() {
    let help = |args: &[&str]| String::from_utf8(dcord(args, &[("COLUMNS", "80")]).stdout).unwrap();
    let bare = help(&[]);
    assert_eq!(bare, help(&["-h"]));
    assert!(bare.contains("\n\nStart here:\n  dcord sandbox demo "), "{bare}");
    assert!(bare.lines().count() <= 44, "it fits on a screen: {bare}");
    let topics = help(&["help"]);
    for line in help(&["help", "topics"]).lines() {
        let (name, about) = line.trim().split_once(' ').unwrap();
        assert!(
            topics.lines().any(|line| line.contains(&format!("dcord help {name} ")) && line.ends_with(about.trim()))
        );
    }
}

#[test]
fn the_help_of_a_noun_lists_commands_and_options_for_common_tasks() {
    let help = |noun: &str| {
        let out = dcord(&[noun, "-h"], &[("COLUMNS", "80")]);
        String::from_utf8(out.stdout).unwrap()
    };
    for (noun, texts) in [
        ("thread", &["\n  archive ", "\n  edit ", "\n  delete ", "\n  lock ", "(alias of `dcord channel get`)"][..]),
        ("member", &["\n  timeout ", "\n  untimeout ", "--nick NAME", "\n  ban "]),
        ("role", &["\n  assign ", "\n  unassign ", "--role ROLE"]),
        ("message", &["\n  react ", "\n  pin ", "\n  reply ", "\n  forward ", "[alias: create]"]),
        ("channel", &["--slowmode 30s"]),
    ] {
        for text in texts {
            assert!(help(noun).contains(text), "{noun}: {text}\n{}", help(noun));
        }
    }
    let edit = String::from_utf8(dcord(&["member", "edit", "-h"], &[("COLUMNS", "80")]).stdout).unwrap();
    assert!(edit.contains("\n  --timeout TIME ") && edit.contains("--communication-disabled-until]"), "{edit}");
    let out = dcord(&["message", "send", "--help"], &[("COLUMNS", "80")]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("Aliases: `dcord message create`, `dcord thread send`\n"));
}

#[test]
fn a_command_that_discord_removed_gets_a_hint_to_its_replacement() {
    for words in ["guild create", "guild create-integration", "message ack", "user get-dms"] {
        let args: Vec<_> = words.split(' ').collect();
        let out = dcord(&args, &[("DCORD_ERRORS", "text")]);
        assert_eq!(out.status.code(), Some(2), "{words}");
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(text.starts_with(&format!("error: Discord has removed {words}\n  hint: ")), "{words}: {text}");
    }
}
