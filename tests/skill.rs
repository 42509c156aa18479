//! `dcord skill`, the file that teaches an agent to use dcord.

use super::support::World;

#[test]
fn the_skill_is_printed_without_a_token_a_home_or_a_terminal() {
    let world = World::new().without("DCORD_TOKEN").without("HOME").without("XDG_CONFIG_HOME");
    let run = world.run(["skill"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    assert!(run.stdout.starts_with("---\nname: dcord\ndescription: "), "{run}");
    for part in ["--dry-run", "--yes", "-o text", "allowed_guilds", "auth invite-url", "--each", "dcord sandbox run"] {
        assert!(run.stdout.contains(part), "{part}");
    }
    let found = world.run(["endpoints", "agent"]);
    assert!(found.stdout.starts_with("skill > SKILL.md\t"), "{found}");
}

#[test]
fn the_commands_of_the_skill_run_in_the_sandbox_as_written() {
    let world = World::new().without("DCORD_API_URL").without("DCORD_TOKEN");
    let run = world.shell(
        r##""$DCORD" sandbox run -- sh -c '
            dcord message send "#general" hello --dry-run >/dev/null &&
            echo "some text" | dcord message send "#general" - --ping none -o none &&
            dcord message list "#general" --after 1h -o text &&
            dcord message list "#general" --after 1h > found.jsonl &&
            dcord message delete --each found.jsonl --journal deleted --dry-run >/dev/null &&
            dcord message delete --each found.jsonl --journal deleted --yes && echo deleted'"##,
    );
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stdout.contains("content=\"some text\"") && run.stdout.ends_with("deleted\n"), "{run}");
}
