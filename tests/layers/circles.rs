//! Checks that no two files of a folder in `src/` import each other, directly or through others.
//!
//! `mod.rs` declares and re-exports, so an import through a folder counts as one of the file that defines the
//! item.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[test]
fn no_two_files_of_a_folder_import_each_other() {
    let sources = Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let imports = sources.imports();
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 100, "the test looks in the wrong place");
    let mut wrong = Vec::new();
    for (file, imported) in &imports {
        for other in imported {
            if let Some(way) = way(&imports, other, file) {
                wrong.push(format!("{file} imports {}", way.join(", which imports ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_through_a_folder_counts_for_the_file_that_defines_the_item() {
    let sources = Sources::of(&[
        ("a/mod.rs", "mod one; mod two; mod three; pub use one::{One, Other as Second}; use two::go; fn f() { go() }"),
        ("a/one.rs", "use super::two::{self, Two}; /* use super::three; */ const S: &str = \"super::three\";"),
        ("a/two.rs", "use super::{Second, three::Three}; #[cfg(test)] mod tests { use crate::a::three; }"),
        ("a/three.rs", "mod inner { use super::x; } fn g() { crate::a::f(); }"),
    ]);
    let imports = sources.imports();
    let of = |file: &str| imports[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a/mod.rs"), ["a/two.rs"]);
    assert_eq!(of("a/one.rs"), ["a/two.rs"]);
    assert_eq!(of("a/two.rs"), ["a/one.rs", "a/three.rs"]);
    assert_eq!(of("a/three.rs"), ["a/mod.rs"]);
    assert_eq!(way(&imports, "a/two.rs", "a/mod.rs").unwrap(), ["a/two.rs", "a/three.rs", "a/mod.rs"]);
}

/// Returns the shortest path along imports from one file to another.
fn way(imports: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![from.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut next = Vec::new();
        for way in ways {
            let last = way.last().unwrap();
            if last == to {
                return Some(way);
            }
            for file in imports[last].iter().filter(|file| seen.insert((*file).clone())) {
                next.push([&way[..], std::slice::from_ref(file)].concat());
            }
        }
        ways = next;
    }
    None
}

/// The path of a module below the crate.
type Module = Vec<String>;

struct Sources {
    /// The file of each module, and its text without comments, literals and tests.
    modules: BTreeMap<Module, (String, String)>,
    /// The names that `use` brings into each module, with their paths.
    names: BTreeMap<Module, BTreeMap<String, Module>>,
}

impl Sources {
    fn read(src: &Path) -> Self {
        let mut files = Vec::new();
        visit(src, &mut |path| {
            let name = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(path).unwrap()));
        });
        Self::of(&files)
    }

    fn of(files: &[(impl AsRef<str>, impl AsRef<str>)]) -> Self {
        let mut modules = BTreeMap::new();
        for (file, text) in files {
            let file = file.as_ref();
            let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
            if path != "lib" && path != "main" {
                let module = path.split('/').map(str::to_owned).collect();
                modules.insert(module, (file.to_owned(), without_tests(&code(text.as_ref()))));
            }
        }
        let mut sources = Self { modules, names: BTreeMap::new() };
        let names = |(module, (_, text)): (&Module, &(String, String))| {
            let mut names = BTreeMap::new();
            for (_, tree) in uses(text) {
                for (path, name) in leaves(tree) {
                    if let Some(path) = sources.absolute(module, 0, &path) {
                        names.insert(name, path);
                    }
                }
            }
            (module.clone(), names)
        };
        sources.names = sources.modules.iter().map(names).collect();
        sources
    }

    /// Returns the files of the same folder that each file imports.
    fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut imports = BTreeMap::new();
        for (module, (file, text)) in &self.modules {
            let mut found = BTreeSet::new();
            for (at, depth) in self.paths(module, text) {
                for (path, _) in leaves(&text[at..]) {
                    let absolute = self.absolute(module, depth, &path);
                    let target = absolute.and_then(|path| self.file(&path)).filter(|target| target != file);
                    found.extend(target.filter(|target| folder(target) == folder(file)));
                }
            }
            imports.insert(file.clone(), found);
        }
        imports
    }

    /// Returns the positions of paths to modules of the crate, each with the number of inline modules around it. A
    /// re-export by a module of its own folder's items is not an import.
    fn paths(&self, module: &Module, text: &str) -> Vec<(usize, usize)> {
        let exported: Vec<_> =
            uses(text).filter(|(is_public, _)| *is_public).map(|(_, tree)| span(text, tree)).collect();
        let inline: Vec<_> = inline_modules(text);
        let starts = words(text).filter(|(at, word)| {
            let follows = text[at + word.len()..].starts_with("::");
            let is_first = !text[..*at].ends_with("::") && !text[..*at].ends_with('.');
            let is_child = self.modules.contains_key(&child(module, word));
            let is_export = is_child && exported.iter().any(|range| range.contains(at));
            follows && is_first && !is_export && (is_child || ["crate", "super", "self"].contains(word))
        });
        starts.map(|(at, _)| (at, inline.iter().filter(|range| range.contains(&at)).count())).collect()
    }

    /// Resolves a path from the crate root, or returns `None` if it leads to another crate.
    fn absolute(&self, module: &Module, mut depth: usize, path: &[String]) -> Option<Module> {
        let mut base = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    rest = &rest[1..];
                    match depth {
                        0 => drop(base.pop()),
                        _ => depth -= 1,
                    }
                }
            }
            first if self.modules.contains_key(&child(module, first)) => {}
            _ => return None,
        }
        Some([base, rest.to_vec()].concat())
    }

    /// Returns the file that defines the item with an absolute path.
    fn file(&self, path: &[String]) -> Option<String> {
        let mut module = Module::new();
        for (at, word) in path.iter().enumerate() {
            let next = child(&module, word);
            if self.modules.contains_key(&next) {
                module = next;
            } else if let Some(meant) = self.names.get(&module).and_then(|names| names.get(word)) {
                return self.file(&[&meant[..], &path[at + 1..]].concat());
            } else {
                break;
            }
        }
        self.modules.get(&module).map(|(file, _)| file.clone())
    }
}

fn child(module: &[String], word: &str) -> Module {
    [module, &[word.to_owned()]].concat()
}

/// Returns the folder of `src/` that contains a file. A file directly in `src/` is its own folder.
fn folder(file: &str) -> &str {
    file.split('/').next().unwrap()
}

/// Returns the identifiers of a text with their positions.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].find(is_word)?;
        let start = at;
        at += text[at..].find(|c| !is_word(c)).unwrap_or(text.len() - at);
        Some((start, &text[start..at]))
    })
}

/// Returns the trees of the `use` statements, and whether each is public.
fn uses(text: &str) -> impl Iterator<Item = (bool, &str)> {
    words(text).filter(|(_, word)| *word == "use").filter_map(|(at, _)| {
        let before = text[..at].trim_end();
        let is_public = before.ends_with("pub")
            || before.strip_suffix(')').is_some_and(|b| b.rsplit_once('(').is_some_and(|(b, _)| b.ends_with("pub")));
        let tree = text[at + "use".len()..].split_once(';')?.0.trim();
        Some((is_public, tree))
    })
}

/// Returns the range of a part within its text.
fn span(text: &str, part: &str) -> std::ops::Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// Returns the paths at the start of a text, one or those of a tree in braces, each with its local name.
fn leaves(text: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    tree(text, &[], &mut found);
    found
}

/// Parses a tree with this prefix, and returns the text after it.
fn tree<'a>(text: &'a str, prefix: &[String], found: &mut Vec<(Vec<String>, String)>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut list) = text.strip_prefix('{') {
        loop {
            list = list.trim_start().trim_start_matches(',').trim_start();
            if list.is_empty() || list.starts_with('}') {
                return list.strip_prefix('}').unwrap_or(list);
            }
            let rest = tree(list, prefix, found);
            // Anything else ends the parsing, such as the braces of an expression.
            if rest.len() == list.len() {
                return rest;
            }
            list = rest;
        }
    }
    if let Some(rest) = text.strip_prefix('*') {
        found.push((prefix.to_vec(), "*".to_owned()));
        return rest;
    }
    let Some((0, word)) = words(text).next() else { return text };
    let mut path = prefix.to_vec();
    let rest = &text[word.len()..];
    if word != "self" || prefix.is_empty() {
        path.push(word.to_owned());
    }
    if let Some(behind) = rest.strip_prefix("::")
        && (behind.starts_with(['{', '*']) || matches!(words(behind).next(), Some((0, _))))
    {
        return tree(behind, &path, found);
    }
    let alias = rest
        .trim_start()
        .strip_prefix("as ")
        .and_then(|behind| words(behind).next().map(|(at, w)| (behind, at + w.len(), w)));
    let (name, rest) = match alias {
        Some((behind, end, alias)) => (alias.to_owned(), &behind[end..]),
        None => (path.last().unwrap().clone(), rest),
    };
    found.push((path, name));
    rest
}

/// Returns the ranges of the inline modules of a file.
fn inline_modules(text: &str) -> Vec<std::ops::Range<usize>> {
    let modules = words(text).filter(|(_, word)| *word == "mod").filter_map(|(at, word)| {
        let start = at + word.len() + text[at + word.len()..].find(['{', ';'])?;
        text[start..].starts_with('{').then(|| start..end_of_block(text, start))
    });
    modules.collect()
}

/// Returns the position after the brace that closes the one at `start`.
fn end_of_block(text: &str, start: usize) -> usize {
    let mut depth = 0;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return start + at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Removes the items that are compiled only for tests.
fn without_tests(text: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let Some(start) = text.find(MARK) else { return text.to_owned() };
    let item = start + MARK.len();
    let is_use = words(&text[item..]).find(|(_, word)| *word != "pub").is_some_and(|(_, word)| word == "use");
    let stop = text[item..].find(if is_use { &[';'][..] } else { &[';', '{'][..] }).map_or(text.len(), |at| item + at);
    let end = if text[stop..].starts_with('{') { end_of_block(text, stop) } else { (stop + 1).min(text.len()) };
    text[..start].to_owned() + &without_tests(&text[end..])
}

/// Removes comments and literals.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = literal(rest, code.chars().next_back());
        if length == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[length..];
        }
    }
    code
}

/// Returns the length of the comment or literal at the start of the text, or 0 if there is none.
fn literal(text: &str, before: Option<char>) -> usize {
    let to = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return to("*/", 2);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = text.strip_prefix("br").or_else(|| text.strip_prefix('r')).filter(|_| !in_word);
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return to(&format!("\"{}", "#".repeat(hashes)), text.len() - raw.len() + hashes + 1);
        }
    }
    let quoted = |quote: char| {
        let mut escaped = false;
        let end = text[1..].find(|c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        end.map_or(text.len(), |at| 1 + at + 1)
    };
    let mut chars = text.chars().skip(1);
    match (text.chars().next(), chars.next(), chars.next()) {
        (Some('"'), ..) => quoted('"'),
        // Any other quote starts a lifetime.
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => quoted('\''),
        _ => 0,
    }
}

fn visit(dir: &Path, each: &mut impl FnMut(&Path)) {
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|e| e == "rs") {
            each(&path);
        }
    }
}
