//! How many more files this process may open.

use std::io;

/// What a request needs: the runtime's poll, its waker and its signals, a socket, and files that it sends.
const REQUEST: usize = 12;

/// What the shared files need beside it: a database with its log, its index and its lock, twice, and a slot.
const FILES: usize = 10;

/// Fails where a request could not be sent, as the runtime does not: it panics.
pub fn reserve() -> io::Result<()> {
    take(REQUEST)
}

/// Whether shared files can be opened, and a request be sent all the same.
pub(super) fn are_left() -> bool {
    take(REQUEST + FILES).is_ok()
}

/// Opens so many files for a moment, where the limit is low enough to be in question.
fn take(number: usize) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        const PLENTY: u64 = 128;
        if getrlimit(Resource::Nofile).current.is_some_and(|most| most < PLENTY) {
            let (one, _other) = io::pipe()?;
            (2..number).map(|_| one.try_clone()).collect::<io::Result<Vec<_>>>()?;
        }
    }
    #[cfg(not(unix))]
    let _ = number;
    Ok(())
}
