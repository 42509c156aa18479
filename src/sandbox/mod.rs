//! A Discord on loopback, held in memory: its REST interface and its gateway.
//!
//! Routes, parameters and bounds come from the catalogue. `behave` holds the resources that behave
//! as Discord's do; `store` serves every other endpoint from documents. `state` is the world they
//! change, `seed` what it begins with, `limit` its rate limits, [`fault`] its bad days, [`gateway`]
//! its events, `origin` keeps web pages out, and `server` puts it on a socket.

mod answer;
mod behave;
mod documents;
pub mod fault;
pub mod gateway;
mod limit;
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

/// Whether a value of `--limit` can be read.
pub fn check_limit(text: &str) -> Result<(), BadLimit> {
    limit::Limits::parse(&[text.to_owned()]).map(drop)
}

/// Whether a value of `--fault` can be read.
pub fn check_fault(text: &str) -> Result<(), BadFault> {
    fault::Faults::parse(&[text.to_owned()]).map(drop)
}

#[cfg(test)]
mod tests;
