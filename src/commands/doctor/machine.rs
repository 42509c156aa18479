//! The checks of this machine: dcord's files, the disk, and the shell.

use std::path::{Path, PathBuf};

use super::check::Check;
use crate::config::{env, paths};
use crate::error::Peer;
use crate::model::private;
use crate::{cache, store};

/// The free space in MiB below which to warn. A busy cache grows by about this much in a day.
const LITTLE_SPACE: u64 = 100;

pub fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    let (state, cached) = (paths::state_dir(), paths::cache_dir());
    for (name, folder) in [("state", &state), ("cache", &cached)] {
        match folder {
            Err(error) => checks.push(Check::error(name, &error.clone().into(), &Peer::Discord)),
            Ok(folder) if name == "state" => {
                checks.push(files(name, folder, &[folder.join("limits.db"), folder.join("state.db")]));
            }
            Ok(folder) => checks.push(files(name, folder, &[cache::Cache::file(folder)])),
        }
    }
    checks.extend(state.ok().and_then(|folder| space(&folder)));
    checks.extend([completion(), manual()]);
    checks
}

/// Checks the files of a folder: whether they are private, whether dcord can write them, and whether they are intact.
fn files(name: &'static str, folder: &Path, files: &[PathBuf]) -> Check {
    if !folder.is_dir() {
        return Check::ok(name, format!("{} does not exist yet", folder.display()));
    }
    for file in files.iter().filter(|file| file.is_file()) {
        if file.metadata().is_ok_and(|metadata| private::is_exposed(&metadata)) {
            let fix = format!("chmod 600 {}", file.display());
            return Check::warning(name, format!("other users can read {}", file.display()), fix);
        }
        if let Err(error) = store::examine(file) {
            return Check::error(name, &error.into(), &Peer::Discord);
        }
    }
    let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
    Check::ok(name, format!("{} is intact ({} KiB)", folder.display(), bytes.div_ceil(1024)))
}

/// Checks the free space on the disk of a folder or, if the folder does not exist, of its nearest existing parent.
#[cfg(unix)]
fn space(folder: &Path) -> Option<Check> {
    let existing = folder.ancestors().find(|folder| folder.is_dir())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    let detail = format!("{free} MiB are free on the disk of {}", existing.display());
    Some(match free < LITTLE_SPACE {
        true => Check::warning("disk", detail, "free some space, or clear the cache with `dcord cache clear`"),
        false => Check::ok("disk", detail),
    })
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<Check> {
    None
}

/// How a shell finds its completion script.
struct Shell {
    name: &'static str,
    /// The script below the home folder.
    own: &'static str,
    /// The script in the system's folders.
    system: [&'static str; 2],
    /// The files below the home folder in which users may load the script.
    startup: &'static [&'static str],
    /// What a person must add to a startup file, so that the shell finds its own script.
    needs: Option<&'static str>,
}

static SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        own: ".local/share/bash-completion/completions/dcord",
        system: ["/usr/share/bash-completion/completions/dcord", "/usr/local/share/bash-completion/completions/dcord"],
        startup: &[".bashrc", ".bash_profile", ".profile"],
        needs: None,
    },
    Shell {
        name: "zsh",
        own: ".zfunc/_dcord",
        system: ["/usr/share/zsh/site-functions/_dcord", "/usr/local/share/zsh/site-functions/_dcord"],
        startup: &[".zshrc", ".zprofile", ".zshenv"],
        needs: Some("`fpath=(~/.zfunc $fpath)` above compinit in ~/.zshrc"),
    },
    Shell {
        name: "fish",
        own: ".config/fish/completions/dcord.fish",
        system: [
            "/usr/share/fish/vendor_completions.d/dcord.fish",
            "/usr/local/share/fish/vendor_completions.d/dcord.fish",
        ],
        startup: &[".config/fish/config.fish"],
        needs: None,
    },
];

fn completion() -> Check {
    let shell = env::get("SHELL").unwrap_or_default();
    let shell = Path::new(&shell).file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let Some(Shell { name, own, system, startup, needs }) = SHELLS.iter().find(|known| known.name == shell) else {
        return Check::skipped("completion", "SHELL is not bash, zsh or fish");
    };
    let home = env::get("HOME").map(PathBuf::from);
    let files = home.iter().map(|home| home.join(own)).chain(system.iter().map(PathBuf::from));
    if let Some(file) = files.into_iter().find(|file| file.is_file()) {
        return Check::ok("completion", file.display().to_string());
    }
    // A startup file may have lines for other shells, as in a file that several of them read.
    let line = format!("dcord completions {name}");
    let loads = |file: &PathBuf| std::fs::read_to_string(file).is_ok_and(|text| text.contains(&line));
    if let Some(file) = home.iter().flat_map(|home| startup.iter().map(|name| home.join(name))).find(loads) {
        return Check::ok("completion", format!("{} loads it", file.display()));
    }
    let folder = Path::new(own).parent().unwrap_or(Path::new("")).display();
    let mut fix = format!("mkdir -p ~/{folder} && dcord completions {name} > ~/{own}");
    if let Some(needs) = needs {
        fix += &format!(", and add {needs}");
    }
    Check::warning("completion", format!("{name} has no completion for dcord"), fix)
}

fn manual() -> Check {
    let home = env::get("HOME").map(|home| PathBuf::from(home).join(".local/share/man"));
    let folders =
        home.into_iter().chain(["/usr/local/share/man", "/usr/share/man", "/usr/local/man"].map(PathBuf::from));
    let pages = |folder: PathBuf| ["dcord.1", "dcord.1.gz"].map(|page| folder.join("man1").join(page));
    match folders.flat_map(pages).find(|page| page.is_file()) {
        Some(page) => Check::ok("manual", page.display().to_string()),
        None => Check::warning("manual", "man does not find dcord's pages", "dcord man --dir ~/.local/share/man/man1"),
    }
}
