//! The rate-limit headers and bodies of responses: parsing never panics, and each wait can be added to a time.

#![no_main]

use std::time::{Duration, Instant};

use dcord::limit::Answer;
use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 9] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset-after",
    "x-ratelimit-bucket",
    "x-ratelimit-scope",
    "x-ratelimit-global",
    "retry-after",
    "via",
    "date",
];

const STATUSES: [u16; 5] = [200, 401, 403, 429, 503];

fuzz_target!(|input: &[u8]| {
    let Some((&first, rest)) = input.split_first() else { return };
    let status = StatusCode::from_u16(STATUSES[usize::from(first) % STATUSES.len()]).expect("these are statuses");
    // The input is lines with the number and the value of a header, an empty line, and the body.
    let mut headers = HeaderMap::new();
    let mut lines = rest.split(|byte| *byte == b'\n');
    for line in lines.by_ref() {
        let Some((&name, value)) = line.split_first() else { break };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(NAMES[usize::from(name) % NAMES.len()], value);
        }
    }
    let body = lines.collect::<Vec<_>>().join(&b'\n');
    let answer = Answer::read(status, &headers, &body);
    let waits = [answer.quota.map(|quota| quota.reset_after), answer.limited.map(|limited| limited.retry_after)];
    for wait in waits.into_iter().flatten() {
        can_be_added(wait);
    }
});

fn can_be_added(wait: Duration) {
    assert!(Instant::now().checked_add(wait).is_some(), "{wait:?}");
    // Records store milliseconds since 1970.
    assert!(i64::try_from(wait.as_millis()).is_ok_and(|ms| ms < i64::MAX / 2), "{wait:?}");
}
