//! Private folders and files, and checks of their owners and permissions.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::Error;
use crate::model::trust::{self, Untrusted};

/// Creates a folder and its parents, accessible only to their owner. Does not change existing folders.
pub fn create(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::Create { path: path.to_owned(), source })
}

/// Returns an error if another user owns the folder or may write to it. A missing folder is no error.
pub fn trust(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(found) => trust::check(&found).map_err(|why| Error::Untrusted { path: path.to_owned(), why }),
        Err(_) => Ok(()),
    }
}

/// Returns an error if another user owns the file or may write to it, or if it is a symbolic link, which SQLite would follow.
pub fn trust_file(path: &Path) -> Result<(), Error> {
    let checked = match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(Untrusted::Link),
        Ok(found) => trust::check(&found),
        Err(_) => Ok(()),
    };
    checked.map_err(|why| Error::Untrusted { path: path.to_owned(), why })
}

/// Opens a file for reading and writing. Creates it if it is missing.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    open_with(&mut options, path)
}

/// Opens one of dcord's own files. Returns an error if it is a symbolic link, or if another user may write to it.
pub fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let refused = |untrusted: Untrusted| io::Error::new(io::ErrorKind::PermissionDenied, format!("it {untrusted}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits();
        options.custom_flags(i32::try_from(no_follow).expect("flags of open are small numbers"));
    }
    let file = options.open(path).map_err(|error| match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => refused(Untrusted::Link),
        _ => error,
    })?;
    trust::check(&file.metadata()?).map_err(refused)?;
    Ok(file)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_symbolic_link_is_not_opened_whatever_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        for target in [&file, &folder.path().join("missing")] {
            fs::write(&file, "").unwrap();
            symlink(target, &link).unwrap();
            let error = open_with(OpenOptions::new().write(true).create(true), &link).unwrap_err();
            assert_eq!(error.to_string(), "it is a symbolic link");
            fs::remove_file(&link).unwrap();
        }
        assert!(!folder.path().join("missing").exists());
        assert!(open_with(OpenOptions::new().append(true).create(true), &file).is_ok());
    }
}
