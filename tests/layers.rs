//! Checks that no layer imports upwards: each `use crate::…` and `crate::…` path must be allowed by this table.

mod circles;

use std::fs;
use std::path::Path;

/// The layers that a layer may import besides itself.
#[derive(Clone, Copy)]
enum May {
    /// Only these layers.
    Only(&'static [&'static str]),
    /// All layers above it in the table.
    AllAbove,
    /// All layers above it in the table, except these.
    AllBut(&'static [&'static str]),
}

use May::{AllAbove, AllBut, Only};

/// The folders and files of `src/`, the lowest layer first. `main.rs` and `lib.rs` are exempt.
const LAYERS: &[(&str, May)] = &[
    ("model", Only(&[])),
    ("catalogue", Only(&["model"])),
    ("net", Only(&["model"])),
    ("config", Only(&["model", "net"])),
    ("filter", Only(&["model"])),
    ("output", Only(&["model", "filter"])),
    ("store", Only(&["model"])),
    ("limit", Only(&["model", "store"])),
    ("rest", Only(&["model", "catalogue", "net", "limit"])),
    ("gateway", Only(&["model", "net", "store"])),
    ("cache", Only(&["model", "store", "filter"])),
    ("stream", Only(&["model", "filter", "output", "gateway", "store"])),
    ("resolve", Only(&["model", "catalogue", "cache", "rest"])),
    ("view", Only(&["model", "catalogue", "output", "cache"])),
    ("error", AllAbove),
    ("call", AllBut(&["output", "gateway", "stream"])),
    ("sandbox", Only(&["model", "catalogue"])),
    ("context", AllBut(&["sandbox"])),
    ("cli", AllBut(&["sandbox"])),
    ("commands", AllAbove),
];

/// Returns the layers that a layer may import, or `None` if it is not in the table.
fn may_import(layer: &str) -> Option<Vec<&'static str>> {
    let at = LAYERS.iter().position(|(name, _)| *name == layer)?;
    let above = LAYERS[..at].iter().map(|(name, _)| *name);
    Some(match LAYERS[at].1 {
        Only(names) => names.to_vec(),
        AllAbove => above.collect(),
        AllBut(names) => above.filter(|name| !names.contains(name)).collect(),
    })
}

#[test]
fn each_layer_imports_only_the_layers_that_the_table_allows() {
    for (at, (layer, may)) in LAYERS.iter().enumerate() {
        if let Only(names) | AllBut(names) = may {
            for name in *names {
                assert!(LAYERS[..at].iter().any(|(above, _)| above == name), "{name} is not above {layer}");
            }
        }
    }
}

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
        let allowed = may_import(layer).unwrap_or_else(|| panic!("{layer} has no place among the layers"));
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

/// Returns the layers named after `crate::`: one, or a list in braces.
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
