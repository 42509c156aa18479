//! The commands of README.md and the files of `examples/`, run as they are written.

use super::support::{Outcome, World};

const README: &str = include_str!("../README.md");
const WORKFLOW: &str = include_str!("../examples/github-actions.yml");
const GITLAB: &str = include_str!("../examples/gitlab-ci.yml");
const CRONTAB: &str = include_str!("../examples/crontab");
const SERVICE: &str = include_str!("../examples/dcord-listen.service");
const FAILURE_SERVICE: &str = include_str!("../examples/dcord-failure.service");

/// Prints of each embed in the channel, the newest first, what the tests check.
const REPORTS: &str = "dcord message list '#general' --jq '.embeds[0] | .title, .description, (.fields[]? | .value)'";

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
    let (_, script) = WORKFLOW.rsplit_once("run: ").unwrap();
    for (status, title) in [("success", "✅ a/b: CI succeeded"), ("failure", "❌ a/b: CI failed")] {
        let script = script.trim().replace("${{ job.status }}", status);
        let run = in_sandbox(
            &[],
            &format!(
                "export GITHUB_ACTIONS=true GITHUB_REPOSITORY=a/b GITHUB_WORKFLOW=CI GITHUB_REF_TYPE=branch \
                 GITHUB_REF_NAME=main\necho 'the log' > test.log\n{script} > /dev/null\n{REPORTS}\n\
                 DCORD_WEBHOOK_URL= DCORD_CHANNEL= {script}"
            ),
        );
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(lines, [title, "```", "the log", "```", "main"], "{run}");
        assert!(run.stderr.contains("posts no notification"), "a fork has no secret: {run}");
    }
}

#[test]
fn the_script_of_the_example_for_gitlab_posts_its_report() {
    let (_, script) = GITLAB.rsplit_once("- ").unwrap();
    let run = in_sandbox(
        &[],
        &format!(
            "export GITLAB_CI=true CI_PROJECT_PATH=a/b CI_JOB_NAME=test CI_JOB_STATUS=failed CI_COMMIT_BRANCH=main\n\
             {} > /dev/null\n{REPORTS}",
            script.trim()
        ),
    );
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!((run.status, &lines[..]), (Some(0), &["❌ a/b: test failed", "null", "main"][..]), "{run}");
}

#[test]
fn the_lines_of_the_example_crontab_print_nothing() {
    let lines = CRONTAB.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let commands: Vec<String> = lines.map(|line| line.splitn(6, ' ').nth(5).unwrap().replace(r"\%", "%")).collect();
    assert_eq!(commands.len(), 3);
    let prepare = "dcord channel create ops > /dev/null\ndcord channel create ci > /dev/null\n\
                   dcord message send '#ci' old > /dev/null\n";
    let program =
        "mkdir bin; PATH=$PWD/bin:$PATH; printf '#!/bin/sh\nexit $RESULT\n' > bin/backup; chmod +x bin/backup\n";
    let run = in_sandbox(&[], &format!("{prepare}{program}export RESULT=0\n{}", commands.join("\n")));
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""), "{run}");
    let backup = commands.iter().find(|command| command.ends_with("-- backup > /dev/null")).unwrap();
    let failed = in_sandbox(&[], &format!("{program}export RESULT=3\n{backup} || echo $?\n{REPORTS}"));
    assert!(failed.stdout.starts_with("3\n❌ Backup of db1\nnull\nbackup\n"), "{failed}");
}

#[test]
fn the_example_service_runs_an_existing_command() {
    let line = SERVICE.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/dcord ")).unwrap();
    let help = World::new().run(line.split(' ').chain(["-h"]));
    assert_eq!(help.status, Some(0), "{help}");
}

#[test]
fn the_example_service_for_failures_names_the_failed_unit() {
    let line = FAILURE_SERVICE.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    let script = format!(
        "export CREDENTIALS_DIRECTORY=$PWD MONITOR_UNIT=backup.service MONITOR_SERVICE_RESULT=exit-code \
         MONITOR_EXIT_CODE=exited MONITOR_EXIT_STATUS=3\n\
         printf %s \"$DCORD_WEBHOOK_URL\" > webhook\nDCORD_WEBHOOK_URL= {}\n{REPORTS}",
        line.replace("%H", "db1")
    );
    let run = in_sandbox(&[], &script);
    assert_eq!(run.stdout, "❌ backup.service failed\nnull\nexit-code, exited 3\ndb1\n", "{run}");
}
