//! Describes the errors of the operating system and of JSON in words.

use std::io::{Error, ErrorKind};

/// Describes why an operation on a file or a connection failed, without the error number of the operating system, which
/// does not help people.
pub fn words(error: &Error) -> String {
    if error.raw_os_error().is_none() {
        return error.to_string();
    }
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::StorageFull => "no space left on the device".to_owned(),
        _ => without_number(&error.to_string()),
    }
}

/// Like [`words`], for an error of any type.
pub fn words_of(error: &(dyn std::error::Error + 'static)) -> String {
    error.downcast_ref().map_or_else(|| error.to_string(), words)
}

/// Describes why a text is not valid JSON.
pub fn of_json(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => "it ends before it is complete".to_owned(),
        false => error.to_string(),
    }
}

/// The text of an error without the number that the standard library appends: ` (os error 5)`.
fn without_number(text: &str) -> String {
    match text.rsplit_once(" (os error ") {
        Some((before, _)) => before.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operating_system_error_is_described_without_its_number() {
        for (number, expected) in [
            (2, "there is no such file or folder"),
            (13, "permission denied"),
            (21, "it is a folder"),
            (20, "a part of the path is not a folder"),
            (28, "no space left on the device"),
        ] {
            assert_eq!(words(&Error::from_raw_os_error(number)), expected);
        }
        assert!(!words(&Error::from_raw_os_error(5)).contains("os error"));
        assert_eq!(words(&Error::other("the URL has no host")), "the URL has no host");
    }
}
