//! Edits `config.toml`. Comments, order and formatting stay as they are.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{DocumentMut, Item, Table};

use super::Error;
use crate::model::{text, trust};

/// Edits the file, and creates it if it is missing. Nobody but its owner can read the new file if it contains a secret or did
/// not exist.
pub fn edit(path: &Path, adds_secret: bool, change: impl FnOnce(&mut DocumentMut)) -> Result<(), Error> {
    let shown = || path.display().to_string();
    let old = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => return Err(Error::Linked { path: shown() }),
        Ok(metadata) => {
            trust::check(&metadata).map_err(|why| Error::Untrusted { path: shown(), why })?;
            let content = fs::read_to_string(path);
            Some((content.map_err(|source| Error::Read { path: shown(), source: source.into() })?, metadata))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(Error::Read { path: shown(), source: source.into() }),
    };
    let content = old.as_ref().map_or("", |(content, _)| text::without_mark(content));
    // The parser's message shows the line, which may contain a token.
    let broken = |error: toml_edit::TomlError| Error::Syntax { path: shown(), message: error.message().to_owned() };
    let mut document: DocumentMut = content.parse().map_err(broken)?;
    change(&mut document);
    let mode = old.filter(|_| !adds_secret).and_then(|(_, metadata)| mode(&metadata));
    replace(path, document.to_string().as_bytes(), mode)
}

/// The table of a profile, which is created if it is missing.
pub fn profile<'a>(document: &'a mut DocumentMut, name: &str) -> &'a mut dyn toml_edit::TableLike {
    let implicit = || {
        let mut table = Table::new();
        // Its header would be an empty line of its own.
        table.set_implicit(true);
        Item::Table(table)
    };
    let profiles = document.entry("profiles").or_insert_with(implicit);
    if profiles.as_table_like().is_none() {
        *profiles = implicit();
    }
    let profiles = profiles.as_table_like_mut().expect("it is a table");
    let profile = profiles.entry(name).or_insert_with(|| Item::Table(Table::new()));
    if profile.as_table_like().is_none() {
        *profile = Item::Table(Table::new());
    }
    profile.as_table_like_mut().expect("it is a table")
}

/// Writes a file that only its owner can read, in place of an existing one.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => Err(Error::Linked { path: path.display().to_string() }),
        _ => replace(path, bytes, None),
    }
}

/// Replaces a file in one step, so that a reader sees the old content or the new one.
fn replace(path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), Error> {
    let written = (|| {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        let (new, mut file) = create(path, mode)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
        if written.is_err() {
            // What remains is a file of dcord's own that nobody reads.
            let _ = fs::remove_file(&new);
        }
        written
    })();
    written.map_err(|source: io::Error| Error::Write { path: path.display().to_string(), source: Arc::new(source) })
}

/// Creates a new file beside another one. Without a mode, only its owner can read it.
fn create(path: &Path, mode: Option<u32>) -> io::Result<(PathBuf, fs::File)> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:08x}", fastrand::u32(..)));
    let new = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&new)?;
    #[cfg(unix)]
    if let Some(mode) = mode {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    Ok((new, file))
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}
