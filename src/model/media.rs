//! Media types, from the first bytes of a file.

/// The type of a picture or sound; `None` for anything else. An APNG is `image/png`, the only type under which Discord
/// accepts it.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_avif(bytes) => "image/avif",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        // The sync word of an MP3 frame with a layer, which AAC does not have.
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => "audio/mpeg",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        _ => return None,
    })
}

/// Whether the `ftyp` box at the beginning of the file has an AVIF brand, as its major or a compatible brand.
fn is_avif(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = bytes.get(8..length.min(bytes.len())).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| matches!(brand, b"avif" | b"avis"))
}

/// The type under which to upload a file: that of its bytes for a picture, else that of its name, else that of its
/// bytes.
pub fn of_upload(filename: &str, bytes: &[u8]) -> String {
    let sniffed = sniff(bytes);
    match (sniffed, mime_guess::from_path(filename).first()) {
        (Some(picture), _) if picture.starts_with("image/") => picture.to_owned(),
        (_, Some(guessed)) => guessed.essence_str().to_owned(),
        (Some(sound), None) => sound.to_owned(),
        (None, None) => mime_guess::mime::APPLICATION_OCTET_STREAM.essence_str().to_owned(),
    }
}

/// A name for bytes without one: `file` plus the extension of their type.
pub fn default_name(bytes: &[u8]) -> &'static str {
    match sniff(bytes) {
        Some("image/png") => "file.png",
        Some("image/jpeg") => "file.jpg",
        Some("image/gif") => "file.gif",
        Some("image/webp") => "file.webp",
        Some("image/avif") => "file.avif",
        Some("audio/mpeg") => "file.mp3",
        Some("audio/ogg") => "file.ogg",
        Some("audio/wav") => "file.wav",
        _ if bytes.starts_with(b"%PDF-") => "file.pdf",
        _ if bytes.starts_with(b"PK\x03\x04") => "file.zip",
        _ if bytes.starts_with(&[0x1f, 0x8b]) => "file.gz",
        _ if is_json(bytes) => "file.json",
        _ if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) => "file.txt",
        _ => "file.bin",
    }
}

/// Whether the bytes are a JSON object or array, such as a Lottie animation.
fn is_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start(), [b'{' | b'[', ..])
        && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_sounds_are_recognised_by_their_content() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Some("image/png")),
            (b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", Some("image/avif")),
            (b"\0\0\0\x18ftypmif1\0\0\0\0avif", Some("image/avif")),
            // An AVIF sequence; HEIC and MP4 files are not AVIF.
            (b"\0\0\0\x14ftypavis\0\0\0\0", Some("image/avif")),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1", None),
            (b"\0\0\0\x18ftypisom\0\0\0\0mp41avif", Some("image/avif")),
            (b"\0\0\0\x10ftypisom\0\0\0\0avif", None),
            (b"OggS", Some("audio/ogg")),
            (b"\xff\xfb\x90", Some("audio/mpeg")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBP", Some("image/webp")),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(sniff(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_type_of_an_upload_comes_from_its_content_or_its_name() {
        assert_eq!(of_upload("a.apng", b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(of_upload("a.txt", b"hello"), "text/plain");
        assert_eq!(of_upload("a.json", b"{}"), "application/json");
        assert_eq!(of_upload("a.ogv", b"OggS"), "video/ogg");
        assert_eq!(of_upload("recording", b"OggS"), "audio/ogg");
        assert_eq!(of_upload("a.unknown", b"?"), "application/octet-stream");
    }

    #[test]
    fn content_without_a_file_name_gets_one_for_its_type() {
        assert_eq!(default_name(b"GIF89a"), "file.gif");
        assert_eq!(default_name("příliš".as_bytes()), "file.txt");
        assert_eq!(default_name(b" {\"v\":\"5.5.7\"}"), "file.json");
        assert_eq!(default_name(b""), "file.txt");
        assert_eq!(default_name(b"\0\xff"), "file.bin");
    }
}
