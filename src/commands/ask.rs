//! Asks on the terminal whether to go on.

use std::io::IsTerminal as _;

use crate::call::{Question, Reply};
use crate::context::Context;

/// Asks a question and waits for the answer.
pub fn ask(context: &Context, question: &Question) -> Reply {
    if !std::io::stdin().is_terminal() || !context.console.can_ask() {
        return Reply::Unanswered;
    }
    match question {
        Question::Destroy { command } => {
            context.console.ask(format_args!("{command} cannot be undone. Go on? [y/N] "));
        }
        Question::Replace { command, dropped } => {
            context
                .console
                .ask(format_args!("{command} replaces the overwrite and would drop {dropped}. Go on? [y/N] "));
        }
    }
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if !answer.ends_with('\n') {
        // The end of the input leaves the cursor behind the question.
        context.console.end_question();
    }
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Reply::Yes,
        _ => Reply::No,
    }
}
