//! Compressed messages of one connection: the inflater never panics and never exceeds its bound.

#![no_main]

use dcord::gateway::Compression;
use dcord::gateway::inflate::Inflater;
use libfuzzer_sys::fuzz_target;

/// The largest message that an inflater returns.
const MOST: usize = 64 << 20;

fuzz_target!(|input: &[u8]| {
    let Some((&first, mut rest)) = input.split_first() else { return };
    let compression = match first % 3 {
        0 => Compression::Zstd,
        1 => Compression::Zlib,
        _ => Compression::Payload,
    };
    let mut inflater = Inflater::new(compression).expect("there is memory");
    // A two-byte length precedes each message.
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (message, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)).min(behind.len()));
        rest = behind;
        match inflater.message(message) {
            Ok(payload) => assert!(payload.is_none_or(|payload| payload.len() <= MOST)),
            // The first error ends the connection.
            Err(_) => return,
        }
    }
});
