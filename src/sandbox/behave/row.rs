//! The types that all behaviours share.

use crate::sandbox::answer::Outcome;
use crate::sandbox::request::Call;
use crate::sandbox::state::State;

/// The implementation of an endpoint.
pub type Behaviour = fn(&mut State, &Call) -> Outcome;

/// Behaviours by operation.
pub type Rows = &'static [(&'static str, Behaviour)];
