//! Folders and files that nobody else may read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::Error;

/// Makes a folder and those above it. What is made here is for its owner alone; what was there
/// stays as it is.
pub fn create(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::Create { path: path.to_owned(), source })
}

/// Opens a file for reading and writing, and makes it first if it is missing.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
