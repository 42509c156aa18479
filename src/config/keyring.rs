//! The system keyring: the Keychain, the Credential Manager, or a Secret Service such as GNOME Keyring or KWallet.

use keyring::v1::Entry;

use super::Error;
use crate::model::Secret;

/// The service under which the keyring lists dcord's entries.
const SERVICE: &str = "dcord";

fn entry(name: &str) -> Result<Entry, Error> {
    Entry::store_status().as_ref().map_err(failed)?;
    Entry::new(SERVICE, name).map_err(|error| failed(&error))
}

fn failed(error: &keyring::v1::Error) -> Error {
    Error::Keyring { reason: error.to_string() }
}

/// Whether there is a keyring. On Linux, a machine without a desktop has none.
pub fn exists() -> bool {
    Entry::store_status().is_ok()
}

pub fn get(name: &str) -> Result<Secret, Error> {
    entry(name)?.get_password().map(Secret::new).map_err(|error| failed(&error))
}

pub fn set(name: &str, secret: &Secret) -> Result<(), Error> {
    entry(name)?.set_password(secret.expose()).map_err(|error| failed(&error))
}

/// Deletes an entry. A missing one is no error.
pub fn delete(name: &str) -> Result<(), Error> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(keyring::v1::Error::NoEntry) => Ok(()),
        Err(error) => Err(failed(&error)),
    }
}
