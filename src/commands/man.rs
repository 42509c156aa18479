//! `dcord man` writes the manual from the same pages as help: one page for each noun and each tool.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use roff::{Inline, Roff, bold, italic, roman};

use super::topics::{self, TOPICS, Topic};
use crate::catalogue::{self, Noun, usage};
use crate::cli::page::{self, Entry, Page, Section};
use crate::cli::show;
use crate::cli::tree::Plain;
use crate::cli::{Error, globals};
use crate::context::{Context, print_text};
use crate::error::Result;
use crate::model::wrap::wrap;

/// The date of this version, which manual pages show at the bottom.
const RELEASED: &str = "2026-11-20";
/// The width of source lines in characters. With escapes, they stay under 80 bytes.
const WIDTH: usize = 62;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord man [COMMAND] [--dir DIR]")
        .after_help(
            "Examples:\n  dcord man message | man -l -\n  dcord man --dir ~/.local/share/man/man1\n\nPrints the manual \
             page of dcord or of a command, for the program man to format.",
        )
        .arg(Arg::new("command").value_name("COMMAND").help("A noun, such as message, or a tool, such as listen"))
        .arg(
            Arg::new("dir")
                .long("dir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Write all pages into this folder"),
        )
}

pub fn run(_: &Context, matches: &ArgMatches, plain: &[Plain]) -> Result<()> {
    let name = match matches.get_one::<String>("command") {
        Some(word) => format!("dcord-{word}.1"),
        None => "dcord.1".to_owned(),
    };
    let pages = pages(plain);
    if let Some(dir) = matches.get_one::<PathBuf>("dir") {
        fs::create_dir_all(dir).map_err(|source| unwritten(dir, source))?;
        for (name, text) in pages {
            let path = dir.join(name);
            fs::write(&path, text).map_err(|source| unwritten(&path, source))?;
        }
        return Ok(());
    }
    match pages.into_iter().find(|(page, _)| *page == name) {
        Some((_, text)) => Ok(print_text(&text)?),
        None => {
            let text = matches.get_one::<String>("command").cloned().unwrap_or_default();
            let wanted = "a noun or a tool of dcord".to_owned();
            Err(Error::Value { flag: "COMMAND".to_owned(), text, wanted }.into())
        }
    }
}

fn unwritten(path: &Path, source: std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), source }
}

/// The file name and the text of every page.
fn pages(plain: &[Plain]) -> Vec<(String, String)> {
    let mut pages = vec![("dcord.1".to_owned(), root(plain))];
    pages.extend(catalogue::NOUNS.iter().map(|n| (format!("dcord-{}.1", n.name), noun(n))));
    let tools = plain.iter().copied().filter(|p| catalogue::noun(p.name).is_none());
    pages.extend(tools.map(|p| (format!("dcord-{}.1", p.name), tool(plain, p.name))));
    pages
}

/// The page of dcord itself, which describes what applies to all commands.
fn root(plain: &[Plain]) -> String {
    let page = page::root(plain.iter().copied());
    let mut man = Manual::new(&page);
    man.heading("DESCRIPTION");
    man.text(
        "dcord has a command for each endpoint of Discord's API. A command consists of a noun and a verb, followed by \
         its targets and by its fields as flags. Results go to standard output, everything else to standard error.",
    );
    let is_list = |section: &&Section| ![globals::HEADING, page::START].contains(&section.title.as_str());
    for section in page.sections.iter().filter(is_list) {
        man.part(&section.title, "SH");
        for entry in &section.entries {
            man.entry(&Entry::new(format!("dcord-{}(1)", entry.term), &entry.text));
        }
    }
    man.heading("GLOBAL OPTIONS");
    man.section(&page::global_options(|_| true));
    for topic in TOPICS.iter().filter(|t| t.name != "listen") {
        man.topic(topic);
    }
    man.heading("EXAMPLES");
    man.lines(&page.examples);
    man.end("")
}

/// The page of a noun with all its verbs.
fn noun(noun: &'static Noun) -> String {
    let mut man = Manual::new(&page::noun(noun));
    man.heading("COMMANDS");
    // Flags that several verbs share are explained once.
    let mut explained: Vec<(Section, String)> = Vec::new();
    for row in noun.rows {
        let page = page::endpoint(row);
        man.part(&usage::title(row), "SS");
        man.text(&format!("{}.", page.about));
        for paragraph in &page.paragraphs {
            man.paragraph(paragraph);
        }
        for section in page.sections.into_iter().filter(|s| s.title != globals::HEADING) {
            let same =
                |(other, _): &&(Section, String)| other.title == section.title && other.entries == section.entries;
            let shared = section.short.is_some();
            if let (true, Some((_, first))) = (shared, explained.iter().find(same)) {
                let flags = section.short.as_ref().map_or("", |s| s.term.as_str());
                man.paragraph(&format!("{flags} as for {first}."));
                continue;
            }
            man.minor(&section.title);
            man.section(&section);
            if shared {
                explained.push((section, format!("{} {}", noun.name, row.verb)));
            }
        }
        if let Some(aliases) = &page.aliases {
            man.paragraph(&format!("Aliases: {aliases}."));
        }
        if !page.examples.is_empty() {
            man.minor("Examples");
            man.lines(&page.examples);
        }
        if let Some(prints) = &page.prints {
            man.paragraph(&format!("Prints {prints}."));
        }
        if let Some(discord) = &page.discord {
            // Paths are long and must not be broken.
            man.verbatim(&[&format!("Sends {discord}")]);
        }
    }
    man.end("Global options, exit statuses and environment variables are described in dcord(1).")
}

/// The page of a tool.
fn tool(plain: &[Plain], name: &str) -> String {
    let page = page::of(plain.iter().copied(), &[name.to_owned()]);
    let mut man = Manual::new(&page);
    if !page.paragraphs.is_empty() {
        man.heading("DESCRIPTION");
        for paragraph in &page.paragraphs {
            man.paragraph(paragraph);
        }
    }
    for section in page.sections.iter().filter(|s| s.title != globals::HEADING) {
        man.part(&section.title, "SH");
        if section.title != "Commands" {
            man.section(section);
            continue;
        }
        for entry in &section.entries {
            let inner = page::of(plain.iter().copied(), &[name.to_owned(), entry.term.clone()]);
            man.part(inner.usage.trim_start_matches("dcord "), "SS");
            man.text(&format!("{}.", inner.about));
            for paragraph in &inner.paragraphs {
                man.paragraph(paragraph);
            }
            for section in inner.sections.iter().filter(|s| s.title != globals::HEADING) {
                man.section(section);
            }
            if !inner.examples.is_empty() {
                man.minor("Examples");
                man.lines(&inner.examples);
            }
        }
    }
    if let Some(topic) = topics::find(name) {
        man.topic(topic);
    }
    if !page.examples.is_empty() {
        man.heading("EXAMPLES");
        man.lines(&page.examples);
    }
    man.end("Global options, exit statuses and environment variables are described in dcord(1).")
}

/// A page under construction.
struct Manual {
    roff: Roff,
    /// Whether the last output was a heading, which already starts a paragraph.
    fresh: bool,
}

impl Manual {
    /// Starts a page with its name and synopsis.
    fn new(page: &Page) -> Self {
        let name = page.name.replace(' ', "-");
        let version = concat!("dcord ", env!("CARGO_PKG_VERSION"));
        let mut man = Self { roff: Roff::new(), fresh: false };
        man.roff.control("TH", [name.to_uppercase().as_str(), "1", RELEASED, version, "dcord manual"]);
        // Disables hyphenation and justification.
        man.roff.control("nh", []).control("ad", ["l"]);
        man.heading("NAME");
        man.roff.text([roman(format!("{name} - {}", uncapitalised(&page.about)))]);
        man.heading("SYNOPSIS");
        for (at, line) in page.usage.lines().enumerate() {
            if at > 0 {
                man.roff.control("br", []);
            }
            man.roff.text(words(line));
        }
        man
    }

    fn heading(&mut self, title: &str) {
        self.part(&title.to_uppercase(), "SH");
    }

    fn part(&mut self, title: &str, level: &str) {
        let title = if level == "SH" { title.to_uppercase() } else { title.to_owned() };
        self.roff.control(level, [title.as_str()]);
        self.fresh = true;
    }

    fn new_paragraph(&mut self) {
        if !std::mem::take(&mut self.fresh) {
            self.roff.control("PP", []);
        }
    }

    /// A heading within a command's part.
    fn minor(&mut self, title: &str) {
        self.new_paragraph();
        self.roff.text([bold(title)]);
    }

    fn text(&mut self, text: &str) {
        self.fresh = false;
        for line in wrap(text, WIDTH) {
            self.roff.text([roman(line)]);
        }
    }

    fn paragraph(&mut self, text: &str) {
        if text.contains("\n  ") {
            self.verbatim(&text.lines().collect::<Vec<_>>());
        } else {
            self.new_paragraph();
            self.text(text);
        }
    }

    fn verbatim(&mut self, lines: &[&str]) {
        self.new_paragraph();
        self.roff.control("nf", []);
        for line in lines {
            self.roff.text([roman(*line)]);
        }
        self.roff.control("fi", []);
    }

    /// Writes command lines.
    fn lines(&mut self, lines: &[String]) {
        self.roff.control("RS", ["4"]).control("nf", []);
        for line in
            lines.iter().flat_map(|line| show::command(line, WIDTH).lines().map(str::to_owned).collect::<Vec<_>>())
        {
            self.roff.text([roman(line)]);
        }
        self.roff.control("fi", []).control("RE", []);
        self.fresh = false;
    }

    fn section(&mut self, section: &Section) {
        for entry in &section.entries {
            self.entry(entry);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.fresh = false;
        self.roff.control("TP", []).text(words(&entry.term));
        self.text(&format!("{}.", entry.text));
    }

    /// Writes a topic as a section. Indented lines are printed unchanged.
    fn topic(&mut self, topic: &Topic) {
        let title = if topic.name == "exit-codes" { "EXIT STATUS" } else { topic.name };
        self.heading(title);
        let text = topic.text();
        for block in text.trim_end().split("\n\n") {
            let (spoken, kept): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| !line.starts_with("  "));
            if !spoken.is_empty() {
                self.new_paragraph();
                self.text(&spoken.join(" "));
            }
            if !kept.is_empty() {
                self.verbatim(&kept);
            }
        }
    }

    fn end(mut self, more: &str) -> String {
        self.heading("SEE ALSO");
        if more.is_empty() {
            self.text("dcord help TOPIC, dcord COMMAND --help, https://discord.com/developers/docs");
        } else {
            self.text(more);
        }
        // groff warns about a character that the locale lacks, and the C locale lacks the ellipsis.
        self.roff.render().replace('…', "...")
    }
}

/// Formats a usage line or a term, with literal words in bold and placeholders in italics.
fn words(text: &str) -> Vec<Inline> {
    let mut found = Vec::new();
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            found.push(roman(" "));
        }
        let (flag, value) = match word.find("[=") {
            Some(at) => word.split_at(at),
            None => (word, ""),
        };
        let stands_for = flag.chars().all(|c| !c.is_lowercase()) && flag.chars().any(char::is_uppercase);
        found.push(if stands_for && !flag.starts_with('-') { italic(flag) } else { bold(flag) });
        if !value.is_empty() {
            found.push(roman(value));
        }
    }
    found
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
