//! Locks on files. The system releases them when their process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::wait::Wait;
use super::{Error, folder};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, unless another process holds it. The file stays when the lock is released: removing it would let two
    /// processes lock two files of one name.
    pub fn take(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::Lock { path: path.to_owned(), source };
        let file = folder::open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Takes the lock as soon as it is free, if it is within the time that this process waits for files.
    pub fn wait(path: &Path) -> Result<Self, Error> {
        /// Work under such a lock takes about as long.
        const LOOK_AGAIN: Duration = Duration::from_millis(2);
        let wait = Wait::begin();
        loop {
            match Self::take(path)? {
                Some(lock) => return Ok(lock),
                None if wait.pause(LOOK_AGAIN) => {}
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
    fn a_lock_is_held_by_one_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
    }
}
