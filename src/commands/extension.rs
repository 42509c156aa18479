//! Extensions: a program `dcord-NAME` on the PATH runs as `dcord NAME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::parser::ValueSource;

use crate::cli::globals;
use crate::cli::rejected::Rejected;
use crate::config::alias::is_name;
use crate::config::env;
use crate::error::{self, CannotRun, Error, Peer, Report, Result, exit};

/// The global options that have a variable, by which `dcord` in the extension receives them too.
const VARIABLES: [(&str, &str); 8] = [
    ("output", "DCORD_OUTPUT"),
    ("errors", "DCORD_ERRORS"),
    ("profile", "DCORD_PROFILE"),
    ("token-type", "DCORD_TOKEN_TYPE"),
    ("api-url", "DCORD_API_URL"),
    ("request-timeout", "DCORD_REQUEST_TIMEOUT"),
    ("max-wait", "DCORD_MAX_WAIT"),
    ("retries", "DCORD_RETRIES"),
];

/// Runs the extension whose name is at this position of the arguments, with the arguments after it. Returns its exit
/// status, or `None` if there is no such program. On Unix, the program replaces this process, so this returns only if
/// it cannot be run.
pub fn run(args: &[OsString], at: usize) -> Result<Option<u8>> {
    let Some(name) = args[at].to_str().filter(|name| is_name(name)) else { return Ok(None) };
    let Some(program) = find(name) else { return Ok(None) };
    let mut command = Command::new(&program);
    command.args(&args[at + 1..]).envs(variables(&args[..at], name)?);
    start(command).map(Some).map_err(|source| cannot_run(CannotRun { program: program.into(), source }))
}

/// The first executable file with the name of the extension in the folders of the PATH.
fn find(name: &str) -> Option<PathBuf> {
    let file = format!("dcord-{name}{}", std::env::consts::EXE_SUFFIX);
    let path = env::get("PATH")?;
    let folders = std::env::split_paths(&path);
    // An empty folder in the PATH is the current one. Without a slash, the system would search the PATH again.
    let found = folders.map(|folder| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder });
    found.map(|folder| folder.join(&file)).find(|program| is_executable(program))
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    use rustix::fs::{Access, access};
    program.is_file() && access(program, Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_executable(program: &Path) -> bool {
    program.is_file()
}

/// The variables for the global options before the name of the extension. The others belong to commands of dcord.
fn variables(args: &[OsString], name: &str) -> Result<Vec<(&'static str, String)>> {
    let root = clap::Command::new("dcord").disable_help_flag(true).args(globals::everywhere());
    let given = root.try_get_matches_from(args).map_err(|error| {
        let line: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
        Box::new(Rejected { error: &error, words: &[], line: &line }.report(&[], Vec::new))
    })?;
    let mut variables = Vec::new();
    for id in given.ids().map(clap::Id::as_str) {
        if given.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let variable = VARIABLES.iter().find(|(option, _)| *option == id);
        let Some((_, variable)) = variable else {
            let message = format!("the extension {name:?} does not take the option --{id} of dcord");
            let hint = format!("to pass the option to the extension, put it after the name: dcord {name} --{id}");
            return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
        };
        let value = given.get_one::<String>(id).cloned();
        variables.extend(value.map(|value| (*variable, value)));
    }
    Ok(variables)
}

/// The error for a program that exists but cannot be run.
fn cannot_run(error: CannotRun) -> Error {
    match error::report(&error.into(), &Peer::Discord) {
        Some(report) => {
            let hint = "if it is a script, its first line must name an existing interpreter: #!/bin/sh".to_owned();
            Box::new(Report { hint: Some(hint), ..report }).into()
        }
        None => unreachable!("only a closed pipe is not reported"),
    }
}

#[cfg(unix)]
fn start(mut command: Command) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn start(mut command: Command) -> std::io::Result<u8> {
    // The console sends its interrupt to the program too.
    Ok(super::child::code(command.status()?))
}
