//! Locks on files. The system releases them when the process ends for any reason.

use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::wait::Wait;
use super::{Error, folder};

/// A lock on a file. Dropping it releases the lock.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, unless another process holds it. Releasing the lock does not delete the file; otherwise, two processes
    /// could lock different files with the same name.
    pub fn take(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::Lock { path: path.to_owned(), source };
        let file = folder::open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Waits for the lock, for as long as the process's wait budget allows.
    pub fn wait(path: &Path) -> Result<Self, Error> {
        /// About as long as a process holds such a lock.
        const POLL_INTERVAL: Duration = Duration::from_millis(2);
        let wait = Wait::begin();
        loop {
            match Self::take(path)? {
                Some(lock) => return Ok(lock),
                None if wait.pause(POLL_INTERVAL) => {}
                None => return Err(Error::Busy { path: path.to_owned() }),
            }
        }
    }

    /// Writes to the beginning of the file.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_one_holder_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
    }
}
