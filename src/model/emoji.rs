//! Standard emojis and their names.

use emojis::{Emoji, SkinTone};

/// The names that only Discord uses; the others come from the Unicode Consortium and GitHub.
const DISCORD: &[(&str, &str)] = &[
    ("cowboy", "cowboy_hat_face"),
    ("hugging", "hugs"),
    ("nerd", "nerd_face"),
    ("rolling_eyes", "roll_eyes"),
    ("slight_frown", "slightly_frowning_face"),
    ("slight_smile", "slightly_smiling_face"),
    ("upside_down", "upside_down_face"),
];

/// The skin tones, numbered from 1 as Discord's client does.
const TONES: [SkinTone; 5] =
    [SkinTone::Light, SkinTone::MediumLight, SkinTone::Medium, SkinTone::MediumDark, SkinTone::Dark];

/// The standard emoji with this name, given without colons: `tada`, `thumbsup_tone2`, `flag_is`,
/// `regional_indicator_a`, `party_popper`.
pub fn standard(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if let Some(letters) = name.strip_prefix("flag_").or_else(|| name.strip_prefix("regional_indicator_")) {
        let letters = letters.chars().map(regional_indicator).collect::<Option<String>>()?;
        let single = name.starts_with("regional") && letters.chars().count() == 1;
        return (single || emojis::get(&letters).is_some()).then_some(letters);
    }
    let (name, tone) = match name.rsplit_once("_tone").or_else(|| name.rsplit_once("::skin-tone-")) {
        Some((plain, digit)) => (plain, Some(*TONES.get(digit.parse::<usize>().ok()?.checked_sub(1)?)?)),
        None => (name.as_str(), None),
    };
    let found = by_name(name)?;
    Some(tone.map_or(Some(found), |tone| found.with_skin_tone(tone))?.as_str().to_owned())
}

/// The first name that GitHub or Discord has for each emoji.
pub fn names() -> impl Iterator<Item = &'static str> {
    emojis::iter().filter_map(Emoji::shortcode).chain(DISCORD.iter().map(|(name, _)| *name))
}

fn by_name(name: &str) -> Option<&'static Emoji> {
    let name = DISCORD.iter().find(|(own, _)| *own == name).map_or(name, |(_, name)| name);
    emojis::get_by_shortcode(name).or_else(|| emojis::iter().find(|emoji| is_called(emoji, name)))
}

/// Whether the name equals the Unicode Consortium's name, whose words it joins with `_`.
fn is_called(emoji: &Emoji, name: &str) -> bool {
    let words = emoji.name().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").eq_ignore_ascii_case(name)
}

/// A regional indicator; two of them make a flag.
fn regional_indicator(letter: char) -> Option<char> {
    const FIRST: u32 = 0x1f1e6;
    letter.is_ascii_lowercase().then(|| char::from_u32(FIRST + u32::from(letter) - u32::from('a')))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_emojis_are_found_by_their_common_names() {
        for (name, emoji) in [
            ("tada", Some("🎉")),
            ("TADA", Some("🎉")),
            ("+1", Some("👍")),
            ("thumbsup", Some("👍")),
            ("thumbsup_tone1", Some("👍🏻")),
            ("thumbsup::skin-tone-5", Some("👍🏿")),
            ("tada_tone1", None),
            ("thumbsup_tone6", None),
            ("thumbsup_tone0", None),
            ("heart", Some("❤️")),
            ("white_check_mark", Some("✅")),
            ("slight_smile", Some("🙂")),
            ("party_popper", Some("🎉")),
            ("flag_is", Some("🇮🇸")),
            ("flag_xx", None),
            ("flag_", None),
            ("regional_indicator_a", Some("🇦")),
            ("hash", Some("#️⃣")),
            ("one", Some("1️⃣")),
            ("family_man_woman_boy", Some("👨‍👩‍👦")),
            ("blob", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(standard(name).as_deref(), emoji, "{name}");
        }
    }
}
