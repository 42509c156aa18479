//! Formats Discord's markup for people: mentions as names, timestamps as times, and custom emojis as their names.
//! Text in code marks does not change.

use serde_json::Value;

use super::scope::Scope;
use super::styled::{Styled, Tone};

/// The formatted text of a message, with its line breaks.
pub fn styled(text: &str, scope: &Scope<'_>) -> Styled {
    let mut styled = Styled::default();
    let mut plain = 0;
    let mut at = 0;
    while let Some(next) = text[at..].find(['`', '<']).map(|next| at + next) {
        let rest = &text[next..];
        let (end, shown) = if rest.starts_with('`') {
            (next + code(rest), None)
        } else {
            match mention(rest, scope) {
                Some((length, shown)) => (next + length, Some(shown)),
                None => (next + 1, None),
            }
        };
        if let Some(shown) = shown {
            styled.push_lines(Tone::Plain, &text[plain..next]);
            styled.append(shown);
            plain = end;
        }
        at = end;
    }
    styled.push_lines(Tone::Plain, &text[plain..]);
    styled
}

/// The length of the code at the beginning of the text, or only of its opening marks if the code does not end.
fn code(text: &str) -> usize {
    let marks = text.bytes().take_while(|byte| *byte == b'`').count();
    let end = text[marks..].find(&text[..marks]);
    end.map_or(marks, |end| marks + end + marks)
}

/// The maximum length of markup in angle brackets. The name and id of a command fit into it.
const LONGEST: usize = 160;

/// The mention, emoji or timestamp at the beginning of the text: its length, and its replacement.
fn mention(text: &str, scope: &Scope<'_>) -> Option<(usize, Styled)> {
    let end = text.bytes().take(LONGEST).position(|byte| byte == b'>')?;
    let inner = &text[1..end];
    let id = |id: &str| (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then(|| Value::from(id));
    let shown = if let Some(role) = inner.strip_prefix("@&") {
        scope.role(&id(role)?)?
    } else if let Some(user) = inner.strip_prefix('@') {
        let name = scope.person(&id(user.strip_prefix('!').unwrap_or(user))?)?;
        Styled::new(Tone::Mention, &format!("@{}", name.plain()))
    } else if let Some(channel) = inner.strip_prefix('#') {
        scope.channel(&id(channel)?)?
    } else if let Some(command) = inner.strip_prefix('/') {
        let (name, number) = command.rsplit_once(':')?;
        id(number)?;
        Styled::new(Tone::Mention, &format!("/{name}"))
    } else if let Some(time) = inner.strip_prefix("t:") {
        timestamp(time, scope)?
    } else if let Some(place) = inner.strip_prefix("id:") {
        Styled::new(Tone::Mention, &format!("#{place}"))
    } else {
        let emoji = inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':'))?;
        let (name, number) = emoji.split_once(':')?;
        id(number)?;
        Styled::new(Tone::Plain, &format!(":{name}:"))
    };
    Some((end + 1, shown))
}

/// Formats a timestamp in its style. Source: Discord's reference, "Message Formatting", "Timestamp Styles".
fn timestamp(text: &str, scope: &Scope<'_>) -> Option<Styled> {
    let (seconds, style) = text.split_once(':').unwrap_or((text, "f"));
    let ms = seconds.parse::<i64>().ok()?.checked_mul(1000)?;
    let shown = match style {
        "t" => scope.format(ms, "%H:%M"),
        "T" => scope.format(ms, "%H:%M:%S"),
        "d" | "D" => scope.format(ms, "%Y-%m-%d"),
        "R" => scope.relative(ms),
        "f" | "F" | "s" | "S" => scope.format(ms, "%Y-%m-%d %H:%M"),
        _ => return None,
    };
    Some(Styled::new(Tone::Mention, &shown))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::Kind;
    use crate::view::Names;

    #[test]
    fn mentions_emojis_and_timestamps_are_replaced_by_names() {
        let names = Names::none();
        names.insert(Kind::User, "1", "ada");
        names.insert(Kind::Channel, "2", "general");
        names.insert(Kind::Role, "3", "Mods");
        let scope = Scope { names: &names, guild: None, zone: &TimeZone::UTC, now_ms: 1_780_000_000_000 };
        for (text, shown) in [
            ("hi <@1>, <@!1>, see <#2>", "hi @ada, @ada, see #general"),
            ("<@&3> <@9> <#9>", "@Mods @9 #9"),
            ("<:blob:5> <a:dance:6> :tada:", ":blob: :dance: :tada:"),
            ("</ping now:7>", "/ping now"),
            ("<t:1780000000:t> <t:1779996400:R> <t:1780000000>", "20:26 1 h ago 2026-05-28 20:26"),
            ("`<@1>` ```\n<@1>\n``` <@1>", "`<@1>` ```\n<@1>\n``` @ada"),
            ("`<@1> <@1", "`@ada <@1"),
            (
                "a < b <@> <@x> <t:x> <t:99999999999999999999> <:a:> <",
                "a < b <@> <@x> <t:x> <t:99999999999999999999> <:a:> <",
            ),
            ("<https://example.org>", "<https://example.org>"),
            ("", ""),
        ] {
            assert_eq!(styled(text, &scope).plain(), shown, "{text}");
        }
    }
}
