//! (being written)
pub mod fault;
pub mod gateway;
