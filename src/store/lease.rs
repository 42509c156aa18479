//! Leases: how processes that share a folder tell whether another one lives.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lock::Lock;
use super::{Error, folder};

/// The process that holds a lease: the lease's number, and a number that is drawn each time a process takes the lease, so that
/// its present owner is not mistaken for an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    lease: u32,
    drawn: u64,
}

/// A lock that a process holds for as long as it lives, on a file of its own. Another process can tell by the lock whether the
/// owner lives: the system gives a pid to another process some day.
#[derive(Debug)]
pub struct Lease {
    owner: Owner,
    /// The folder of all leases, and the lock on this one; `None` in a process that shares nothing.
    held: Option<(PathBuf, Lock)>,
}

/// A process begins to look for a free lease at its pid modulo this, so that processes that start together look at different
/// files.
const SPREAD: u32 = 64;

/// More processes at once than anybody runs: a bound for the search.
const MOST: u32 = 4096;

impl Lease {
    /// Takes the first free lease. Leases are used again, so that no file is made or removed in passing.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        let leases = folder.join("leases");
        folder::trust(&leases)?;
        match Self::first_free(&leases) {
            Err(Error::Lock { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                folder::create(&leases)?;
                Self::first_free(&leases)
            }
            lease => lease,
        }
    }

    /// The lease of a process that shares nothing.
    pub fn unshared() -> Self {
        Self { owner: Owner { lease: 0, drawn: fastrand::u64(..) }, held: None }
    }

    fn first_free(leases: &Path) -> Result<Self, Error> {
        let first = std::process::id() % SPREAD;
        for number in (first..SPREAD).chain(0..first).chain(SPREAD..MOST) {
            let path = path(leases, number);
            if let Some(mut lock) = Lock::take(&path)? {
                let owner = Owner { lease: number, drawn: fastrand::u64(..) };
                lock.write(&owner.drawn.to_le_bytes()).map_err(|source| Error::Lock { path, source })?;
                return Ok(Self { owner, held: Some((leases.to_owned(), lock)) });
            }
        }
        Err(Error::Busy { path: leases.to_owned() })
    }

    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// Whether the process that held this lives. In doubt it does: else its requests in flight would count as free slots.
    pub fn lives(&self, other: Owner) -> bool {
        if other == self.owner {
            return true;
        }
        let Some((leases, _)) = &self.held else { return false };
        let path = path(leases, other.lease);
        match Lock::take(&path) {
            Ok(Some(_)) => false,
            Ok(None) => drawn(&path).map_or(true, |drawn| drawn == other.drawn),
            Err(_) => true,
        }
    }
}

fn path(leases: &Path, number: u32) -> PathBuf {
    leases.join(format!("lease-{number}"))
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
    fn a_lease_shows_whether_its_owner_lives_even_when_another_process_has_taken_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lease::take(folder.path()).unwrap();
        let second = Lease::take(folder.path()).unwrap();
        let (one, two) = (first.owner(), second.owner());
        assert_ne!(one.lease, two.lease);
        assert!(second.lives(one) && first.lives(two) && first.lives(one));
        drop(first);
        assert!(!second.lives(one));
        let again = Lease::take(folder.path()).unwrap();
        assert_eq!(again.owner().lease, one.lease);
        assert!(!second.lives(one) && second.lives(again.owner()));
    }
}
