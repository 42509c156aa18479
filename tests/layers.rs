//! No layer imports upwards: each `use crate::…` and `crate::…` path is held to this table.

use std::fs;
use std::path::Path;

/// What a folder or file of `src/` may import besides itself. `main.rs` and `lib.rs` are exempt.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("catalogue", &["model"]),
    ("net", &["model"]),
    ("config", &["model", "net"]),
    ("filter", &["model"]),
    ("output", &["model", "filter"]),
    ("store", &["model"]),
    ("limit", &["model", "store"]),
    ("rest", &["model", "catalogue", "net", "limit"]),
    ("gateway", &["model", "net", "store"]),
    ("cache", &["model", "store", "filter"]),
    ("resolve", &["model", "catalogue", "cache", "rest"]),
    ("sandbox", &["model", "catalogue"]),
    ("context", BELOW_CONTEXT),
    ("error", BELOW_ERROR),
    ("cli", BELOW_CLI),
    ("commands", BELOW_COMMANDS),
];

const BELOW_CONTEXT: &[&str] = &[
    "model",
    "catalogue",
    "net",
    "config",
    "filter",
    "output",
    "store",
    "limit",
    "rest",
    "gateway",
    "cache",
    "resolve",
];
const BELOW_CLI: &[&str] = &[
    "model",
    "catalogue",
    "net",
    "config",
    "filter",
    "output",
    "store",
    "limit",
    "rest",
    "gateway",
    "cache",
    "resolve",
    "context",
];
const BELOW_ERROR: &[&str] = &[
    "model",
    "catalogue",
    "net",
    "config",
    "filter",
    "output",
    "store",
    "limit",
    "rest",
    "gateway",
    "cache",
    "resolve",
    "context",
    "cli",
];
const BELOW_COMMANDS: &[&str] = &[
    "model",
    "catalogue",
    "net",
    "config",
    "filter",
    "output",
    "store",
    "limit",
    "rest",
    "gateway",
    "cache",
    "resolve",
    "sandbox",
    "context",
    "error",
    "cli",
];

#[test]
fn no_layer_imports_upwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    visit(&src, &mut |file, text| {
        let layer = file.strip_prefix(&src).unwrap().components().next().unwrap();
        let layer = layer.as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if layer == "main" || layer == "lib" {
            return;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == layer)
            .unwrap_or_else(|| panic!("{layer} has no place among the layers"));
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (at, _) in line.match_indices("crate::") {
                for name in names(&line[at + "crate::".len()..]) {
                    seen += 1;
                    if name != layer && !allowed.contains(&name) {
                        wrong.push(format!("{}:{}: {layer} imports {name}", file.display(), number + 1));
                    }
                }
            }
        }
    });
    assert!(seen > 50, "only {seen} imports were found: the test looks in the wrong place");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The layers named behind `crate::`: one, or those of a list in braces.
fn names(rest: &str) -> Vec<&str> {
    let ident = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    match rest.strip_prefix('{') {
        None => vec![&rest[..ident(rest)]],
        Some(list) => {
            let list = list.split('}').next().unwrap_or(list);
            list.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| &n[..ident(n)]).collect()
        }
    }
}

fn visit(dir: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|e| e == "rs") {
            each(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}
