//! The binary.

#[expect(clippy::disallowed_macros, reason = "stands in until the commands are there")]
fn main() {
    let all: Vec<_> = dcord::catalogue::endpoints().map(|(n, e)| dcord::catalogue::describe::endpoint(n, e)).collect();
    println!("{}", serde_json::Value::Array(all));
}
