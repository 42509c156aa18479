//! Leases show whether another process that shares a folder is still running.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lock::Lock;
use super::{Error, folder};

/// Identifies the process that holds a lease: the number of the lease, and a random number, which distinguishes the current
/// owner from earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    lease: u32,
    nonce: u64,
}

/// A lock that a process holds on its own file while it runs. Other processes test the lock to find out whether the owner is
/// running. A process id would not identify the owner, because the system reuses process ids.
#[derive(Debug)]
pub struct Lease {
    owner: Owner,
    /// The folder of all leases, and the lock. `None` in a process that shares nothing.
    held: Option<(PathBuf, Lock)>,
}

/// A process starts its search for a free lease at its process id modulo this number, so that processes that start at the same
/// time try different files.
const START_RANGE: u32 = 64;

/// The maximum number of leases to try. Nobody runs this many processes at the same time.
const MAX_LEASES: u32 = 4096;

impl Lease {
    /// Takes the first free lease. Processes reuse lease files, so they rarely create any, and delete none.
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

    /// Creates a lease for a process that shares nothing.
    pub fn unshared() -> Self {
        Self { owner: Owner { lease: 0, nonce: fastrand::u64(..) }, held: None }
    }

    fn first_free(leases: &Path) -> Result<Self, Error> {
        let first = std::process::id() % START_RANGE;
        for number in (first..START_RANGE).chain(0..first).chain(START_RANGE..MAX_LEASES) {
            let path = path(leases, number);
            if let Some(mut lock) = Lock::take(&path)? {
                let owner = Owner { lease: number, nonce: fastrand::u64(..) };
                lock.write(&owner.nonce.to_le_bytes()).map_err(|source| Error::Lock { path, source })?;
                return Ok(Self { owner, held: Some((leases.to_owned(), lock)) });
            }
        }
        Err(Error::Busy { path: leases.to_owned() })
    }

    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// Whether the owner of a lease is running. An owner whose state is unknown counts as running, because its requests in
    /// flight would otherwise count as free slots.
    pub fn is_alive(&self, other: Owner) -> bool {
        if other == self.owner {
            return true;
        }
        let Some((leases, _)) = &self.held else { return false };
        let path = path(leases, other.lease);
        match Lock::take(&path) {
            Ok(Some(_)) => false,
            Ok(None) => nonce(&path).map_or(true, |nonce| nonce == other.nonce),
            Err(_) => true,
        }
    }
}

fn path(leases: &Path, number: u32) -> PathBuf {
    leases.join(format!("lease-{number}"))
}

fn nonce(path: &Path) -> io::Result<u64> {
    let mut bytes = [0; 8];
    File::open(path)?.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_shows_whether_its_owner_is_running_even_after_another_process_took_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lease::take(folder.path()).unwrap();
        let second = Lease::take(folder.path()).unwrap();
        let (one, two) = (first.owner(), second.owner());
        assert_ne!(one.lease, two.lease);
        assert!(second.is_alive(one) && first.is_alive(two) && first.is_alive(one));
        drop(first);
        assert!(!second.is_alive(one));
        let again = Lease::take(folder.path()).unwrap();
        assert_eq!(again.owner().lease, one.lease);
        assert!(!second.is_alive(one) && second.is_alive(again.owner()));
    }
}
