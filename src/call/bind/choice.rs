//! The names of enumeration values and flags: full names, short forms, and suggestions for misspelt ones.

use super::Error;
use super::error::{MOST_LISTED, NameSet};
use crate::catalogue::{Choice, Scalar, choices};

/// Finds the choice for a text: its full name, its value, a short form, or words that only its name contains.
pub fn find(choices: &'static [Choice], flag: &str, text: &str) -> Result<&'static Choice, Error> {
    if let Some(choice) = exact(choices, text) {
        return Ok(choice);
    }
    let typed = normal(text);
    let fitting: Vec<_> = choices.iter().filter(|c| has_words(c.name, &typed)).collect();
    match fitting[..] {
        [only] => Ok(only),
        [] => Err(unknown(choices, flag, text)),
        _ => {
            let names = fitting.iter().map(|c| c.name).collect();
            Err(Error::SeveralChoices { flag: flag.to_owned(), text: text.to_owned(), names })
        }
    }
}

/// The choice with this name, value or other name.
pub fn exact(choices: &'static [Choice], text: &str) -> Option<&'static Choice> {
    let typed = normal(text);
    let value = |c: &Choice| match c.value {
        Scalar::Int(n) => number(text) == Some(n),
        Scalar::Str(s) => s.eq_ignore_ascii_case(text),
    };
    let named = choices.iter().find(|c| c.name.eq_ignore_ascii_case(&typed) || value(c));
    named.or_else(|| choices.iter().find(|c| choices::short_forms(c.name).contains(&typed.as_str())))
}

static PERMISSIONS: NameSet =
    NameSet { what: "permission", hint: Some("`dcord help permissions` lists them"), is_open: false };
static VALUES: NameSet = NameSet {
    what: "value",
    hint: Some("--help lists them; a value that is new in Discord's API requires --no-validate"),
    is_open: true,
};
/// The values of dcord's own options.
pub static NAMES: NameSet = NameSet { what: "value", hint: None, is_open: false };

/// The error for a text that matches no choice.
pub fn unknown(choices: &'static [Choice], flag: &str, text: &str) -> Error {
    let is_permission = choices == choices::PERMISSIONS;
    // The labels of Discord's apps differ from the names in dcord's output.
    let shown = |choice: &Choice, form| if is_permission { choice.name } else { form };
    let forms = |c: &'static Choice| choices::short_forms(c.name).iter().map(move |form| (*form, shown(c, *form)));
    let short = || choices.iter().flat_map(forms);
    // The text may be a misspelt word of a name, unless that word is a short form.
    let words = choices.iter().flat_map(|c| c.name.split('-').map(|word| (word, c.name)));
    let words = words.filter(|(word, _)| word.len() > 3 && !short().any(|(form, _)| form == *word));
    let names = choices.iter().map(|c| (c.name, c.name));
    let known = || short().chain(names.clone()).chain(words.clone());
    let likely = near(text, known());
    // Of many names, even a less similar one is better than none.
    let near = if likely.is_empty() && choices.len() > MOST_LISTED { nearest(text, known(), 0.7) } else { likely };
    // dcord writes the types of a server's channels without this prefix.
    let short_name =
        |c: &Choice| choices::short_forms(c.name).first().copied().filter(|_| c.name.starts_with("guild-"));
    let names = choices.iter().map(|c| short_name(c).unwrap_or(c.name)).collect();
    let set = if is_permission { &PERMISSIONS } else { &VALUES };
    Error::Choice { flag: flag.to_owned(), text: text.to_owned(), names, near, set }
}

/// The same error for choices that are only names.
pub fn unknown_name(names: Vec<&'static str>, flag: &str, text: &str) -> Error {
    let near = near(text, names.iter().map(|name| (*name, *name)));
    Error::Choice { flag: flag.to_owned(), text: text.to_owned(), names, near, set: &NAMES }
}

/// Suggestions for a misspelt text, the most similar first. `known` contains pairs of a known text and its suggestion.
pub fn near(text: &str, known: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<&'static str> {
    /// Names that are less similar have little in common.
    const LIKE: f64 = 0.82;
    nearest(text, known, LIKE)
}

/// Suggestions with at least this similarity.
fn nearest(text: &str, known: impl Iterator<Item = (&'static str, &'static str)>, least: f64) -> Vec<&'static str> {
    const MOST: usize = 3;
    let typed = normal(text);
    let likeness = |known: &str| strsim::jaro_winkler(&typed, &known.to_ascii_lowercase());
    let mut found: Vec<_> = known.map(|(known, shown)| (likeness(known), shown)).filter(|f| f.0 >= least).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Suggestions that are much less similar than the best are of no use.
    let best = found.first().map_or(0.0, |f| f.0);
    let mut near = Vec::new();
    for (_, shown) in found.into_iter().filter(|f| f.0 > best - 0.05) {
        if !near.contains(&shown) && near.len() < MOST {
            near.push(shown);
        }
    }
    near
}

/// A whole number, in decimal or as `0x…`.
pub fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) if !hex.starts_with(['+', '-']) => i64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// Normalises a name for comparisons: ignores case, and treats `_` and spaces as `-`.
fn normal(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace(['_', ' '], "-")
}

/// Whether a name contains these words next to each other.
fn has_words(name: &str, typed: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (words, typed): (Vec<&str>, Vec<&str>) = (name.split('-').collect(), typed.split('-').collect());
    !typed.contains(&"") && words.windows(typed.len()).any(|window| window == typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name that a text selects, or the error message after the text.
    fn meant(choices: &'static [Choice], text: &str) -> String {
        match find(choices, "--flag", text) {
            Ok(choice) => choice.name.to_owned(),
            Err(error) => error.to_string().replace(&format!("--flag: {text:?} "), "").replace("--flag: ", ""),
        }
    }

    #[test]
    fn a_choice_is_found_by_its_name_its_value_a_short_form_or_unique_words() {
        for (text, name) in [
            ("guild-voice", "guild-voice"),
            ("GUILD_VOICE", "guild-voice"),
            ("2", "guild-voice"),
            ("0x2", "guild-voice"),
            ("voice", "guild-voice"),
            ("Text", "guild-text"),
            ("category", "guild-category"),
            ("news", "guild-announcement"),
            ("announcement", "guild-announcement"),
            ("stage", "guild-stage-voice"),
            ("stage voice", "guild-stage-voice"),
            ("forum", "guild-forum"),
            ("private", "private-thread"),
            ("dm", "dm"),
            ("group", "group-dm"),
        ] {
            assert_eq!(meant(choices::CHANNEL_TYPES, text), name, "{text}");
        }
        for (label, name) in [
            ("ban", "ban-members"),
            ("Manage Server", "manage-guild"),
            ("TIMEOUT MEMBERS", "moderate-members"),
            ("video", "stream"),
            ("Create Polls", "send-polls"),
            ("Manage Expressions", "manage-guild-expressions"),
            ("Manage Emojis and Stickers", "manage-guild-expressions"),
            ("Manage Permissions", "manage-roles"),
            ("Mention @everyone, @here, and All Roles", "mention-everyone"),
            ("Send Messages in Threads and Posts", "send-messages-in-threads"),
            ("Use Voice Activity", "use-vad"),
            ("View Server Insights", "view-guild-insights"),
        ] {
            assert_eq!(meant(choices::PERMISSIONS, label), name, "{label}");
        }
        assert_eq!(meant(choices::TAG_SETTINGS, "MATCH_ALL"), "match-all");
    }

    #[test]
    fn an_ambiguous_text_lists_its_choices_and_a_misspelt_one_gets_a_suggestion() {
        let types = choices::CHANNEL_TYPES;
        assert_eq!(
            meant(types, "thread"),
            "is ambiguous: it can mean announcement-thread, public-thread or private-thread"
        );
        assert_eq!(
            meant(choices::PERMISSIONS, "threads"),
            "is ambiguous: it can mean manage-threads, create-public-threads, create-private-threads or send-messages-in-threads"
        );
        for (text, near) in [
            ("voic", "voice"),
            ("catgory", "category"),
            ("froum", "forum"),
            ("guild-txt", "guild-text"),
            ("vioce", "voice"),
        ] {
            assert!(meant(types, text).ends_with(&format!("; did you mean {near:?}?")), "{}", meant(types, text));
        }
        assert_eq!(
            meant(choices::PERMISSIONS, "ban-member"),
            "no permission named \"ban-member\"; did you mean \"ban-members\"?"
        );
        assert_eq!(
            meant(choices::PERMISSIONS, "manage-sever"),
            "no permission named \"manage-sever\"; did you mean \"manage-guild\"?"
        );
        assert_eq!(meant(choices::PERMISSIONS, "zzzz"), "no permission named \"zzzz\"");
        for text in ["", "-", "--", "guild-", "telepathy", "99", "+", "0x", "0x-2"] {
            assert!(meant(types, text).starts_with("is not one of text, dm, "), "{text:?}");
        }
    }

    #[test]
    fn every_short_form_is_unique_among_the_choices_with_its_name() {
        use crate::catalogue::{ParamKind, endpoints};
        for (noun, row) in endpoints() {
            for param in row.all_params() {
                let (ParamKind::Enum(choices) | ParamKind::Flags(choices)) = param.kind else { continue };
                for choice in choices {
                    for form in choices::short_forms(choice.name) {
                        let found = find(choices, "", form).map(|c| c.name).ok();
                        assert_eq!(found, Some(choice.name), "{} {}: {}: {form}", noun.name, row.verb, param.name);
                    }
                }
            }
        }
    }
}
