//! dcord: a command-line toolkit for Discord.
pub mod catalogue;
pub mod cli;
pub mod commands;
pub mod config;
pub mod filter;
pub mod gateway;
pub mod limit;
pub mod model;
pub mod output;
pub mod rest;
pub mod sandbox;
