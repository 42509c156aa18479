//! A local Discord server, held in memory: the REST API and the gateway, on loopback.
//!
//! Routes, parameters and bounds come from the catalogue. `behave` implements the resources that
//! behave as Discord's do; `store` serves every other endpoint from stored documents. `state` holds
//! the data that both change and `seed` creates its initial content. `limit` applies rate limits,
//! [`fault`] injects failures, [`gateway`] sends the events, `origin` rejects requests from web
//! pages, and `server` listens on the sockets.

mod answer;
mod behave;
mod documents;
pub mod fault;
pub mod gateway;
mod limit;
mod oauth;
mod origin;
mod request;
mod route;
mod seed;
mod server;
mod socket;
mod state;
mod store;
mod table;
mod view;
mod visibility;

pub use fault::{BadFault, help as fault_help};
pub use limit::BadLimit;
pub use seed::{BadSeed, Seed};
pub use server::{Identity, Options, Sandbox, StartError};

/// Checks that a value of `--limit` can be parsed.
pub fn check_limit(text: &str) -> Result<(), BadLimit> {
    limit::Limits::parse(&[text.to_owned()]).map(drop)
}

/// Checks that a value of `--fault` can be parsed.
pub fn check_fault(text: &str) -> Result<(), BadFault> {
    fault::Faults::parse(&[text.to_owned()]).map(drop)
}

#[cfg(test)]
mod tests;
