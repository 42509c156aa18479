//! The nonce of a message, with which Discord recognises a repeated request.

use serde_json::Value;

use crate::rest::{Body, Part, Request};

/// Adds a nonce to a message, unless it has one, so that Discord recognises a repeated request.
pub fn protect(request: &mut Request, bits: u128) {
    if let Body::Multipart(parts) = &mut request.body
        && !parts.iter().any(|p| matches!(p, Part::Json(..)))
    {
        parts.insert(0, Part::Json("payload_json", Value::Object(serde_json::Map::new())));
    }
    let Some(json) = request.body.json_mut() else { return };
    // Does not change a nonce from the user, even if it is not enforced.
    if json.get("nonce").is_none() {
        json["nonce"] = Value::from(nonce(bits));
        if json.get("enforce_nonce").is_none() {
            json["enforce_nonce"] = Value::from(true);
        }
    }
    request.repeatable = json.get("enforce_nonce") == Some(&Value::Bool(true));
}

/// Replaces the nonce of a message with that of a key.
pub fn set_nonce(request: &mut Request, key: &str) {
    if let Some(json) = request.body.json_mut() {
        json["nonce"] = Value::from(nonce(hashed(key)));
    }
}

pub fn has_nonce(request: &Request) -> bool {
    request.body.json().is_some_and(|json| json.get("nonce").is_some())
}

/// Uses the system's randomness, so that processes that start at the same time have different nonces. Otherwise, Discord would
/// drop the second message.
pub fn random() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    let half = || u128::from(RandomState::new().hash_one(std::process::id()));
    half() << 64 | half()
}

/// A number that is the same for a text in every process: the nonce of a key, or what identifies a text.
pub fn hashed(text: &str) -> u128 {
    hashed_bytes(text.as_bytes())
}

pub fn hashed_bytes(bytes: &[u8]) -> u128 {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let bytes = digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
    u128::from_le_bytes(*bytes)
}

/// Converts 128 bits to 25 characters, the maximum length of a nonce.
fn nonce(mut bits: u128) -> String {
    const LENGTH: usize = 25;
    let mut text = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        text.push(char::from_digit((bits % 36) as u32, 36).expect("a remainder of 36 is a digit in base 36"));
        bits /= 36;
    }
    text
}
