//! Byte order marks in text files.

/// The byte order mark, which some editors and shells put at the beginning of UTF-8 files. It is not part of the text.
/// Source: the Unicode Standard, 2.6 "Encoding Schemes".
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text without a byte order mark at its beginning.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The bytes without a byte order mark at their beginning.
pub fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_byte_order_mark_at_the_start_is_skipped() {
        for (text, expected) in [
            ("\u{feff}a", "a"),
            ("a\u{feff}", "a\u{feff}"),
            ("\u{feff}\u{feff}", "\u{feff}"),
            ("\u{feff}", ""),
            ("", ""),
        ] {
            assert_eq!(without_mark(text), expected, "{text:?}");
            assert_eq!(bytes_without_mark(text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
        assert_eq!(bytes_without_mark(b"\xef\xbb"), b"\xef\xbb");
    }
}
