//! Aliases: the user's own names for command lines, in the table `[aliases]` of `config.toml`.

use crate::model::shell;

/// An alias as it is written in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pub name: String,
    /// The command line, without the leading `dcord`.
    pub text: String,
    /// The file, and the number of the line in it.
    pub path: String,
    pub line: usize,
}

/// Why an alias cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("its name must consist of letters, digits and dashes")]
    Name,
    #[error("a quote is not closed, or the text ends with a backslash")]
    Unclosed,
    #[error("it contains no command")]
    Empty,
    #[error("it begins with dcord; leave that out")]
    Program,
    #[error("it begins with {0:?}, which is an alias too")]
    Nested(String),
    #[error("it contains {0}, which must be typed: dcord {1} {0}")]
    Confirms(String, String),
}

impl Alias {
    /// The words of the command line, split as in a shell. Nothing is expanded.
    pub fn words(&self) -> Result<Vec<String>, Broken> {
        if !is_name(&self.name) {
            return Err(Broken::Name);
        }
        let words = shell::words(&self.text).ok_or(Broken::Unclosed)?;
        if words.first().is_some_and(|word| word == "dcord") {
            return Err(Broken::Program);
        }
        // A destructive command asks the person who runs it, not the author of the file.
        let mut options = words.iter().take_while(|word| *word != "--");
        match options.find(|word| confirms(word)) {
            Some(word) => Err(Broken::Confirms(word.clone(), self.name.clone())),
            None if words.is_empty() => Err(Broken::Empty),
            None => Ok(words),
        }
    }
}

/// Whether a word is `--yes`, or a group of short flags with `-y`.
fn confirms(word: &str) -> bool {
    let is_group = |flags: &str| !flags.is_empty() && flags.chars().all(|c| "qvy".contains(c));
    word == "--yes" || word.strip_prefix('-').is_some_and(|flags| is_group(flags) && flags.contains('y'))
}

/// Whether this can be the name of an alias or an extension.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(name: &str, text: &str) -> Alias {
        Alias { name: name.to_owned(), text: text.to_owned(), path: "config.toml".to_owned(), line: 3 }
    }

    #[test]
    fn the_text_of_an_alias_is_split_into_words_and_not_expanded() {
        let say = alias("say", "message send '#my channel' \"$HOME *\" -- --yes");
        assert_eq!(say.words().unwrap(), ["message", "send", "#my channel", "$HOME *", "--", "--yes"]);
    }

    #[test]
    fn a_broken_alias_has_a_reason() {
        for (name, text, why) in [
            ("a b", "message list", "its name must consist of letters, digits and dashes"),
            ("-a", "message list", "its name must consist of letters, digits and dashes"),
            ("a", "message send 'x", "a quote is not closed, or the text ends with a backslash"),
            ("a", "  ", "it contains no command"),
            ("a", "dcord message list", "it begins with dcord; leave that out"),
            ("a", "channel delete 1 --yes", "it contains --yes, which must be typed: dcord a --yes"),
            ("a", "channel delete 1 -qy", "it contains -qy, which must be typed: dcord a -qy"),
        ] {
            let error = alias(name, text).words().unwrap_err().to_string();
            assert_eq!(error, why, "{text}");
        }
    }
}
