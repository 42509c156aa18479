//! Asks on the terminal for confirmation.

use std::io::IsTerminal as _;

use crate::call::{Question, Reply};
use crate::context::Context;
use crate::output::clean;

/// Whether a person can answer: stdin and stderr are terminals, and stderr is for people.
pub fn can_ask(context: &Context) -> bool {
    std::io::stdin().is_terminal() && context.console.can_ask()
}

/// Asks a question and waits for the answer.
pub fn ask(context: &Context, question: &Question) -> Reply {
    let console = &context.console;
    let typed = match question {
        Question::Destroy { words, typed } => {
            let words = words[..1].to_uppercase() + &words[1..];
            match typed {
                Some(name) => console.ask(format_args!("{words}? This cannot be undone. Type {name} to confirm: ")),
                None => console.ask(format_args!("{words}? [y/N] ")),
            }
            typed.as_deref()
        }
        Question::Replace { command, dropped } => {
            console.ask(format_args!("{command} removes {dropped} from the overwrite. Continue? [y/N] "));
            None
        }
    };
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if !answer.ends_with('\n') {
        console.end_question();
    }
    let answer = answer.trim();
    let is_yes = typed.map_or(matches!(answer, "y" | "Y" | "yes"), |name| answer == clean::line(name).trim());
    if read.is_ok() && is_yes { Reply::Yes } else { Reply::No }
}
