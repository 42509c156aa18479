//! Recognises responses from Cloudflare, the proxy in front of Discord. A request that Cloudflare refuses does not reach
//! Discord.
//! Source: Cloudflare's documentation, "Cloudflare 1xxx errors".

use memchr::memmem;

/// The maximum number of bytes to search, so that a huge page costs little.
const SCANNED_BYTES: usize = 64 << 10;

/// The error "You are being rate limited", which applies to the IP address.
const RATE_LIMITED: u16 = 1015;

/// A refusal by Cloudflare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloudflare {
    /// From 1000 to 1999. `None` for a page without a code, such as a challenge.
    pub code: Option<u16>,
}

impl Cloudflare {
    /// Reads the body of a refusal, which is `error code: 1010` or an HTML page. Returns `None` if Cloudflare did not send it.
    pub fn read(body: &[u8]) -> Option<Self> {
        let body = body[..body.len().min(SCANNED_BYTES)].trim_ascii_start().to_ascii_lowercase();
        if let Some(rest) = body.strip_prefix(b"error code:") {
            return code(rest.trim_ascii_start()).map(|code| Self { code: Some(code) });
        }
        if !body.starts_with(b"<") || memmem::find(&body, b"cloudflare").is_none() {
            return None;
        }
        let after =
            |words: &[u8]| memmem::find_iter(&body, words).find_map(|at| code(skip_markup(&body[at + words.len()..])));
        Some(Self { code: after(b"error code").or_else(|| after(b"error")).or_else(|| after(b"cf-error-code")) })
    }

    pub const fn is_rate_limit(self) -> bool {
        matches!(self.code, Some(RATE_LIMITED))
    }
}

/// Skips the characters between "error code" and the number, such as `: `, `</span> <span>` or `">`.
fn skip_markup(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'<', rest @ ..] => match memchr::memchr(b'>', rest) {
                Some(end) => &rest[end + 1..],
                None => return &[],
            },
            [b' ' | b'\n' | b'\r' | b'\t' | b':' | b'"' | b'>', rest @ ..] => rest,
            _ => return text,
        }
    }
}

/// Parses the number at the beginning of a text, if it is in the range of Cloudflare's codes.
fn code(text: &[u8]) -> Option<u16> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok().filter(|code| (1000..2000).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_cloudflare_is_recognised_with_its_code() {
        let found = |code| Some(Cloudflare { code });
        for (body, expected) in [
            ("error code: 1010", found(Some(1010))),
            (" Error code: 1020\r\n", found(Some(1020))),
            ("<html><title>Access denied | Cloudflare</title>Error code: 1006</html>", found(Some(1006))),
            (r#"<html>cloudflare <span>Error</span> <span class="n">1012</span>"#, found(Some(1012))),
            (r#"<html>cloudflare <span class="cf-error-code">1009</span>"#, found(Some(1009))),
            ("<html><title>Just a moment...</title> cloudflare</html>", found(None)),
            ("<html>error 1010 of somebody else</html>", None),
            ("error code: 502", None),
            ("error code: 99999999999", None),
            ("error code:", None),
            (r#"{"message":"error code: 1010","code":0}"#, None),
            ("", None),
        ] {
            assert_eq!(Cloudflare::read(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(Cloudflare::read(&[0xff; 10]), None);
        assert_eq!(Cloudflare::read(format!("<{} cloudflare", "x".repeat(1 << 20)).as_bytes()), None);
    }
}
