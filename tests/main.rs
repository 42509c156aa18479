//! Tests over the real binary and real sockets; a file per feature.

mod layers;
mod shared_limits;
