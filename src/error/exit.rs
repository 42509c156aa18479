//! The exit statuses; README and `dcord help exit-codes` list them.

pub const DONE: u8 = 0;
pub const OTHER: u8 = 1;
pub const USAGE: u8 = 2;
pub const PARTLY: u8 = 3;
pub const NO_TOKEN: u8 = 4;
pub const FORBIDDEN: u8 = 5;
pub const NOT_FOUND: u8 = 6;
pub const RATE_LIMITED: u8 = 7;
pub const NETWORK: u8 = 8;
pub const INVALID: u8 = 9;
pub const REFUSED: u8 = 10;
/// As in shells: the program cannot be run.
pub const NOT_EXECUTABLE: u8 = 126;
/// As in shells: the program does not exist.
pub const NO_PROGRAM: u8 = 127;
pub const INTERRUPTED: u8 = 130;
pub const TERMINATED: u8 = 143;
