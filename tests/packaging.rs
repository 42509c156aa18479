//! The packages contain files that exist, in the places where a system looks for them.

use std::fs;
use std::path::Path;

const CARGO: &str = include_str!("../Cargo.toml");
const DOCKERFILE: &str = include_str!("../Dockerfile");
const IGNORED: &str = include_str!("../.dockerignore");

/// The files that match a path relative to the repository. The last component may contain `*`.
fn matching(pattern: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(pattern);
    let name = path.file_name().unwrap().to_str().unwrap();
    let Some((before, after)) = name.split_once('*') else {
        return if path.is_file() { vec![name.to_owned()] } else { vec![] };
    };
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(before) && name.ends_with(after)).collect()
}

#[test]
fn the_debian_package_contains_the_manual_the_completions_and_the_examples() {
    let cargo: toml::Table = CARGO.parse().unwrap();
    let assets = cargo["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let mut installed = Vec::new();
    for asset in assets {
        let (source, target) = (asset[0].as_str().unwrap(), asset[1].as_str().unwrap());
        let names = if source.starts_with("target/") { vec!["dcord".to_owned()] } else { matching(source) };
        assert!(!names.is_empty(), "{source} matches no file");
        for name in names {
            installed.push(if target.ends_with('/') { format!("{target}{name}") } else { target.to_owned() });
        }
    }
    for path in [
        "usr/bin/dcord",
        "usr/share/man/man1/dcord.1",
        "usr/share/man/man1/dcord-message.1",
        "usr/share/bash-completion/completions/dcord",
        "usr/share/zsh/vendor-completions/_dcord",
        "usr/share/fish/vendor_completions.d/dcord.fish",
        "usr/share/doc/dcord/examples/crontab",
    ] {
        assert!(installed.iter().any(|found| found == path), "{path} is missing in {installed:#?}");
    }
}

#[test]
fn the_image_is_built_from_the_files_that_the_package_needs() {
    assert!(DOCKERFILE.contains("cargo build --release --locked"));
    for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "src", "completions", "README.md"] {
        assert!(!IGNORED.lines().any(|line| line == needed), "{needed} is not in the image's context");
    }
}
