//! The system keyring: the Keychain, the Credential Manager, or a Secret Service such as GNOME Keyring or KWallet.

use std::sync::LazyLock;

use keyring_core::{Entry, set_default_store};

use super::Error;
use crate::model::Secret;

/// The service under which the keyring lists dcord's entries.
const SERVICE: &str = "dcord";

/// Connects to the system keyring, once. The result says whether there is one.
static STORE: LazyLock<keyring_core::Result<()>> = LazyLock::new(|| {
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(windows)]
    let store = windows_native_keyring_store::Store::new()?;
    #[cfg(all(unix, not(target_os = "macos")))]
    let store = dbus_secret_service_keyring_store::Store::new()?;
    set_default_store(store);
    Ok(())
});

fn entry(name: &str) -> Result<Entry, Error> {
    STORE.as_ref().map_err(failed)?;
    Entry::new(SERVICE, name).map_err(|error| failed(&error))
}

fn failed(error: &keyring_core::Error) -> Error {
    Error::Keyring { reason: error.to_string() }
}

/// Whether there is a keyring. On Linux, a machine without a desktop has none.
pub fn exists() -> bool {
    STORE.is_ok()
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
        Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(error) => Err(failed(&error)),
    }
}
