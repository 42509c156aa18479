//! State on disk: the SQLite files that processes share, and the locks that show whether a process is running.

mod database;
mod descriptors;
mod error;
mod folder;
mod journal;
mod lease;
mod ledger;
mod lock;
mod state;
mod timeline;
mod wait;

pub use database::{Database, Layout, Rebuilt, examine};
pub use descriptors::reserve as reserve_descriptors;
pub use error::Error;
pub use folder::{create as create_folder, open as open_file, open_with, trust as trust_folder};
pub use journal::{JournalFile, JournalWriter, Lines as JournalLines};
pub use lease::{Lease, Owner};
pub use ledger::{Ledger, OnFailure, Record, Transaction};
pub use lock::Lock;
pub use state::{AppliedFile, AppliedObject, Consumer, KeyState, SentMessage, StateFile, StoredSession};
