//! What stands before each attempt of a request.

use std::pin::Pin;

use super::error::Error;

/// Lets attempts of a request pass, and ends its waits. A long job records here what it is about to send, and stops here without
/// losing track of what it has sent.
pub trait Gate: Send + Sync {
    /// Completes when the attempt may be sent, which has its slot of the rate limits then. An error prevents the attempt.
    fn open(&self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>>;
    /// Completes when the request should no longer wait for anything. An attempt that is on its way is completed all the same.
    fn stopped(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Waits for something, unless the gate ends the wait.
pub async fn wait<T>(gate: Option<&dyn Gate>, wait: impl Future<Output = T>) -> Result<T, Error> {
    let Some(gate) = gate else { return Ok(wait.await) };
    tokio::select! {
        biased;
        ended = wait => Ok(ended),
        () = gate.stopped() => Err(Error::Stopped),
    }
}
