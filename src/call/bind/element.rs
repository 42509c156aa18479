//! Decides to which object of a list a flag belongs: a second `--embed.title` starts a second embed.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// The current element of each list, by the path of the list, such as `embeds` or `prompts/1/options`.
#[derive(Debug, Default)]
pub struct Elements(HashMap<String, Element>);

#[derive(Debug, Default)]
struct Element {
    index: usize,
    /// The paths inside the element that are already set.
    set: HashSet<String>,
}

impl Elements {
    /// The path of the next value, with the current indexes. `into` is the path for values of its flag, in which a number
    /// stands for the current element, and `-` for a new one.
    ///
    /// A value for a path that the current element has already set starts the next element. An appended value belongs to an
    /// element that another flag started, if that element does not have such a value yet.
    pub fn place(&mut self, root: &Value, into: &str) -> String {
        let mut path = String::new();
        let mut rest = into;
        while !rest.is_empty() {
            let (step, below) = rest.split_once('/').unwrap_or((rest, ""));
            let index = if step == "-" {
                let pointer = if path.is_empty() { String::new() } else { format!("/{path}") };
                let begun = self.0.get_mut(&path).filter(|element| !below.is_empty() && !element.set.contains(below));
                let element = match begun {
                    Some(element) => element,
                    None => {
                        let index = root.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
                        self.0.entry(path.clone()).insert_entry(Element { index, set: HashSet::new() }).into_mut()
                    }
                };
                element.set.insert(below.to_owned());
                Some(element.index)
            } else if is_index(step) {
                let element = self.0.entry(path.clone()).or_default();
                let decides = !below.split('/').any(|step| step == "-" || is_index(step));
                if decides && !element.set.insert(below.to_owned()) {
                    element.index += 1;
                    element.set = HashSet::from([below.to_owned()]);
                }
                Some(element.index)
            } else {
                None
            };
            if !path.is_empty() {
                path.push('/');
            }
            match index {
                Some(index) => path.push_str(&index.to_string()),
                None => path.push_str(step),
            }
            rest = below;
        }
        path
    }
}

/// Whether a path step is an index.
fn is_index(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The paths of consecutive values in an empty body.
    fn places(into: &[&str]) -> Vec<String> {
        let mut elements = Elements::default();
        into.iter().map(|into| elements.place(&Value::Null, into)).collect()
    }

    #[test]
    fn a_value_for_a_path_that_is_already_set_starts_the_next_element() {
        let (title, color, field) = ("embeds/0/title", "embeds/0/color", "embeds/0/fields/-");
        assert_eq!(
            places(&[title, color, field, title, field, color, color]),
            [
                "embeds/0/title",
                "embeds/0/color",
                "embeds/0/fields/0",
                "embeds/1/title",
                "embeds/1/fields/0",
                "embeds/1/color",
                "embeds/2/color",
            ]
        );
    }

    #[test]
    fn an_inner_list_belongs_to_the_current_outer_element() {
        let (title, answer) = ("prompts/0/title", "prompts/0/options/0/title");
        assert_eq!(
            places(&[title, answer, answer, title, answer]),
            [
                "prompts/0/title",
                "prompts/0/options/0/title",
                "prompts/0/options/1/title",
                "prompts/1/title",
                "prompts/1/options/0/title",
            ]
        );
    }

    #[test]
    fn an_appended_value_starts_the_element_that_other_flags_describe() {
        let body = json!({"answers": [{"text": "a"}, {"text": "b"}]});
        let mut elements = Elements::default();
        assert_eq!(elements.place(&body, "answers/-/text"), "answers/2/text");
        assert_eq!(elements.place(&body, "answers/0/emoji"), "answers/2/emoji");
        assert_eq!(elements.place(&json!([1]), "-"), "1");
        let (answer, emoji) = ("answers/-/text", "answers/0/emoji");
        assert_eq!(
            places(&[emoji, answer, emoji]),
            ["answers/0/emoji", "answers/0/text", "answers/1/emoji"],
            "an emoji may come before its answer"
        );
    }
}
