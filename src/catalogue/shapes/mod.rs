//! The shapes of JSON values: the fields of the objects in a JSON flag or body.
//!
//! `dcord explain` prints shapes, and [`super::check`] validates values against them. A field is a [`Param`], so its
//! type, bounds and choices are defined, checked and printed like those of any parameter. Sources: Discord's
//! reference and its OpenAPI document.

mod app;
mod command;
mod component;
mod guild;
mod interaction;
mod message;
mod outside;
mod topic;

use super::types::{Endpoint, Param, ParamKind};
pub use topic::{Topic, Total};

/// The groups of topics, in the order in which `dcord explain` lists them.
static GROUPS: &[&[Topic]] = &[
    message::TOPICS,
    component::TOPICS,
    interaction::TOPICS,
    command::TOPICS,
    guild::TOPICS,
    app::TOPICS,
    outside::TOPICS,
];

pub fn topics() -> impl Iterator<Item = &'static Topic> + Clone {
    GROUPS.iter().copied().flatten()
}

/// The topic that describes the value of a parameter.
pub fn of(endpoint: &Endpoint, param: &Param) -> Option<&'static Topic> {
    if param.kind != ParamKind::Json {
        return None;
    }
    topics().find(|topic| topic.takes(endpoint, param))
}

/// The topics with this name: the whole name, or its last word in the singular or plural (`components`).
pub fn named(word: &str) -> Vec<&'static Topic> {
    let word = word.trim_start_matches('-').to_ascii_lowercase().replace('_', "-");
    let exact = topics().find(|topic| topic.name == word);
    if let Some(topic) = exact {
        return vec![topic];
    }
    let singular = |name: &str| name.trim_end_matches('s').to_owned();
    topics().filter(|topic| singular(topic.last()) == singular(&word)).collect()
}

/// A one-line JSON value for a flag, for completion.
pub fn template(endpoint: &Endpoint, param: &Param) -> Option<&'static str> {
    of(endpoint, param).map(|topic| topic.example).filter(|example| !example.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::catalogue::{self, Place, check};

    #[test]
    fn every_json_flag_of_every_command_has_one_shape() {
        for (_, row) in catalogue::commands() {
            for param in row.all_params().filter(|p| p.kind == ParamKind::Json) {
                let found: Vec<_> = topics().filter(|topic| topic.takes(row, param)).map(|topic| topic.name).collect();
                assert_eq!(found.len(), 1, "{} --{}: {found:?}", row.words(), param.flag());
            }
        }
    }

    #[test]
    fn every_shape_has_a_command_and_all_texts_that_explain_prints() {
        for topic in topics() {
            assert!(topic.commands().next().is_some(), "{} is taken by no command", topic.name);
            assert!(!topic.about.ends_with('.') && !topic.about.is_empty(), "{}", topic.name);
            assert!(topic.notes.iter().all(|note| note.ends_with('.')), "{}", topic.name);
            assert!(topics().filter(|other| other.name == topic.name).count() == 1, "{} stands twice", topic.name);
            for part in topic.shape.parts() {
                for param in part.fields.iter().filter(|param| param.name != "*") {
                    let sound = !param.help.is_empty() && !param.help.ends_with('.');
                    assert!(sound, "{} {} {}", topic.name, part.title, param.name);
                }
            }
        }
    }

    /// The bounds of a dotted flag are in its row, and those of its field in the JSON are in a shape.
    #[test]
    fn a_dotted_flag_has_the_bounds_of_its_field_in_the_shape() {
        let mut compared = 0;
        for (_, row) in catalogue::commands() {
            for param in row.nested().filter(|p| p.kind != ParamKind::File && p.place == Place::Local) {
                let whole = row.all_params().filter(|whole| !std::ptr::eq(*whole, param));
                let found = whole.filter_map(|whole| Some((of(row, whole)?, root(whole)))).find_map(|(topic, root)| {
                    let rest =
                        if root == "-" { Some(param.into) } else { param.into.strip_prefix(root)?.strip_prefix('/') };
                    topic.shape.at(rest?)
                });
                let Some(shape) = found else { continue };
                compared += 1;
                let bounds = |p: &Param| (p.min.filter(|min| *min != 0), p.max);
                let same_kind = shape.kind == param.kind || param.kind != ParamKind::Integer;
                assert!(same_kind, "{} {}: {:?}", row.words(), param.name, shape.kind);
                if matches!(param.kind, ParamKind::String | ParamKind::Text | ParamKind::Integer) {
                    assert_eq!(bounds(param), bounds(shape), "{} {}", row.words(), param.name);
                }
                if param.repeated && shape.repeated {
                    assert_eq!(param.max_items, shape.max_items, "{} {}", row.words(), param.name);
                }
            }
        }
        assert!(compared > 100, "{compared} flags were compared");
    }

    fn root(param: &Param) -> &'static str {
        match param.place {
            Place::Whole => "-",
            Place::Local => param.into,
            _ => param.name,
        }
    }

    #[test]
    fn every_example_is_within_its_own_bounds() {
        for topic in topics() {
            let value: Value = serde_json::from_str(topic.example).unwrap_or_else(|e| panic!("{}: {e}", topic.name));
            assert_eq!(value.is_array(), topic.list, "{}", topic.name);
            assert_eq!(check::shaped(topic, "", &value), [], "{}", topic.name);
            assert!(!topic.example.contains('\n') && !topic.example.contains('\''), "{} is no line", topic.name);
            for (row, param) in topic.commands() {
                let mut body = serde_json::json!({});
                let at: Vec<&str> = root(param).split('/').collect();
                match at[..] {
                    ["-"] => body = value.clone(),
                    [one] => body[one] = value.clone(),
                    [one, two] => body[one] = serde_json::json!({two: value.clone()}),
                    _ => panic!("{at:?}"),
                }
                assert_eq!(check::nested(row, &body), [], "{} {}", row.words(), topic.name);
            }
        }
    }

    #[test]
    fn a_shape_is_found_by_its_name_or_the_last_word_of_its_name() {
        let names = |word| named(word).iter().map(|topic| topic.name).collect::<Vec<_>>();
        assert_eq!(names("message.embeds"), ["message.embeds"]);
        assert_eq!(names("embeds"), ["message.embeds"]);
        assert_eq!(names("embed"), ["message.embeds"]);
        assert_eq!(names("permission-overwrites"), ["channel.permission-overwrites"]);
        assert_eq!(names("permission_overwrites"), ["channel.permission-overwrites"]);
        assert_eq!(names("--components"), ["message.components", "interaction.components"]);
        assert_eq!(names("nonsense"), [""; 0]);
    }
}
