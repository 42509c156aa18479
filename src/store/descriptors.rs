//! How many more files this process may open.

use std::io;

/// The files of a request: the runtime's poll, its waker and its signals, a socket, and files to send.
const REQUEST: usize = 12;

/// The files of the shared state beside it: a database with its log, its index and its lock, twice, and a lease.
const FILES: usize = 10;

/// Fails where too few files are left for a request. Without this check the runtime panics.
pub fn reserve() -> io::Result<()> {
    open_temporarily(REQUEST)
}

/// Whether enough files are left for the shared state and a request.
pub(super) fn suffice() -> bool {
    open_temporarily(REQUEST + FILES).is_ok()
}

/// Opens so many files for a moment, where the limit is low enough to matter.
fn open_temporarily(number: usize) -> io::Result<()> {
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
