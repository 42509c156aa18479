//! Finds the words of a line that name its command without parsing the line, because help and completion must also work
//! on lines that are wrong or incomplete.

use std::collections::HashSet;

use super::globals;

/// The words that can name a command: those that are neither flags nor values of global flags. Only global flags can
/// precede a command.
pub fn called(words: &[String]) -> Vec<String> {
    positions(words).into_iter().map(|at| words[at].clone()).collect()
}

/// The position of the first word that can name a command.
pub fn first(words: &[String]) -> Option<usize> {
    positions(words).first().copied()
}

fn positions(words: &[String]) -> Vec<usize> {
    let mut takes_value = HashSet::new();
    for arg in globals::everywhere() {
        if arg.get_action().takes_values() && !arg.is_require_equals_set() {
            takes_value.extend(arg.get_long().map(|long| format!("--{long}")));
            takes_value.extend(arg.get_short().map(|short| format!("-{short}")));
        }
    }
    let mut found = Vec::new();
    let mut words = words.iter().enumerate();
    while let Some((at, word)) = words.next() {
        if word == "--" {
            break;
        }
        if takes_value.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            found.push(at);
        }
    }
    found
}
