//! Finds commands by the words of a task: in the catalogue, in [`tasks`], and in what the caller adds.

use std::collections::BTreeSet;

use crate::catalogue::{self, Endpoint, tasks, usage};
use crate::model::closest::closest;

/// Something that a search can find.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The command line without the leading `dcord`.
    pub line: String,
    /// A description on one line.
    pub about: String,
    /// The row of the command, if it has one.
    pub row: Option<&'static Endpoint>,
    /// Whether the entry comes from the table of tasks.
    pub is_task: bool,
    /// The names: the words of the command, or the phrases that people use for the task.
    names: Vec<String>,
    /// The command for the task.
    command: String,
    /// The words of its summary.
    summary: Vec<String>,
    /// Less relevant words.
    details: Vec<String>,
}

/// The texts in which a search looks for its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    /// In names.
    Names,
    /// Also in their summaries.
    Summaries,
    /// Also in the names of their parameters.
    All,
}

impl Entry {
    /// A command outside the catalogue, or a topic of help.
    pub fn other(line: String, about: &str, details: &str) -> Self {
        let names = vec![phrase(&line)];
        Self {
            line,
            about: about.to_owned(),
            row: None,
            is_task: false,
            names,
            command: String::new(),
            summary: words(about),
            details: words(details),
        }
    }

    /// A topic of help, with the words that people use for it, separated by commas.
    pub fn topic(line: String, about: &str, phrases: &str) -> Self {
        let mut entry = Self::other(line, about, "");
        entry.command = phrase(&entry.line);
        entry.names.extend(entry.line.strip_prefix("help ").map(phrase));
        entry.names.extend(phrases.split(", ").map(phrase));
        entry.is_task = true;
        entry
    }

    fn of_row(row: &'static Endpoint) -> Self {
        let line = row.words();
        let names = std::iter::once(line.clone()).chain(row.aliases.iter().map(|alias| (*alias).to_owned()));
        let names = names.map(|name| phrase(&name)).collect();
        let flags = row.all_params().flat_map(|p| [Some(p.name), p.alias]).flatten();
        let details = [row.operation, row.path].into_iter().chain(flags).flat_map(words).collect();
        let about = row.about.to_owned();
        let summary = words(row.about);
        Self { line, about, row: Some(row), is_task: false, names, command: String::new(), summary, details }
    }

    fn of_task(task: &'static tasks::Task) -> Self {
        let (noun, verb) = task.command();
        let row = verb.and_then(|verb| catalogue::find(noun, verb));
        let about = if task.about.is_empty() { row.map_or("", |row| row.about) } else { task.about };
        let command = verb.map_or_else(|| noun.to_owned(), |verb| format!("{noun} {verb}"));
        let names = task.phrases().map(phrase).collect();
        let line = task.line.to_owned();
        let command = phrase(&command);
        let summary = words(about);
        Self { line, about: about.to_owned(), row, is_task: true, names, command, summary, details: Vec::new() }
    }

    /// Returns the line to type. A command without arguments gets its targets and required flags.
    pub fn usage(&self) -> String {
        match self.row {
            Some(row) if row.words() == self.line => usage::required(row),
            _ => self.line.clone(),
        }
    }

    /// Returns how well the entry fits all of the words, or 0 if it does not fit one of them.
    fn score(&self, query: &Query, fit: Fit, depth: Depth) -> u32 {
        let of_word = |word: &String| {
            let in_words = |texts: &[String]| texts.iter().any(|text| fit.holds(text, word));
            let in_name = |name: &str| name.split(' ').any(|part| fit.holds(part, word));
            match () {
                // A phrase for a task often contains other words too.
                _ if self.names.iter().any(|name| in_name(name)) => {
                    if self.is_task {
                        7
                    } else {
                        8
                    }
                }
                _ if in_name(&self.command) => 6,
                _ if !self.is_task && own_words(word).iter().any(|own| self.has_word(own)) => 5,
                _ if depth >= Depth::Summaries && in_words(&self.summary) => 3,
                _ if depth == Depth::All && in_words(&self.details) => 1,
                _ => 0,
            }
        };
        let scores: Vec<u32> = query.words.iter().map(of_word).collect();
        if scores.contains(&0) {
            return 0;
        }
        let is_called_so = self.names.iter().any(|name| same(name) == query.same);
        let verbs = self.names.iter().filter_map(|name| Some(name.split_once(' ')?.1)).filter(|_| !self.is_task);
        // The name of a noun finds all of its commands, not only a command with the same name, such as `guild roles`.
        let is_noun = catalogue::NOUNS.iter().any(|noun| same(noun.name) == query.same);
        let is_verb = !is_noun && verbs.map(same).any(|verb| verb == query.same);
        let is_of_noun = is_noun && self.row.is_some() && self.has_noun(&query.same);
        let is_operation = self.row.is_some_and(|row| !row.composed && row.operation == query.typed);
        // The commands of a noun precede other commands that contain its name: `emoji list`, `reaction
        // clear-emoji`.
        let bonus = [(is_called_so, 16), (is_verb, 16), (is_of_noun, 8), (is_operation, 64)];
        scores.iter().sum::<u32>() + bonus.iter().filter(|(has, _)| *has).map(|(_, bonus)| bonus).sum::<u32>()
    }

    /// Whether the name of the command has this word.
    fn has_word(&self, word: &str) -> bool {
        self.names.first().is_some_and(|name| name.split(' ').any(|part| part == word))
    }

    /// Whether the command starts with these words, in the order of [`same`].
    fn has_noun(&self, noun: &[String]) -> bool {
        self.line.split_once(' ').is_some_and(|(first, _)| same(first) == noun)
    }

    /// Whether the words are a name of the entry: one or all words of a task, or several words of a command. `role
    /// add` is also the verb of `member add-role`.
    pub fn is_called(&self, typed: &[String]) -> bool {
        let whole = Query::of(typed).same;
        let is_verb = |name: &str| name.split_once(' ').is_some_and(|(_, verb)| same(verb) == whole);
        self.names.iter().any(|name| {
            let is_word = self.is_task && typed.iter().any(|word| same(word) == same(name));
            let is_whole = typed.len() > 1 && (same(name) == whole || is_verb(name));
            is_whole || is_word
        })
    }

    /// Whether one of the words begins a word of the entry's names or of its summary, or has a synonym in its name.
    pub fn is_visibly(&self, typed: &[String]) -> bool {
        let names = || self.names.iter().flat_map(|name| name.split(' ')).chain(self.command.split(' '));
        let shown = |word: &String| {
            let fits = |text: &str| WORDS.iter().any(|fit| fit.holds(text, word));
            names().any(fits)
                || self.summary.iter().any(|text| fits(text))
                || own_words(word).iter().any(|own| self.has_word(own))
        };
        Query::of(typed).words.iter().any(shown)
    }

    /// Whether these words are a whole name of the entry.
    pub fn is_named(&self, typed: &[String]) -> bool {
        let whole = Query::of(typed).same;
        self.names.iter().any(|name| same(name) == whole)
    }
}

/// The words of a search.
struct Query {
    words: Vec<String>,
    /// The words in a fixed order and without plural endings.
    same: Vec<String>,
    /// The words as they were typed.
    typed: String,
}

impl Query {
    fn of(typed: &[impl AsRef<str>]) -> Self {
        let typed = typed.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        let all = words(&typed);
        let telling: Vec<String> = all.iter().filter(|word| !FILLERS.contains(&word.as_str())).cloned().collect();
        let words = if telling.is_empty() { all } else { telling };
        Self { same: same(&words.join(" ")), words, typed }
    }
}

/// Words without a meaning for the search.
const FILLERS: &[&str] = &[
    "a", "an", "and", "are", "by", "can", "did", "do", "does", "for", "from", "has", "how", "i", "in", "is", "it",
    "my", "of", "on", "or", "per", "somebody", "someone", "that", "the", "to", "want", "was", "what", "which", "with",
];

/// How a word must match.
#[derive(Clone, Copy)]
enum Fit {
    /// The whole word, in singular or plural.
    Whole,
    Beginning,
    Part,
}

/// Whole words first, then beginnings of words.
const WORDS: &[Fit] = &[Fit::Whole, Fit::Beginning];

impl Fit {
    fn holds(self, text: &str, word: &str) -> bool {
        match self {
            Self::Whole => stem(text) == stem(word),
            Self::Beginning => text.starts_with(word),
            Self::Part => word.len() > 2 && text.contains(word),
        }
    }
}

/// Returns the words of the catalogue for a synonym.
fn own_words(word: &str) -> &'static [&'static str] {
    tasks::SYNONYMS.iter().find(|(name, _)| *name == word).map_or(&[], |(_, own)| own)
}

/// Returns the entries whose names fit all of the words, the best first.
pub fn search(typed: &[impl AsRef<str>], others: Vec<Entry>) -> Vec<Entry> {
    best(&entries(others), &Query::of(typed), WORDS, Depth::Names)
}

/// The result of a search.
#[derive(Debug, Default)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// The words that the search ignored because no entry matches all of them.
    pub left_out: Vec<String>,
}

/// The entries whose names or help match the words, the best match first.
///
/// If no entry matches all of the words, the search ignores those that match most entries: in `mute user`, the word
/// `mute` is more specific. It does not ignore a word without any match, because that may be the most important one.
pub fn search_help(typed: &[impl AsRef<str>], others: Vec<Entry>) -> Found {
    let entries = entries(others);
    let all = Query::of(typed);
    let found = best(&entries, &all, WORDS, Depth::Summaries);
    if !found.is_empty() {
        return Found { entries: found, left_out: Vec::new() };
    }
    let fitting = |word: &String| {
        let alone = Query::of(std::slice::from_ref(word));
        entries.iter().filter(|entry| WORDS.iter().any(|fit| entry.score(&alone, *fit, Depth::All) > 0)).count()
    };
    let mut counts: Vec<(usize, String)> = all.words.iter().map(|word| (fitting(word), word.clone())).collect();
    counts.sort_unstable();
    let is_known = counts.iter().all(|(count, _)| *count > 0);
    let mut left_out = Vec::new();
    while is_known && counts.len() > 1 {
        left_out.extend(counts.pop().map(|(_, word)| word));
        let rest: Vec<&str> = all.words.iter().filter(|word| !left_out.contains(word)).map(String::as_str).collect();
        let found = best(&entries, &Query::of(&rest), WORDS, Depth::Summaries);
        if !found.is_empty() {
            return Found { entries: found, left_out };
        }
    }
    let mut found = best(&entries, &all, WORDS, Depth::All);
    if found.is_empty() {
        found = best(&entries, &all, &[Fit::Part], Depth::All);
    }
    Found { entries: found, left_out: Vec::new() }
}

/// The entries that match all of the words in the best way in which any entry does, the best match first.
///
/// Omits an entry that matches far worse than the best one: if a command is called "ban", the user does not look for
/// commands whose help mentions bans.
fn best(entries: &[Entry], query: &Query, fits: &[Fit], depth: Depth) -> Vec<Entry> {
    for &fit in fits.iter().filter(|_| !query.words.is_empty()) {
        let scored =
            entries.iter().map(|entry| (entry.score(query, fit, depth), entry)).filter(|(score, _)| *score > 0);
        let mut found: Vec<(u32, &Entry)> = scored.collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let best = found.first().map_or(0, |(score, _)| *score);
        let mut hits: Vec<Entry> = Vec::new();
        for (_, entry) in found.into_iter().filter(|(score, _)| score * 2 > best) {
            match hits.iter_mut().find(|hit| hit.line == entry.line) {
                Some(hit) => {
                    // A command and a task that is the same command are one hit, with the names of both.
                    hit.is_task |= entry.is_task;
                    hit.names.extend(entry.names.iter().cloned());
                }
                None => hits.push(entry.clone()),
            }
        }
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

/// Returns all entries. Among equally good results, commands for Discord precede dcord's own tools.
fn entries(others: Vec<Entry>) -> Vec<Entry> {
    let rows = catalogue::commands().map(|(_, row)| row).filter(|row| row.deprecated.is_none());
    let mut entries: Vec<Entry> = tasks::TASKS.iter().map(Entry::of_task).collect();
    for task in entries.iter_mut().filter(|task| task.about.is_empty()) {
        let command = others.iter().find(|other| other.line == task.command);
        task.about = command.map(|other| other.about.clone()).unwrap_or_default();
        task.summary = words(&task.about);
    }
    entries.into_iter().chain(rows.map(Entry::of_row)).chain(others).collect()
}

/// Replaces unknown words by the closest known ones. Returns `None` if that changes nothing or finds nothing.
pub fn corrected(typed: &[impl AsRef<str>], others: Vec<Entry>) -> Option<String> {
    let entries = entries(others.clone());
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for entry in &entries {
        known.extend(entry.names.iter().flat_map(|name| name.split(' ')));
    }
    let query = Query::of(typed);
    let correct = |word: &String| match known.contains(word.as_str()) {
        true => word.clone(),
        false => closest(word, known.iter().copied()).unwrap_or(word).to_owned(),
    };
    let words: Vec<String> = query.words.iter().map(correct).collect();
    let finds = || {
        let found = search_help(&words, others);
        !found.entries.is_empty() && found.left_out.is_empty()
    };
    (words != query.words && finds()).then(|| words.join(" "))
}

/// Returns the words of a text in lowercase.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// Returns the words of a name, separated by single spaces.
fn phrase(name: &str) -> String {
    words(name).join(" ")
}

/// Returns the words of a text in a fixed order and without plural endings, for comparison.
fn same(text: &str) -> Vec<String> {
    let mut words: Vec<String> = words(text).iter().map(|word| stem(word)).collect();
    words.retain(|word| !FILLERS.contains(&word.as_str()));
    words.sort_unstable();
    words
}

/// Returns a word without its plural ending.
fn stem(text: &str) -> String {
    let short = text.strip_suffix("ies").map(|stem| format!("{stem}y"));
    short.unwrap_or_else(|| match text.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str) -> Vec<String> {
        let typed: Vec<&str> = words.split(' ').collect();
        search_help(&typed, Vec::new()).entries.into_iter().map(|entry| entry.line).collect()
    }

    #[test]
    fn a_task_is_found_by_common_words() {
        for (words, line) in [
            ("timeout", "member timeout"),
            ("slowmode", "channel edit CHANNEL --slowmode 30s"),
            ("lock", "channel lock"),
            ("archive", "thread archive"),
            ("unban", "ban remove"),
            ("kick", "member kick"),
            ("role give", "member add-role"),
            ("how do I give a role", "member add-role"),
            ("who deleted", "audit-log list"),
            ("nicknames", "member edit SERVER USER --nick NAME"),
            ("direct message", "message send @USER TEXT"),
            ("download messages", "message export"),
            ("invite link", "invite create CHANNEL --max-age 7d"),
            ("slash command", "guild-command create SERVER NAME --description TEXT"),
            (
                "count members",
                "guild get SERVER --with-counts --fields approximate_member_count,approximate_presence_count",
            ),
            ("create_message", "message send"),
            ("list bans", "ban list"),
            ("Bulk-Delete", "message bulk-delete"),
            ("timeou", "member timeout"),
        ] {
            let found = found(words);
            assert_eq!(found.first().map(String::as_str), Some(line), "{words}: {found:?}");
        }
    }

    #[test]
    fn an_entry_that_only_mentions_a_word_is_omitted_if_a_name_contains_it() {
        let bans = found("ban");
        assert!(bans.contains(&"ban list".to_owned()) && bans.len() < 12, "no banners: {bans:?}");
        assert_eq!(found("create_message"), ["message send"]);
    }

    #[test]
    fn a_word_for_several_tasks_finds_all_of_them() {
        let archive = found("archive");
        assert_eq!(archive[0], "thread archive");
        for line in ["thread list-archived", "thread list-private-archived", "message export"] {
            assert!(archive.contains(&line.to_owned()), "{line}: {archive:?}");
        }
        assert_eq!(found("archived threads")[0], "thread list-archived");
    }

    #[test]
    fn the_name_of_a_noun_finds_all_of_its_commands() {
        for (noun, line) in [("role", "role create"), ("channels", "channel edit"), ("bans", "ban remove")] {
            let found = found(noun);
            assert!(found.contains(&line.to_owned()), "{noun}: {found:?}");
        }
    }

    #[test]
    fn all_words_must_match_except_filler_words() {
        assert!(found("role zebra").is_empty());
        assert_eq!(found("a role of the members"), found("role members"));
        assert!(!found("the").is_empty(), "unless there is nothing else");
    }

    #[test]
    fn a_misspelt_word_is_corrected() {
        assert_eq!(corrected(&["tiemout"], Vec::new()).as_deref(), Some("timeout"));
        assert_eq!(corrected(&["give", "rloe"], Vec::new()).as_deref(), Some("give role"));
        assert_eq!(corrected(&["timeout"], Vec::new()), None);
        assert_eq!(corrected(&["xyzzy"], Vec::new()), None);
        assert_eq!(corrected(&["green", "bat"], Vec::new()), None, "\"greet bot\" finds nothing");
    }
}
