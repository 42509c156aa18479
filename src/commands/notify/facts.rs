//! Collects facts about a run from the variables that CI systems and systemd set: the repository, the commit, the job
//! and its link. Sources: each system's list of predefined variables.

use serde_json::Value;

use super::status::Status;

/// Texts that contain variables in braces. The first text whose variables are all set is used.
///
/// `{A=x}` is replaced with an empty string, and requires that A is x. `{A#x}` is replaced with A without the prefix
/// x, as in a shell.
type Source = &'static [&'static str];

/// A system that starts runs, such as a CI system.
struct System {
    name: &'static str,
    /// If one of these texts has all of its variables, the run belongs to the system.
    marks: Source,
    repository: Source,
    branch: Source,
    tag: Source,
    commit: Source,
    subject: Source,
    actor: Source,
    workflow: Source,
    job: Source,
    link: Source,
    commit_link: Source,
    /// The path of a file with the event that started the run, in GitHub's format.
    event: Source,
    status: Source,
    /// The status for words that are not the name or an alias of a status.
    other_status: Option<Status>,
    /// Names of further facts, with their sources.
    details: &'static [(&'static str, Source)],
}

const NONE: System = System {
    name: "",
    marks: &[],
    repository: &[],
    branch: &[],
    tag: &[],
    commit: &[],
    subject: &[],
    actor: &[],
    workflow: &[],
    job: &[],
    link: &[],
    commit_link: &[],
    event: &[],
    status: &[],
    other_status: None,
    details: &[],
};

/// The systems in order of precedence. A system that sets another system's variables for compatibility comes before
/// that system.
static SYSTEMS: [System; 7] = [
    System {
        name: "Forgejo Actions",
        marks: &["{GITEA_ACTIONS}", "{FORGEJO_ACTIONS}"],
        // The links of these systems need the number of a run, because they have no page for its id.
        link: &["{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_NUMBER}"],
        ..GITHUB
    },
    GITHUB,
    System {
        name: "GitLab CI",
        marks: &["{GITLAB_CI}"],
        repository: &["{CI_PROJECT_PATH}"],
        branch: &["{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}", "{CI_COMMIT_BRANCH}", "{CI_COMMIT_REF_NAME}"],
        tag: &["{CI_COMMIT_TAG}"],
        commit: &["{CI_COMMIT_SHA}"],
        subject: &["{CI_COMMIT_TITLE}"],
        actor: &["{GITLAB_USER_LOGIN}"],
        workflow: &[],
        job: &["{CI_JOB_NAME}"],
        link: &["{CI_JOB_URL}", "{CI_PIPELINE_URL}"],
        commit_link: &["{CI_PROJECT_URL}/-/commit/{CI_COMMIT_SHA}"],
        status: &["{CI_JOB_STATUS}"],
        ..NONE
    },
    System {
        name: "Buildkite",
        marks: &["{BUILDKITE}"],
        repository: &["{BUILDKITE_ORGANIZATION_SLUG}/{BUILDKITE_PIPELINE_SLUG}"],
        branch: &["{BUILDKITE_BRANCH}"],
        tag: &["{BUILDKITE_TAG}"],
        commit: &["{BUILDKITE_COMMIT}"],
        subject: &["{BUILDKITE_MESSAGE}"],
        actor: &["{BUILDKITE_BUILD_CREATOR}", "{BUILDKITE_BUILD_AUTHOR}"],
        workflow: &["#{BUILDKITE_BUILD_NUMBER}"],
        job: &["{BUILDKITE_LABEL}"],
        link: &["{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"],
        // Set only in the hooks that run after the command.
        status: &["{BUILDKITE_COMMAND_EXIT_STATUS=0}success", "{BUILDKITE_COMMAND_EXIT_STATUS}"],
        other_status: Some(Status::Failure),
        ..NONE
    },
    System {
        name: "Jenkins",
        marks: &["{JENKINS_URL}"],
        repository: &["{JOB_NAME}"],
        branch: &["{CHANGE_BRANCH}", "{BRANCH_NAME}", "{GIT_BRANCH#origin/}"],
        tag: &["{TAG_NAME}"],
        commit: &["{GIT_COMMIT}"],
        actor: &["{CHANGE_AUTHOR}"],
        workflow: &["#{BUILD_NUMBER}"],
        job: &["{STAGE_NAME}"],
        link: &["{BUILD_URL}"],
        ..NONE
    },
    System {
        name: "CircleCI",
        marks: &["{CIRCLECI}"],
        repository: &["{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}"],
        branch: &["{CIRCLE_BRANCH}"],
        tag: &["{CIRCLE_TAG}"],
        commit: &["{CIRCLE_SHA1}"],
        actor: &["{CIRCLE_USERNAME}"],
        job: &["{CIRCLE_JOB}"],
        link: &["{CIRCLE_BUILD_URL}"],
        ..NONE
    },
    System {
        name: "systemd",
        // Units in OnFailure= and OnSuccess= have the first two, and ExecStopPost= has the last one.
        marks: &["{MONITOR_UNIT}", "{MONITOR_SERVICE_RESULT}", "{SERVICE_RESULT}"],
        job: &["{MONITOR_UNIT}"],
        status: &["{MONITOR_SERVICE_RESULT}", "{SERVICE_RESULT}"],
        other_status: Some(Status::Failure),
        details: &[
            (
                "Result",
                &[
                    "{MONITOR_SERVICE_RESULT}, {MONITOR_EXIT_CODE} {MONITOR_EXIT_STATUS}",
                    "{MONITOR_SERVICE_RESULT}",
                    "{SERVICE_RESULT}, {EXIT_CODE} {EXIT_STATUS}",
                    "{SERVICE_RESULT}",
                ],
            ),
            // For `journalctl _SYSTEMD_INVOCATION_ID=…`.
            ("Invocation", &["{MONITOR_INVOCATION_ID}", "{INVOCATION_ID}"]),
        ],
        ..NONE
    },
];

const GITHUB: System = System {
    name: "GitHub Actions",
    marks: &["{GITHUB_ACTIONS}"],
    repository: &["{GITHUB_REPOSITORY}"],
    // For a pull request, GITHUB_REF_NAME contains its number.
    branch: &["{GITHUB_HEAD_REF}", "{GITHUB_REF_TYPE=branch}{GITHUB_REF_NAME}"],
    tag: &["{GITHUB_REF_TYPE=tag}{GITHUB_REF_NAME}"],
    commit: &["{GITHUB_SHA}"],
    actor: &["{GITHUB_ACTOR}"],
    workflow: &["{GITHUB_WORKFLOW}"],
    job: &["{GITHUB_JOB}"],
    link: &["{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"],
    commit_link: &["{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/commit/{GITHUB_SHA}"],
    event: &["{GITHUB_EVENT_PATH}"],
    ..NONE
};

/// The facts about a run. Other people choose most of these texts, such as the name of a branch and the subject of a
/// commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub system: Option<&'static str>,
    pub repository: Option<String>,
    pub branch: Option<String>,
    pub tag: Option<String>,
    pub commit: Option<String>,
    /// The first line of the commit's message, or the title of the pull request.
    pub subject: Option<String>,
    pub actor: Option<String>,
    pub workflow: Option<String>,
    pub job: Option<String>,
    pub link: Option<String>,
    pub commit_link: Option<String>,
    pub status: Option<Status>,
    pub details: Vec<(&'static str, String)>,
}

impl Facts {
    /// Collects the facts. `get` returns the value of a variable, and `read` the JSON in an event's file.
    pub fn of(get: impl Fn(&str) -> Option<String>, read: impl Fn(&str) -> Option<Value>) -> Self {
        let is_set = |mark: &&str| fill(mark, &get).is_some();
        let Some(system) = SYSTEMS.iter().find(|system| system.marks.iter().any(is_set)) else {
            return Self::default();
        };
        let first = |source: Source| source.iter().find_map(|text| fill(text, &get));
        let url =
            |source: Source| first(source).filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        let status = first(system.status).map(|word| Status::parse(&word).or(system.other_status));
        let detail = |(name, source): &(&'static str, Source)| first(source).map(|text| (*name, text));
        let mut facts = Self {
            system: Some(system.name),
            repository: first(system.repository),
            branch: first(system.branch),
            tag: first(system.tag),
            commit: first(system.commit),
            subject: first(system.subject),
            actor: first(system.actor),
            workflow: first(system.workflow),
            job: first(system.job),
            link: url(system.link),
            commit_link: url(system.commit_link),
            status: status.flatten(),
            details: system.details.iter().filter_map(detail).collect(),
        };
        if let Some(event) = first(system.event).and_then(|path| read(&path)) {
            facts.add_event(&event);
        }
        facts.subject = facts.subject.as_deref().and_then(|text| text.lines().next()).map(str::to_owned);
        facts
    }

    /// Adds the facts that only the event contains. For a pull request, GITHUB_SHA is a temporary merge commit, which
    /// does not help the reader.
    fn add_event(&mut self, event: &Value) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        self.subject = text("/pull_request/title").or_else(|| text("/head_commit/message"));
        if let (Some(head), Some(commit)) = (text("/pull_request/head/sha"), &self.commit) {
            self.commit_link = self.commit_link.as_ref().map(|link| link.replace(commit.as_str(), &head));
            self.commit = Some(head);
        }
    }

    /// The name of the run, from its repository, workflow and job.
    pub fn name(&self) -> Option<String> {
        let same = self.workflow == self.job;
        let job: Vec<&str> =
            [self.workflow.as_deref(), self.job.as_deref().filter(|_| !same)].into_iter().flatten().collect();
        let job = (!job.is_empty()).then(|| job.join(" / "));
        match (&self.repository, job) {
            (Some(repository), Some(job)) => Some(format!("{repository}: {job}")),
            (repository, job) => repository.clone().or(job),
        }
    }

    /// The abbreviated commit hash.
    pub fn short_commit(&self) -> Option<&str> {
        const LENGTH: usize = 7;
        self.commit.as_deref().map(|commit| commit.get(..LENGTH).unwrap_or(commit))
    }
}

/// Replaces the variables in a text. Returns `None` if one of them is not set or does not have the required value.
fn fill(text: &str, get: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, next) = after.split_once('}')?;
        filled.push_str(before);
        if let Some((name, wanted)) = inner.split_once('=') {
            get(name).filter(|value| value == wanted)?;
        } else if let Some((name, prefix)) = inner.split_once('#') {
            let value = get(name)?;
            filled.push_str(value.strip_prefix(prefix).unwrap_or(&value));
        } else {
            filled.push_str(&get(inner)?);
        }
        rest = next;
    }
    filled.push_str(rest);
    (!filled.is_empty()).then_some(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(variables: &[(&str, &str)], event: &Value) -> Facts {
        let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Facts::of(get, |path| (path == "/event.json").then(|| event.clone()))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    const GITHUB_PUSH: &[(&str, &str)] = &[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/app"),
        ("GITHUB_REF_NAME", "main"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ("GITHUB_ACTOR", "ada"),
        ("GITHUB_WORKFLOW", "CI"),
        ("GITHUB_JOB", "test"),
        ("GITHUB_RUN_ID", "98765"),
        ("GITHUB_RUN_NUMBER", "12"),
        ("GITHUB_EVENT_PATH", "/event.json"),
    ];

    #[test]
    fn a_push_on_github_has_its_commit_job_and_links() {
        let event = json!({"head_commit": {"message": "Fix the parser\n\nIt failed on…"}});
        let facts = facts(GITHUB_PUSH, &event);
        assert_eq!((facts.system, facts.status), (Some("GitHub Actions"), None));
        assert_eq!(
            (facts.name(), facts.branch.clone(), facts.tag.clone()),
            (some("acme/app: CI / test"), some("main"), None)
        );
        assert_eq!((facts.short_commit(), facts.subject.clone()), (Some("0123456"), some("Fix the parser")));
        assert_eq!(
            (facts.actor.as_deref(), facts.link.as_deref()),
            (Some("ada"), Some("https://github.com/acme/app/actions/runs/98765"))
        );
        assert!(facts.commit_link.unwrap().ends_with("/commit/0123456789abcdef0123456789abcdef01234567"));
    }

    #[test]
    fn a_pull_request_on_github_has_the_branch_and_commit_of_its_author() {
        let mut variables = GITHUB_PUSH.to_vec();
        variables.retain(|(name, _)| *name != "GITHUB_REF_NAME");
        variables.extend([("GITHUB_REF_NAME", "7/merge"), ("GITHUB_HEAD_REF", "fix")]);
        let event = json!({"pull_request": {"title": "Fix it", "head": {"sha": "feedfacefeedface"}}});
        let facts = facts(&variables, &event);
        assert_eq!((facts.branch.as_deref(), facts.subject.as_deref()), (Some("fix"), Some("Fix it")));
        assert_eq!(facts.commit_link.as_deref(), Some("https://github.com/acme/app/commit/feedfacefeedface"));
        assert_eq!(facts.short_commit(), Some("feedfac"));
    }

    #[test]
    fn a_github_tag_is_not_reported_as_a_branch() {
        let mut variables = GITHUB_PUSH.to_vec();
        variables.retain(|(name, _)| *name != "GITHUB_REF_TYPE");
        variables.push(("GITHUB_REF_TYPE", "tag"));
        let facts = facts(&variables, &Value::Null);
        assert_eq!((facts.branch, facts.tag, facts.subject), (None, some("main"), None));
    }

    #[test]
    fn forgejo_is_distinguished_from_github_and_links_use_the_run_number() {
        for mark in ["GITEA_ACTIONS", "FORGEJO_ACTIONS"] {
            let mut variables = GITHUB_PUSH.to_vec();
            variables.push((mark, "true"));
            let facts = facts(&variables, &json!({"head_commit": {"message": "Fix"}}));
            assert_eq!((facts.system, facts.subject.as_deref()), (Some("Forgejo Actions"), Some("Fix")));
            assert_eq!(facts.link.as_deref(), Some("https://github.com/acme/app/actions/runs/12"));
        }
    }

    #[test]
    fn gitlab_has_the_status_of_the_job() {
        let variables = [
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_PATH", "acme/app"),
            ("CI_PROJECT_URL", "https://gitlab.com/acme/app"),
            ("CI_COMMIT_REF_NAME", "main"),
            ("CI_COMMIT_SHA", "0123456789"),
            ("CI_COMMIT_TITLE", "Fix"),
            ("GITLAB_USER_LOGIN", "ada"),
            ("CI_JOB_NAME", "test"),
            ("CI_JOB_URL", "https://gitlab.com/acme/app/-/jobs/1"),
            ("CI_JOB_STATUS", "failed"),
        ];
        let found = facts(&variables, &Value::Null);
        assert_eq!((found.name(), found.status), (some("acme/app: test"), Some(Status::Failure)));
        assert_eq!(found.commit_link.as_deref(), Some("https://gitlab.com/acme/app/-/commit/0123456789"));
        let mut running = variables.to_vec();
        running.pop();
        running.push(("CI_JOB_STATUS", "skipped"));
        assert_eq!(facts(&running, &Value::Null).status, None, "an unknown word is no success");
    }

    #[test]
    fn buildkite_has_the_exit_status_of_the_command_in_its_hooks() {
        let mut variables = vec![
            ("BUILDKITE", "true"),
            ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
            ("BUILDKITE_PIPELINE_SLUG", "app"),
            ("BUILDKITE_BRANCH", "main"),
            ("BUILDKITE_COMMIT", "0123456789"),
            ("BUILDKITE_MESSAGE", "Fix\n\nmore"),
            ("BUILDKITE_BUILD_CREATOR", "Ada"),
            ("BUILDKITE_BUILD_NUMBER", "5"),
            ("BUILDKITE_LABEL", "test"),
            ("BUILDKITE_BUILD_URL", "https://buildkite.com/acme/app/builds/5"),
            ("BUILDKITE_JOB_ID", "abc"),
        ];
        let found = facts(&variables, &Value::Null);
        assert_eq!((found.name(), found.status), (some("acme/app: #5 / test"), None));
        assert_eq!((found.subject, found.link), (some("Fix"), some("https://buildkite.com/acme/app/builds/5#abc")));
        for (code, status) in [("0", Status::Success), ("1", Status::Failure), ("-1", Status::Failure)] {
            variables.push(("BUILDKITE_COMMAND_EXIT_STATUS", code));
            assert_eq!(facts(&variables, &Value::Null).status, Some(status));
            variables.pop();
        }
    }

    #[test]
    fn jenkins_names_a_branch_with_or_without_its_remote() {
        let mut variables = vec![
            ("JENKINS_URL", "https://ci.example.com/"),
            ("JOB_NAME", "app"),
            ("BUILD_NUMBER", "5"),
            ("BUILD_URL", "https://ci.example.com/job/app/5/"),
            ("GIT_BRANCH", "origin/main"),
            ("GIT_COMMIT", "0123456789"),
        ];
        let found = facts(&variables, &Value::Null);
        assert_eq!((found.name(), found.branch), (some("app: #5"), some("main")));
        variables.push(("BRANCH_NAME", "feature"));
        assert_eq!(facts(&variables, &Value::Null).branch, some("feature"));
    }

    #[test]
    fn circleci_has_its_project_and_job() {
        let found = facts(
            &[
                ("CIRCLECI", "true"),
                ("CIRCLE_PROJECT_USERNAME", "acme"),
                ("CIRCLE_PROJECT_REPONAME", "app"),
                ("CIRCLE_TAG", "v1"),
                ("CIRCLE_SHA1", "0123456789"),
                ("CIRCLE_JOB", "test"),
                ("CIRCLE_USERNAME", "ada"),
                ("CIRCLE_BUILD_URL", "https://circleci.com/gh/acme/app/5"),
            ],
            &Value::Null,
        );
        assert_eq!((found.name(), found.tag, found.branch), (some("acme/app: test"), some("v1"), None));
    }

    #[test]
    fn a_unit_that_systemd_starts_after_a_failure_names_the_failed_unit() {
        let found = facts(
            &[
                ("MONITOR_UNIT", "backup.service"),
                ("MONITOR_SERVICE_RESULT", "exit-code"),
                ("MONITOR_EXIT_CODE", "exited"),
                ("MONITOR_EXIT_STATUS", "3"),
                ("MONITOR_INVOCATION_ID", "0123"),
                ("INVOCATION_ID", "4567"),
            ],
            &Value::Null,
        );
        assert_eq!((found.name(), found.status), (some("backup.service"), Some(Status::Failure)));
        assert_eq!(found.details, [("Result", "exit-code, exited 3".to_owned()), ("Invocation", "0123".to_owned())]);
        let after = facts(&[("SERVICE_RESULT", "success"), ("INVOCATION_ID", "4567")], &Value::Null);
        assert_eq!(after.status, Some(Status::Success));
    }

    #[test]
    fn without_a_known_system_there_are_no_facts() {
        // INVOCATION_ID is also set in a desktop's terminal.
        assert_eq!(facts(&[("INVOCATION_ID", "4567"), ("HOME", "/root")], &Value::Null), Facts::default());
    }

    #[test]
    fn a_link_that_is_not_a_url_is_omitted() {
        let found = facts(&[("JENKINS_URL", "x"), ("BUILD_URL", "javascript:alert(1)")], &Value::Null);
        assert_eq!((found.system, found.link), (Some("Jenkins"), None));
    }
}
