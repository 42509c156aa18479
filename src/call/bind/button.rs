//! Converts the values of `--button` to the rows of buttons in a message.

use serde_json::{Value, json};

use super::Error;
use super::values::{Field, Values};
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{Param, ParamKind, Place};

/// The styles that a value can begin with, and Discord's numbers for them. Source: Discord's reference, "Button Styles".
pub const STYLES: &[(&str, u8)] = &[("primary", 1), ("secondary", 2), ("success", 3), ("danger", 4)];

/// The style of a button that opens a URL. Discord allows no other.
const LINK: u8 = 5;

/// The schemes that Discord accepts in the URL of a button.
const SCHEMES: &[&str] = &["https://", "http://", "discord://"];

/// The number of buttons in a row.
const ROW: usize = 5;

/// Reads `[STYLE:]LABEL=ID|URL`.
pub fn read(flag: &str, text: &str) -> Result<Value, Error> {
    let error = |wanted: &str| Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() };
    let (label, target) = text
        .split_once('=')
        .map(|(label, target)| (label.trim(), target.trim()))
        .filter(|(label, target)| !label.is_empty() && !target.is_empty())
        .ok_or_else(|| error("LABEL=ID or LABEL=URL, such as 'Click me=clicked'"))?;
    let styled = label.split_once(':').and_then(|(word, label)| {
        let (_, style) = STYLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        Some((*style, label.trim_start()))
    });
    match (styled, SCHEMES.iter().any(|scheme| target.starts_with(scheme))) {
        (Some(_), true) => Err(error("LABEL=URL without a style: a button that opens a URL has no other colour")),
        (None, true) => Ok(json!({"type": 2, "style": LINK, "label": label, "url": target})),
        (styled, false) => {
            let (style, label) = styled.unwrap_or((STYLES[0].1, label));
            Ok(json!({"type": 2, "style": style, "label": label, "custom_id": target}))
        }
    }
}

/// Puts the buttons into the body in rows of five, in the order of the command line. The body must not have components
/// already.
pub fn put(root: &mut Value, field: &Field, buttons: &[Value], validate: bool) -> Result<(), Error> {
    let wrong = check::value(field.param, &Value::from(buttons));
    if validate && !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let rows = buttons.chunks(ROW).map(|row| json!({"type": 1, "components": row}));
    super::place::set_at(root, field.param.into, rows.collect());
    Ok(())
}

/// The name of a violation inside a button, by the flag: `button[6].label` for `components[1].components[0].label`.
pub fn called(values: &Values, violation: &Violation) -> Option<String> {
    let field = values.fields.iter().find(|field| is_button(field.param))?;
    let path = field.param.into.replace('/', ".");
    let (row, rest) = violation.path.strip_prefix(&path)?.strip_prefix('[')?.split_once("].components[")?;
    let (column, rest) = rest.split_once(']')?;
    let n = row.parse::<usize>().ok()? * ROW + column.parse::<usize>().ok()?;
    Some(format!("{}[{n}]{rest}", field.param.name))
}

pub fn is_button(param: &Param) -> bool {
    param.place == Place::Local && param.kind == ParamKind::Button
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Value {
        read("--button", text).unwrap()
    }

    #[test]
    fn a_button_has_an_id_or_a_url() {
        assert_eq!(of("OK=ok"), json!({"type": 2, "style": 1, "label": "OK", "custom_id": "ok"}));
        let url = "https://example.com/?a=b&c=d";
        assert_eq!(of(&format!("Log={url}")), json!({"type": 2, "style": 5, "label": "Log", "url": url}));
        assert_eq!(of("Vote = vote=yes")["custom_id"], "vote=yes");
    }

    #[test]
    fn a_style_before_the_label_sets_the_colour() {
        assert_eq!(of("danger:Delete=del"), json!({"type": 2, "style": 4, "label": "Delete", "custom_id": "del"}));
        assert_eq!(of("Success: Yes=yes")["style"], 3);
        assert_eq!(of("Note: read=x")["label"], "Note: read", "other words before a colon belong to the label");
    }

    #[test]
    fn a_button_without_a_label_or_a_target_is_an_error_and_so_is_a_style_for_a_url() {
        for text in ["Click me", "=id", "Label=", "danger:Docs=https://example.com"] {
            assert!(read("--button", text).is_err(), "{text}");
        }
    }
}
