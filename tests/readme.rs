//! The commands of README.md and the files of `examples/`, run as they are written.

use super::support::{Outcome, World};

const README: &str = include_str!("../README.md");
const WORKFLOW: &str = include_str!("../examples/github-actions.yml");
const CRONTAB: &str = include_str!("../examples/crontab");
const SERVICE: &str = include_str!("../examples/dcord-listen.service");

/// Returns the fenced code blocks of the README in that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fenced = README.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// Runs a script in `dcord sandbox run`, where `dcord` is this build.
fn in_sandbox(options: &[&str], script: &str) -> Outcome {
    let world = World::new().without("DCORD_TOKEN").without("DCORD_API_URL");
    world.run([&["sandbox", "run"], options, &["--", "sh", "-ec", script]].concat())
}

#[test]
fn the_tour_of_the_readme_works_as_written_and_ends() {
    let blocks = blocks("sh");
    let at = blocks.iter().position(|block| block.trim_end().ends_with("-- sh")).unwrap();
    let options = blocks[at].trim().strip_prefix("cargo run --release -- sandbox run ").unwrap();
    let options: Vec<&str> = options.strip_suffix(" -- sh").unwrap().split(' ').collect();
    let tour: Vec<&str> = blocks[at + 1].trim().lines().collect();
    // A line between the commands shows which of them printed nothing.
    let run = in_sandbox(&options, &tour.join("\necho ---\n"));
    assert_eq!(run.status, Some(0), "{run}");
    let silent = ["dcord reaction add"];
    let printed: Vec<&str> = run.stdout.split("---\n").collect();
    assert_eq!(printed.len(), tour.len(), "{run}");
    for (line, printed) in tour.iter().zip(printed) {
        assert_eq!(printed.is_empty(), silent.iter().any(|command| line.starts_with(command)), "{line}: {run}");
    }
}

#[test]
fn every_command_and_flag_in_the_readme_exists() {
    let world = World::new();
    let commands = blocks("sh").into_iter().flat_map(str::lines).flat_map(|line| line.split(" | "));
    let commands = commands.filter(|part| part.starts_with("dcord ") && !part.contains("$(") && !part.contains(" -- "));
    let mut count = 0;
    for command in commands {
        let run = world.shell(&format!("dcord() {{ \"$DCORD\" \"$@\"; }}; {command} -h"));
        assert_eq!(run.status, Some(0), "{command}: {run}");
        count += 1;
    }
    assert!(count > 15, "{count} commands");
}

#[test]
fn the_recipes_of_the_readme_are_the_files_in_examples() {
    for (language, example) in [("yaml", WORKFLOW), ("crontab", CRONTAB), ("ini", SERVICE)] {
        let blocks = blocks(language);
        assert_eq!(blocks.len(), 1, "{language}");
        for line in blocks[0].trim().lines() {
            assert!(example.lines().any(|own| own.trim() == line.trim()), "{language}: {line}");
        }
    }
}

#[test]
fn the_step_of_the_example_workflow_posts_its_report() {
    let (_, script) = WORKFLOW.rsplit_once("run: |\n").unwrap();
    for (status, color) in [("success", "5763719"), ("failure", "15548997")] {
        let run = in_sandbox(
            &[],
            &format!(
                "export STATUS={status} RUN_URL=https://example.com/1 GITHUB_REPOSITORY=a/b GITHUB_REF_NAME=main\n\
                 {script}\n\
                 dcord message list '#general' --limit 1 --jq '.embeds[0] | .title, .color, .fields[0].value'"
            ),
        );
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(run.status, Some(0), "{run}");
        assert!(lines[0].starts_with("https://discord.com/channels/"), "{run}");
        assert_eq!(lines[1..], [&format!("a/b: {status}"), color, "main"], "{run}");
    }
}

#[test]
fn the_lines_of_the_example_crontab_print_nothing() {
    let lines = CRONTAB.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let commands: Vec<String> = lines.map(|line| line.splitn(6, ' ').nth(5).unwrap().replace(r"\%", "%")).collect();
    assert_eq!(commands.len(), 2);
    let prepare = "dcord channel create ops > /dev/null\ndcord channel create ci > /dev/null\n\
                   dcord message send '#ci' old > /dev/null\n";
    let run = in_sandbox(&[], &format!("{prepare}{}", commands.join("\n")));
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""), "{run}");
}

#[test]
fn the_example_service_runs_an_existing_command() {
    let line = SERVICE.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/dcord ")).unwrap();
    let help = World::new().run(line.split(' ').chain(["-h"]));
    assert_eq!(help.status, Some(0), "{help}");
}
