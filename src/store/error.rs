//! What can go wrong with files that are kept.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why what is on disk cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot create {}: {source}", .path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("cannot lock {}: {source}", .path.display())]
    Lock { path: PathBuf, source: io::Error },
    #[error("{} is held by other processes for too long", .path.display())]
    Busy { path: PathBuf },
    #[error("{} was made by a newer dcord (its schema is {found}, the newest known is {known})", .path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("{} is damaged: {source}", .path.display())]
    Damaged { path: PathBuf, source: rusqlite::Error },
    #[error("{} cannot be written: {source}", .path.display())]
    Unwritable { path: PathBuf, source: rusqlite::Error },
    #[error("{}: {source}", .path.display())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("cannot set {} aside: {source}", .path.display())]
    SetAside { path: PathBuf, source: io::Error },
}

impl Error {
    /// Sorts SQLite's errors by what can be done about them.
    pub fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source },
            Some(ErrorCode::ReadOnly | ErrorCode::DiskFull | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unwritable { path, source }
            }
            _ => Self::Sqlite { path, source },
        }
    }

    /// What to do about it, for people.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Newer { .. } => "update dcord, or use another folder with DCORD_STATE_DIR",
            Self::Create { .. } | Self::Unwritable { .. } | Self::SetAside { .. } => {
                "check the folder's permissions and its disk's space, or use another one with DCORD_STATE_DIR"
            }
            _ => return None,
        })
    }
}
