//! Discord's ids.

use std::fmt;
use std::str::FromStr;

use super::DISCORD_EPOCH_MS;

/// An id: an unsigned 64-bit number, written in decimal digits.
///
/// The upper 42 bits are the time at which the object was created, in milliseconds since [`DISCORD_EPOCH_MS`]. Ids
/// exceed 2^53, so they are never read as floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(u64);

/// The text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id; an id is a number of up to 20 digits")]
pub struct NotAnId(pub String);

impl Snowflake {
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    /// The creation time in milliseconds since the Unix epoch.
    pub const fn timestamp_ms(self) -> u64 {
        (self.0 >> 22) + DISCORD_EPOCH_MS
    }

    /// The lowest id of a moment. `None` if the moment is before [`DISCORD_EPOCH_MS`] or later than an id can express.
    pub const fn first_at(unix_ms: i64) -> Option<Self> {
        let since = unix_ms.saturating_sub(DISCORD_EPOCH_MS as i64);
        if since < 0 || since >> 42 != 0 { None } else { Some(Self((since as u64) << 22)) }
    }

    /// The lowest id of a moment. Moments that an id cannot express give the lowest or highest possible id.
    pub const fn at(unix_ms: i64) -> Self {
        match Self::first_at(unix_ms) {
            Some(id) => id,
            None if unix_ms < DISCORD_EPOCH_MS as i64 => Self(0),
            None => Self(u64::MAX),
        }
    }

    /// The worker that created the id (bits 17 to 21).
    pub const fn worker(self) -> u64 {
        (self.0 >> 17) & 0x1f
    }

    /// The process that created the id (bits 12 to 16).
    pub const fn process(self) -> u64 {
        (self.0 >> 12) & 0x1f
    }

    /// The sequence number within that millisecond and process (bits 0 to 11).
    pub const fn increment(self) -> u64 {
        self.0 & 0xfff
    }
}

impl FromStr for Snowflake {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        // `u64::from_str` accepts a leading plus sign, which ids do not have.
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnId(text.to_owned()));
        }
        text.parse().map(Self).map_err(|_| NotAnId(text.to_owned()))
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_id_of_discords_reference_has_its_documented_parts() {
        let id: Snowflake = "175928847299117063".parse().unwrap();
        assert_eq!(id.timestamp_ms(), 1_462_015_105_796);
        assert_eq!((id.worker(), id.process(), id.increment()), (1, 0, 7));
    }

    #[test]
    fn a_cursor_is_the_lowest_id_of_its_millisecond() {
        let id = Snowflake::at(1_462_015_105_796);
        assert_eq!(id.timestamp_ms(), 1_462_015_105_796);
        assert!(id < "175928847299117063".parse().unwrap());
        assert_eq!(Snowflake::at(0), Snowflake::new(0));
        assert_eq!(Snowflake::at(i64::MAX), Snowflake::new(u64::MAX));
    }

    #[test]
    fn an_id_is_digits_within_64_bits() {
        for bad in ["", "+1", "-1", "1.0", "12a", " 1", "18446744073709551616"] {
            assert!(bad.parse::<Snowflake>().is_err(), "{bad:?}");
        }
        assert_eq!("18446744073709551615".parse(), Ok(Snowflake::new(u64::MAX)));
    }
}
