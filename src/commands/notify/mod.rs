//! `dcord notify` reports the result of a job in a message. The message is an embed with facts from the options and
//! the environment. It is sent by the same calls as `webhook send` and `message send`.

mod args;
mod compose;
mod deliver;
mod facts;
mod message;
mod run;
mod status;
mod template;
mod text;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use self::args::Options;
use self::compose::{compose, contents, facts, learn_secrets};
use self::deliver::{Courier, Destination, Outcome};
use self::message::Message;
use self::status::Status;
use crate::call::bind::Error;
use crate::call::bind::input::Input;
use crate::call::{Question, Reply};
use crate::catalogue::tasks;
use crate::context::Context;
use crate::error::{Report, Result, exit};

pub fn args(command: Command) -> Command {
    let command = command
        .override_usage("dcord notify [TEXT] [OPTIONS]")
        .after_help(
            "Posts a message with a title, a colour for the status, and what the environment says about the job: in \
             GitHub Actions, Forgejo and Gitea Actions, GitLab CI, Buildkite, Jenkins, CircleCI and systemd, dcord adds \
             the repository, the branch or tag, the commit, its author and a link to the run. Options override these.\n\n\
             Destination: --webhook or --channel, else the webhook in DCORD_WEBHOOK_URL or DISCORD_WEBHOOK_URL, else \
             the only webhook of the profile, else the channel in DCORD_CHANNEL or the profile, for which a bot token \
             is required.\n\n\
             Exit status: a notification does not fail a job. If Discord does not accept the message, dcord prints a \
             warning and exits with 0; with --fail it exits with an error. A wrong option or value exits \
             with 2, and a missing webhook or token with 4, unless --optional is given. A channel or thread that does not \
             exist means that the message is not delivered. If dcord does not find the name in \
             --mention, it prints a warning and posts the message without this ping, with --fail too. dcord gives up after 30 \
             seconds, because the defaults here are --max-wait 20s and --request-timeout 10s.\n\n\
             Names from outside, such as the name of a branch, cannot ping anyone or change the layout. Only --mention \
             pings. In the log and the text, dcord hides its own secrets, and the values of variables whose names contain \
             TOKEN, SECRET, PASSWORD or a similar word.\n\n\
             With --key, the first run posts a message and the next ones edit it, so that \"started\" becomes \
             \"succeeded\". Since an edit pings nobody, --mention then posts a second message. dcord stores keys in \
             DCORD_STATE_DIR, which the runs must share.\n\n\
             A template is the JSON body of a message, as Discord documents it, with these names in double braces: actor, \
             branch, color, command, commit, commit_link, duration, exit_status, host, job, link, log, mentions, repository, \
             status, subject, symbol, system, tag, text, title, workflow, and env.NAME for a variable. Values are escaped \
             for JSON, and those from CI for Markdown too.\n\n\
             Examples:\n  \
             dcord notify --status success 'Deployed 1.4 to production'\n  \
             dcord notify --status failure --log build.log --mention 555555555555555555\n  \
             dcord notify --webhook env:BUILD_WEBHOOK --status started --key \"deploy-$GITHUB_RUN_ID\"\n  \
             dcord notify --channel '#builds' --title 'Nightly build' --field Tests='1204 passed' --optional",
        );
    args::shared(args::own(command))
        .arg(args::fail())
        .subcommand_help_heading("Commands")
        .subcommand(run::args(Command::new("run").about("Run a command and report how it ended")))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    if let Some(("run", inner)) = matches.subcommand() {
        misplaced(matches)?;
        return run::run(context, inner);
    }
    learn_secrets(context);
    let mut input = Input::default();
    let warn = |text: &str| context.console.warn(text);
    let options = Options::read(matches, &mut input)?.without_missing_files(warn);
    let log = args::log(matches, options.lines, &mut input, warn)?;
    let facts = facts();
    let given: Option<&Status> = matches.get_one("status");
    let status = given.copied().or(facts.status).unwrap_or_default();
    let message = Message { log, ..compose(&options, &facts, status, None) };
    let is_empty =
        message.title.is_none() && message.text.is_none() && message.log.as_ref().is_none_or(String::is_empty);
    let is_empty = is_empty && options.template.is_none() && options.image.is_none();
    if is_empty && message.fields.is_empty() && options.files.is_empty() {
        let usage = "notify [TEXT] [OPTIONS]".to_owned();
        let hint = Some("a title, field, log or file can take its place: --title, --field, --log, --file".into());
        return Err(Error::Missing { what: "TEXT".to_owned(), usage, hint }.into());
    }
    let destination = match Destination::of(context, &options)? {
        Ok(destination) => destination,
        Err(no_secret) => return no_secret.end(context, options.is_optional),
    };
    let contents = contents(context, &options, &facts, &message)?;
    let unasked = |_: &Question| Reply::Unanswered;
    let policy = super::endpoint::policy(context, None, &unasked)?;
    let row = destination.row();
    let (mut printer, wants) = super::endpoint::printer(context, row)?;
    let courier = Courier { context, policy: &policy, destination: &destination, options: &options, wants };
    match context.block_on(courier.deliver(&contents, None))? {
        Ok(Outcome::Planned(planned)) => planned.iter().try_for_each(|planned| super::dry_run::print(context, planned)),
        Ok(Outcome::Done { answers, server }) => {
            if server.is_some() {
                printer.set_server(server);
            }
            answers.into_iter().try_for_each(|answer| super::endpoint::print(context, row, answer, None, &mut printer))
        }
        Err(error) => deliver::end(context, error, matches.get_flag("fail")),
    }
}

/// Returns an error for a text or an option of `notify` before `run`, which would otherwise have no effect.
fn misplaced(matches: &ArgMatches) -> Result<()> {
    let command = args(Command::new("notify"));
    let is_typed = |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let Some(arg) = command.get_arguments().find(is_typed) else { return Ok(()) };
    let run = command.find_subcommand("run").expect("notify has the subcommand");
    let (message, hint) = match arg.get_long() {
        None => (
            "\"notify run\" takes no TEXT before it".to_owned(),
            "use --text: dcord notify run --text TEXT -- COMMAND; to send the word run, quote the whole text"
                .to_owned(),
        ),
        Some(long) if run.get_arguments().any(|own| own.get_long() == Some(long)) => {
            let value = arg.get_value_names().and_then(<[_]>::first).map(|name| format!(" {name}")).unwrap_or_default();
            (
                format!("--{long} stands before run"),
                format!("put it after run: dcord notify run --{long}{value} -- COMMAND"),
            )
        }
        Some(long) => (
            format!("--{long} is an option of \"notify\", not of \"notify run\""),
            tasks::instead_for("notify run", long).unwrap_or("`dcord notify run -h` lists the options").to_owned(),
        ),
    };
    Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into())
}
