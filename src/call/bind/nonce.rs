//! A message's nonce, by which Discord tells a repeat from a second message.

use serde_json::Value;

use crate::rest::{Body, Part, Request};

/// Gives a message a nonce by which Discord tells a repeat from a second message.
pub fn protect(request: &mut Request, bits: u128) {
    let json = match &mut request.body {
        Body::Json(json) => json,
        Body::Multipart(parts) => {
            if !parts.iter().any(|p| matches!(p, Part::Json(..))) {
                parts.insert(0, Part::Json("payload_json", Value::Object(serde_json::Map::new())));
            }
            match parts.iter_mut().find_map(|p| if let Part::Json(_, json) = p { Some(json) } else { None }) {
                Some(json) => json,
                None => return,
            }
        }
        _ => return,
    };
    // Who brings a nonce without enforcing it wants what Discord then does.
    if json.get("nonce").is_none() {
        json["nonce"] = Value::from(nonce(bits));
        if json.get("enforce_nonce").is_none() {
            json["enforce_nonce"] = Value::from(true);
        }
    }
    request.repeatable = json.get("enforce_nonce") == Some(&Value::Bool(true));
}

pub fn has_nonce(request: &Request) -> bool {
    request.body.json().is_some_and(|json| json.get("nonce").is_some())
}

/// Keyed by the system's randomness: two processes of the same instant must not share a nonce, or
/// Discord drops the second message.
pub fn random() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    let half = || u128::from(RandomState::new().hash_one(std::process::id()));
    half() << 64 | half()
}

/// The same for the same key in every process.
pub fn hashed(key: &str) -> u128 {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let bytes = digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
    u128::from_le_bytes(*bytes)
}

/// 25 characters, the most that Discord admits, made of 128 bits.
fn nonce(mut bits: u128) -> String {
    const LENGTH: usize = 25;
    let mut text = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        text.push(char::from_digit((bits % 36) as u32, 36).expect("a remainder of 36 is a digit in base 36"));
        bits /= 36;
    }
    text
}
