//! Opens private files for appending: logs, and the events whose consumer failed.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::trust;

/// Opens a file for appending. If it does not exist, it is created with permissions for its owner only.
///
/// A file or link of another user is refused, because its owner could redirect the appended text to another file. The
/// permissions of an existing file are not checked.
pub fn open_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let refused = |why| io::Error::new(io::ErrorKind::PermissionDenied, format!("it {why}"));
    let link = path.symlink_metadata();
    link.as_ref().map_or(Ok(()), trust::check_owner).map_err(refused)?;
    let file = options.open(path)?;
    trust::check_owner(&file.metadata()?).map_err(refused)?;
    Ok(file)
}

/// Appends a line feed if the last line of the file is incomplete, as after a process was killed during a write.
pub fn end_incomplete_line(file: &mut File, path: &Path) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    let mut reader = File::open(path)?;
    reader.seek(SeekFrom::End(-1))?;
    reader.read_exact(&mut last)?;
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}

/// Returns an error unless this is a regular file that only its owner can read.
pub fn check_hidden(metadata: &Metadata) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    match is_exposed(metadata) {
        true => Err(io::Error::new(io::ErrorKind::PermissionDenied, "other users can read it")),
        false => Ok(()),
    }
}

/// Whether other users can read or write a file.
#[cfg(unix)]
pub fn is_exposed(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
pub fn is_exposed(_: &Metadata) -> bool {
    false
}
