//! What dcord keeps on disk: opening SQLite files so that many processes can, the records that
//! they share, and locks that tell whether a process lives.

mod database;
mod descriptors;
mod error;
mod folder;
mod ledger;
mod lock;
mod patience;
mod state;

pub use database::{Database, Layout, Rebuilt};
pub use descriptors::reserve as reserve_descriptors;
pub use error::Error;
pub use folder::{create as create_folder, open as open_file, open_with, trust as trust_folder};
pub use ledger::{Ledger, Transaction};
pub use lock::{Holder, Lock, Seat};
pub use state::{Begun, Consumer, Kept, State};
