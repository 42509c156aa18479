//! Tests over the real binary and real sockets; a file per feature.

mod consumer;
mod errors;
mod every_row;
mod generated;
mod layers;
mod shared_limits;
mod support;
