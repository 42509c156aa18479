//! Asking on the terminal whether to go on.

use std::fmt::Display;
use std::io::IsTerminal as _;

use crate::context::Context;
use crate::error::Refused;

/// Asks a question. `unanswered` is the error where nobody can answer.
pub fn confirm(
    context: &Context,
    question: impl Display,
    command: &str,
    unanswered: impl FnOnce(String) -> Refused,
) -> Result<(), Refused> {
    if !std::io::stdin().is_terminal() || !context.talk.manner().terminal {
        return Err(unanswered(command.to_owned()));
    }
    context.talk.ask(format_args!("{question} [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if !answer.ends_with('\n') {
        // The end of the input leaves the cursor behind the question.
        context.talk.text("\n");
    }
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Refused::Declined { command: command.to_owned() }),
    }
}
