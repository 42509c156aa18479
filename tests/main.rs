//! Tests over the real binary and real sockets; a file per feature.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod api;
mod cache;
mod cache_claims;
mod cache_faults;
mod clock;
mod connections;
mod consumer;
mod dry_run;
mod errors;
mod every_row;
mod files;
mod finding;
mod forms;
mod gateway_faults;
mod generated;
mod grammar;
mod hidden;
mod hostile;
mod hostile_system;
mod intents;
mod json_stderr;
mod keys;
mod layers;
mod limits;
mod links;
mod listen;
mod mentions;
mod names;
mod output;
mod permissions;
mod profiles;
mod sandbox;
mod secrets;
mod shared_limits;
mod state_faults;
mod stderr;
mod streams;
mod support;
mod terminal;
mod times;
mod token_command;
mod urls;
mod values;
