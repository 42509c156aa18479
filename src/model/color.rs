//! Colours, as people write them.

/// The names Discord's own colour picker and people use, with their 24-bit RGB values.
pub const NAMES: &[(&str, u32)] = &[
    ("aqua", 0x1abc9c),
    ("black", 0x000000),
    ("blue", 0x3498db),
    ("blurple", 0x5865f2),
    ("dark-aqua", 0x11806a),
    ("dark-blue", 0x206694),
    ("dark-gold", 0xc27c0e),
    ("dark-green", 0x1f8b4c),
    ("dark-grey", 0x979c9f),
    ("dark-orange", 0xa84300),
    ("dark-purple", 0x71368a),
    ("dark-red", 0x992d22),
    ("default", 0x000000),
    ("fuchsia", 0xeb459e),
    ("gold", 0xf1c40f),
    ("green", 0x57f287),
    ("grey", 0x95a5a6),
    ("navy", 0x34495e),
    ("orange", 0xe67e22),
    ("pink", 0xe91e63),
    ("purple", 0x9b59b6),
    ("red", 0xed4245),
    ("white", 0xffffff),
    ("yellow", 0xfee75c),
];

/// The highest colour there is.
pub const MAX: u32 = 0xff_ffff;

/// Reads `#rrggbb`, `#rgb`, `0xrrggbb`, a name of [`NAMES`], or a number up to [`MAX`].
pub fn parse(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix('#') {
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(hex, 16).ok()?;
        return match hex.len() {
            6 => Some(value),
            // Each digit stands for itself twice, as in CSS.
            3 => Some(((value & 0xf00) << 8 | (value & 0xf0) << 4 | value & 0xf) * 0x11),
            _ => None,
        };
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok().filter(|v| *v <= MAX);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().filter(|v| *v <= MAX);
    }
    let name = text.to_ascii_lowercase().replace([' ', '_'], "-").replace("gray", "grey");
    NAMES.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn colours_are_read_as_people_write_them() {
        for (text, value) in [
            ("#5865F2", Some(0x5865f2)),
            ("#f00", Some(0xff0000)),
            ("#1a2", Some(0x11aa22)),
            ("0x10", Some(16)),
            ("16777215", Some(0xffffff)),
            ("Dark Gray", Some(0x979c9f)),
            ("blurple", Some(0x5865f2)),
            ("#12345", None),
            ("#+12345", None),
            ("16777216", None),
            ("-1", None),
            ("", None),
            ("mauve", None),
        ] {
            assert_eq!(parse(text), value, "{text:?}");
        }
    }
}
