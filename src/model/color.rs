//! Colours and their names.

/// Discord's own colours, and colours for results (`success`, `danger`), as 24-bit RGB values.
const OWN: &[(&str, u32)] = &[
    ("aqua", 0x1abc9c),
    ("black", 0x000000),
    ("blue", 0x3498db),
    ("blurple", 0x5865f2),
    ("danger", 0xed4245),
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
    ("info", 0x3498db),
    ("navy", 0x34495e),
    ("orange", 0xe67e22),
    ("pink", 0xe91e63),
    ("purple", 0x9b59b6),
    ("red", 0xed4245),
    ("success", 0x57f287),
    ("warning", 0xfee75c),
    ("white", 0xffffff),
    ("yellow", 0xfee75c),
];

/// The CSS colours whose names are not names of Discord's colours (CSS Color Module Level 4, "Named Colors").
#[rustfmt::skip]
const CSS: &[(&str, u32)] = &[
    ("aliceblue", 0xf0f8ff), ("antiquewhite", 0xfaebd7), ("aquamarine", 0x7fffd4), ("azure", 0xf0ffff),
    ("beige", 0xf5f5dc), ("bisque", 0xffe4c4), ("blanchedalmond", 0xffebcd), ("blueviolet", 0x8a2be2),
    ("brown", 0xa52a2a), ("burlywood", 0xdeb887), ("cadetblue", 0x5f9ea0), ("chartreuse", 0x7fff00),
    ("chocolate", 0xd2691e), ("coral", 0xff7f50), ("cornflowerblue", 0x6495ed), ("cornsilk", 0xfff8dc),
    ("crimson", 0xdc143c), ("cyan", 0x00ffff), ("darkcyan", 0x008b8b), ("darkgoldenrod", 0xb8860b),
    ("darkkhaki", 0xbdb76b), ("darkmagenta", 0x8b008b), ("darkolivegreen", 0x556b2f), ("darkorchid", 0x9932cc),
    ("darksalmon", 0xe9967a), ("darkseagreen", 0x8fbc8f), ("darkslateblue", 0x483d8b), ("darkslategrey", 0x2f4f4f),
    ("darkturquoise", 0x00ced1), ("darkviolet", 0x9400d3), ("deeppink", 0xff1493), ("deepskyblue", 0x00bfff),
    ("dimgrey", 0x696969), ("dodgerblue", 0x1e90ff), ("firebrick", 0xb22222), ("floralwhite", 0xfffaf0),
    ("forestgreen", 0x228b22), ("gainsboro", 0xdcdcdc), ("ghostwhite", 0xf8f8ff), ("goldenrod", 0xdaa520),
    ("greenyellow", 0xadff2f), ("honeydew", 0xf0fff0), ("hotpink", 0xff69b4), ("indianred", 0xcd5c5c),
    ("indigo", 0x4b0082), ("ivory", 0xfffff0), ("khaki", 0xf0e68c), ("lavender", 0xe6e6fa),
    ("lavenderblush", 0xfff0f5), ("lawngreen", 0x7cfc00), ("lemonchiffon", 0xfffacd), ("lightblue", 0xadd8e6),
    ("lightcoral", 0xf08080), ("lightcyan", 0xe0ffff), ("lightgoldenrodyellow", 0xfafad2), ("lightgreen", 0x90ee90),
    ("lightgrey", 0xd3d3d3), ("lightpink", 0xffb6c1), ("lightsalmon", 0xffa07a), ("lightseagreen", 0x20b2aa),
    ("lightskyblue", 0x87cefa), ("lightslategrey", 0x778899), ("lightsteelblue", 0xb0c4de), ("lightyellow", 0xffffe0),
    ("lime", 0x00ff00), ("limegreen", 0x32cd32), ("linen", 0xfaf0e6), ("magenta", 0xff00ff),
    ("maroon", 0x800000), ("mediumaquamarine", 0x66cdaa), ("mediumblue", 0x0000cd), ("mediumorchid", 0xba55d3),
    ("mediumpurple", 0x9370db), ("mediumseagreen", 0x3cb371), ("mediumslateblue", 0x7b68ee), ("mediumspringgreen", 0x00fa9a),
    ("mediumturquoise", 0x48d1cc), ("mediumvioletred", 0xc71585), ("midnightblue", 0x191970), ("mintcream", 0xf5fffa),
    ("mistyrose", 0xffe4e1), ("moccasin", 0xffe4b5), ("navajowhite", 0xffdead), ("oldlace", 0xfdf5e6),
    ("olive", 0x808000), ("olivedrab", 0x6b8e23), ("orangered", 0xff4500), ("orchid", 0xda70d6),
    ("palegoldenrod", 0xeee8aa), ("palegreen", 0x98fb98), ("paleturquoise", 0xafeeee), ("palevioletred", 0xdb7093),
    ("papayawhip", 0xffefd5), ("peachpuff", 0xffdab9), ("peru", 0xcd853f), ("plum", 0xdda0dd),
    ("powderblue", 0xb0e0e6), ("rebeccapurple", 0x663399), ("rosybrown", 0xbc8f8f), ("royalblue", 0x4169e1),
    ("saddlebrown", 0x8b4513), ("salmon", 0xfa8072), ("sandybrown", 0xf4a460), ("seagreen", 0x2e8b57),
    ("seashell", 0xfff5ee), ("sienna", 0xa0522d), ("silver", 0xc0c0c0), ("skyblue", 0x87ceeb),
    ("slateblue", 0x6a5acd), ("slategrey", 0x708090), ("snow", 0xfffafa), ("springgreen", 0x00ff7f),
    ("steelblue", 0x4682b4), ("tan", 0xd2b48c), ("teal", 0x008080), ("thistle", 0xd8bfd8),
    ("tomato", 0xff6347), ("turquoise", 0x40e0d0), ("violet", 0xee82ee), ("wheat", 0xf5deb3),
    ("whitesmoke", 0xf5f5f5), ("yellowgreen", 0x9acd32),
];

/// The names of all colours.
pub fn names() -> impl Iterator<Item = &'static str> {
    OWN.iter().chain(CSS).map(|(name, _)| *name)
}

/// The largest RGB value.
pub const MAX: u32 = 0xff_ffff;

/// Reads `#rrggbb`, `#rgb`, `0xrrggbb`, a name of [`names`], or a number up to [`MAX`].
/// Upper and lower case are the same, `-`, `_` and spaces between words are ignored, and `gray` means `grey`.
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
    if let Some(hex) = text.strip_prefix("0x").filter(|hex| !hex.starts_with('+')) {
        return u32::from_str_radix(hex, 16).ok().filter(|v| *v <= MAX);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().filter(|v| *v <= MAX);
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_', ' '], "").replace("gray", "grey");
    let typed = plain(text);
    OWN.iter().chain(CSS).find(|(name, _)| plain(name) == typed).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::{CSS, OWN, parse};

    #[test]
    fn colours_are_parsed_in_every_common_notation() {
        for (text, value) in [
            ("#5865F2", Some(0x5865f2)),
            ("#f00", Some(0xff0000)),
            ("#1a2", Some(0x11aa22)),
            ("0x10", Some(16)),
            ("16777215", Some(0xffffff)),
            ("Dark Gray", Some(0x979c9f)),
            ("blurple", Some(0x5865f2)),
            ("darkgrey", Some(0x979c9f)),
            ("Rebecca Purple", Some(0x66_3399)),
            ("tomato", Some(0xff6347)),
            ("light-slate-gray", Some(0x77_8899)),
            ("success", Some(0x57f287)),
            ("danger", Some(0xed4245)),
            ("#12345", None),
            ("#+12345", None),
            ("16777216", None),
            ("-1", None),
            ("0x+1", None),
            ("5865f2", None),
            ("#٣٣٣", None),
            ("", None),
            ("mauve", None),
        ] {
            assert_eq!(parse(text), value, "{text:?}");
        }
    }

    #[test]
    fn each_colour_name_is_parsed_to_its_value() {
        for (name, value) in OWN.iter().chain(CSS) {
            assert_eq!(parse(name), Some(*value), "{name}");
        }
    }
}
