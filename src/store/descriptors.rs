//! Checks that this process can open enough files.

use std::io;

/// The number of files that a request needs: the runtime's poll, waker and signals, a socket, and files to send.
const REQUEST: usize = 12;

/// The number of files that the shared state needs: two databases with their logs, indexes and locks, and a lease.
const FILES: usize = 10;

/// Returns an error if this process cannot open enough files for a request. Without this check, the runtime would panic.
pub fn reserve() -> io::Result<()> {
    open_temporarily(REQUEST)
}

/// Whether this process can open enough files for the shared state and a request.
pub(super) fn suffice() -> bool {
    open_temporarily(REQUEST + FILES).is_ok()
}

/// Opens this many files temporarily, unless the limit is certainly high enough.
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
