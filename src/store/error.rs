//! The errors of state files.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::trust::Untrusted;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot create {}: {}", .path.display(), crate::model::fault::words(.source))]
    Create { path: PathBuf, source: io::Error },
    #[error("{} {why}", .path.display())]
    Untrusted { path: PathBuf, why: Untrusted },
    #[error("cannot share {}: this process has reached its limit of open files", .path.display())]
    FewDescriptors { path: PathBuf },
    #[error("cannot lock {}: {}", .path.display(), crate::model::fault::words(.source))]
    Lock { path: PathBuf, source: io::Error },
    #[error("--journal: cannot open {}: {}", .path.display(), crate::model::fault::words(.source))]
    OpenJournal { path: PathBuf, source: io::Error },
    #[error("cannot use the journal {}: {}", .path.display(), crate::model::fault::words(.source))]
    Journal { path: PathBuf, source: io::Error },
    #[error("{} is locked by another process", .path.display())]
    Busy { path: PathBuf },
    #[error("{} was created by a newer version of dcord (schema {found}; this version supports up to {known})", .path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("{} is damaged: {source}", .path.display())]
    Damaged { path: PathBuf, source: rusqlite::Error },
    #[error("cannot write to {}: {source}", .path.display())]
    Unwritable { path: PathBuf, source: rusqlite::Error },
    #[error("{}: {source}", .path.display())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("cannot rename the damaged {}: {}", .path.display(), crate::model::fault::words(.source))]
    SetAside { path: PathBuf, source: io::Error },
}

impl Error {
    /// Classifies SQLite's errors by how they can be fixed.
    pub fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source },
            // Exceeding a quota or the maximum file size counts as a full disk.
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Self::Unwritable { path, source },
            _ => Self::Sqlite { path, source },
        }
    }

    /// Whether writing other files to the same folder would fail too.
    pub const fn is_unwritable(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Unwritable { .. } | Self::FewDescriptors { .. })
    }

    /// How the user can fix the error.
    pub fn hint(&self) -> Option<&'static str> {
        let is = |start: &str| self.path().file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
        let is_cache = is("cache");
        Some(match self {
            Self::Newer { .. } if is_cache => "update dcord, or use another folder with DCORD_CACHE_DIR",
            Self::Newer { .. } => "update dcord, or use another folder with DCORD_STATE_DIR",
            Self::Create { .. } | Self::Unwritable { .. } | Self::SetAside { .. } | Self::Lock { .. } if is_cache => {
                "check the folder's permissions and the free disk space, or use another folder with DCORD_CACHE_DIR"
            }
            Self::Create { .. } | Self::Unwritable { .. } | Self::SetAside { .. } | Self::Lock { .. } => {
                "check the folder's permissions and the free disk space, or use another folder with DCORD_STATE_DIR"
            }
            Self::Damaged { .. } | Self::Sqlite { .. } if is_cache => {
                "recreate the file with `dcord cache clear`, or use another folder with DCORD_CACHE_DIR"
            }
            Self::Damaged { .. } | Self::Sqlite { .. } if is("limits") => {
                "delete the file, which contains only the current rate limits, or use another folder with \
                 DCORD_STATE_DIR"
            }
            Self::Damaged { .. } | Self::Sqlite { .. } => {
                "move the file away; consumers then start over, and dcord no longer knows which keys it has used and what \
                 locked channels denied before"
            }
            Self::Untrusted { why: Untrusted::Shared, .. } => {
                "remove write permission for other users (chmod go-w), or use other folders with \
                 DCORD_STATE_DIR and DCORD_CACHE_DIR"
            }
            Self::Untrusted { .. } => "remove it, or use other folders with DCORD_STATE_DIR and DCORD_CACHE_DIR",
            Self::FewDescriptors { .. } => "raise the limit with ulimit -n",
            Self::OpenJournal { .. } | Self::Journal { .. } => {
                "check the path, its permissions and the free disk space"
            }
            Self::Busy { .. } => return None,
        })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Create { path, .. }
            | Self::Untrusted { path, .. }
            | Self::FewDescriptors { path }
            | Self::Lock { path, .. }
            | Self::OpenJournal { path, .. }
            | Self::Journal { path, .. }
            | Self::Busy { path }
            | Self::Newer { path, .. }
            | Self::Damaged { path, .. }
            | Self::Unwritable { path, .. }
            | Self::Sqlite { path, .. }
            | Self::SetAside { path, .. } => path,
        }
    }
}
