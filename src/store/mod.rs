//! What dcord keeps on disk: opening SQLite files so that many processes can, the records that
//! they share, and locks that tell whether a process lives.

mod database;
mod error;
mod folder;
mod ledger;
mod lock;
mod state;

pub use database::{Database, Layout, Rebuilt};
pub use error::Error;
pub use folder::create as create_folder;
pub use ledger::{Ledger, Transaction};
pub use lock::{Holder, Lock, Seat};
pub use state::{Begun, Consumer, Kept, State};
