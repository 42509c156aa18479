//! Files of the user's own that are appended to: logs, and events that failed.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::trust;

/// Opens a file to append to, and creates it so that only its owner can read it.
///
/// What another user owns is refused: others may read or even write what is appended here, but not choose where
/// it goes.
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

/// Ends the last line of a file that is appended to, where a process that was killed left half a line.
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

/// Refuses anything but a file that only its owner can read.
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
