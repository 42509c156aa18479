//! Asks on the terminal for confirmation.

use std::io::IsTerminal as _;

use crate::call::{Question, Reply};
use crate::context::Context;
use crate::error::{Exit, Result};
use crate::model::Secret;
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

/// Asks for a secret and reads it without echo. Ctrl-C ends the process with the status of an interrupt.
#[cfg(unix)]
pub fn secret(context: &Context, question: &str) -> Result<Secret> {
    use std::io::Read as _;

    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
    use zeroize::Zeroizing;

    use super::signals::Ending;

    /// The settings of the terminal, which are always restored.
    struct Restore(Termios);
    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
        }
    }

    const BACKSPACE: [u8; 2] = [0x08, 0x7f];
    const END_OF_INPUT: u8 = 0x04;
    const ERASE_LINE: u8 = 0x15;
    const INTERRUPT: u8 = 0x03;

    let before = tcgetattr(std::io::stdin()).map_err(std::io::Error::from)?;
    let mut hidden = before.clone();
    // Ctrl-C arrives as a character, because a signal would end the process before it restores the terminal.
    hidden.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
    hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
    context.console.ask(question);
    let restore = Restore(before);
    tcsetattr(std::io::stdin(), OptionalActions::Now, &hidden).map_err(std::io::Error::from)?;
    let mut text = Zeroizing::new(Vec::new());
    let mut byte = [0];
    let is_interrupted = loop {
        if std::io::stdin().read(&mut byte)? == 0 {
            break false;
        }
        match byte[0] {
            INTERRUPT => break true,
            b'\r' | b'\n' | END_OF_INPUT => break false,
            ERASE_LINE => text.clear(),
            byte if BACKSPACE.contains(&byte) => drop(text.pop()),
            byte => text.push(byte),
        }
    };
    drop(restore);
    context.console.end_question();
    match is_interrupted {
        true => Err(Exit(Ending::Interrupt.status()).into()),
        false => Ok(Secret::new(String::from_utf8_lossy(&text).trim())),
    }
}

/// Hidden input is not supported on this system.
#[cfg(not(unix))]
pub fn secret(_: &Context, _: &str) -> Result<Secret> {
    Err(anyhow::anyhow!("hidden input is not supported on this system; use --with-token").into())
}
