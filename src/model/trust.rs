//! Decides which files and folders to trust: those that no other user of this machine owns or may write to.
//!
//! A user with write permission for a folder can replace a file in it with a link, which makes dcord write to any file of
//! the user who runs it. A user with write permission for `config.toml` can choose the `token_command`.

use std::fs::Metadata;

/// Why a file or a folder cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("belongs to another user")]
    Foreign,
    #[error("can be written by other users")]
    Shared,
    #[error("is a symbolic link")]
    Link,
}

/// Rejects files whose owner is neither this user nor root, and files that other users may write to. On systems other than
/// Unix every file is accepted, because the folders of dcord are in the user's profile.
pub fn check(metadata: &Metadata) -> Result<(), Untrusted> {
    check_owner(metadata)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        const WRITABLE_BY_OTHERS: u32 = 0o022;
        // A link has no permissions of its own.
        if !metadata.is_symlink() && metadata.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err(Untrusted::Shared);
        }
    }
    Ok(())
}

/// Rejects files whose owner is neither this user nor root.
pub fn check_owner(metadata: &Metadata) -> Result<(), Untrusted> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        const ROOT: u32 = 0;
        let owner = metadata.uid();
        if owner != ROOT && owner != rustix::process::geteuid().as_raw() {
            return Err(Untrusted::Foreign);
        }
    }
    #[cfg(not(unix))]
    let _ = metadata;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_others_may_write_to_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (mode, wanted) in [
            (0o600, Ok(())),
            (0o644, Ok(())),
            (0o755, Ok(())),
            (0o620, Err(Untrusted::Shared)),
            (0o602, Err(Untrusted::Shared)),
            (0o777, Err(Untrusted::Shared)),
        ] {
            for path in [file.as_path(), folder.path()] {
                fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o100)).unwrap();
                assert_eq!(check(&path.metadata().unwrap()), wanted, "{mode:o}");
            }
        }
    }
}
