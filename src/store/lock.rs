//! Locks on files, which the system takes back when their process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::patience::Wait;
use super::{Error, folder};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, unless somebody holds it. The file stays when it is given back: to remove it
    /// would let two processes lock two files of one name.
    pub fn take(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::Lock { path: path.to_owned(), source };
        let file = folder::open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Takes the lock as soon as it is free, if that is soon.
    pub fn wait(path: &Path) -> Result<Self, Error> {
        /// What is done under such a lock takes about as long.
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
}

/// Who holds a seat: its number, and a number that is drawn each time a process sits down, so that
/// who sits there now is not taken for who sat there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holder {
    seat: u32,
    drawn: u64,
}

/// A process's lock among those of all processes that share a folder. Others can tell by it whether
/// the process lives: a pid would be given to somebody else some day.
#[derive(Debug)]
pub struct Seat {
    folder: PathBuf,
    holder: Holder,
    _lock: Lock,
}

/// Where a process begins to look, by its pid: those started together have different ones.
const SPREAD: u32 = 64;

/// So many processes at once are not meant.
const MOST_SEATS: u32 = 4096;

impl Seat {
    /// Takes the first free seat. Seats are used again, so no file is made or removed in passing.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        let first = std::process::id() % SPREAD;
        for number in (first..SPREAD).chain(0..first).chain(SPREAD..MOST_SEATS) {
            let path = path(folder, number);
            if let Some(mut lock) = Lock::take(&path)? {
                let holder = Holder { seat: number, drawn: fastrand::u64(..) };
                (|| {
                    lock.file.rewind()?;
                    lock.file.write_all(&holder.drawn.to_le_bytes())
                })()
                .map_err(|source| Error::Lock { path, source })?;
                return Ok(Self { folder: folder.to_owned(), holder, _lock: lock });
            }
        }
        Err(Error::Busy { path: folder.to_owned() })
    }

    pub const fn holder(&self) -> Holder {
        self.holder
    }

    /// Whether the process lives that held this. In doubt it does: its requests would be counted twice
    /// as free.
    pub fn lives(&self, other: Holder) -> bool {
        if other == self.holder {
            return true;
        }
        let path = path(&self.folder, other.seat);
        match Lock::take(&path) {
            Ok(Some(_)) => false,
            Ok(None) => drawn(&path).map_or(true, |drawn| drawn == other.drawn),
            Err(_) => true,
        }
    }
}

fn path(folder: &Path, seat: u32) -> PathBuf {
    folder.join(format!("seat-{seat}"))
}

fn drawn(path: &Path) -> io::Result<u64> {
    let mut bytes = [0; 8];
    File::open(path)?.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
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

    #[test]
    fn a_seat_tells_who_lives_even_when_it_is_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Seat::take(folder.path()).unwrap();
        let second = Seat::take(folder.path()).unwrap();
        let (one, two) = (first.holder(), second.holder());
        assert_ne!(one.seat, two.seat);
        assert!(second.lives(one) && first.lives(two) && first.lives(one));
        drop(first);
        assert!(!second.lives(one));
        let again = Seat::take(folder.path()).unwrap();
        assert_eq!(again.holder().seat, one.seat);
        assert!(!second.lives(one) && second.lives(again.holder()));
    }
}
