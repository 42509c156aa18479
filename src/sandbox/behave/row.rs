//! What the files of behaviours have in common.

use crate::sandbox::answer::Outcome;
use crate::sandbox::request::Call;
use crate::sandbox::state::State;

/// What an endpoint does.
pub type Behaviour = fn(&mut State, &Call) -> Outcome;

/// Behaviours by operation.
pub type Rows = &'static [(&'static str, Behaviour)];
