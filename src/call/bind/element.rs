//! Which object of a list a flag is about: a second `--embed.title` begins a second embed.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// The elements that are being filled, by the paths of their lists: `embeds`, `prompts/1/options`.
#[derive(Debug, Default)]
pub struct Elements(HashMap<String, Element>);

#[derive(Debug, Default)]
struct Element {
    index: usize,
    /// The paths below it that have been set.
    set: HashSet<String>,
}

impl Elements {
    /// The path of the next value, its indexes filled in. `into` is where values of its flag go: a number
    /// in it stands for the element that is being filled, and `-` for a further one.
    ///
    /// A value for what the element has already begins the next element. What is appended belongs to the
    /// element that another flag has begun, if it still lacks that.
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

/// Whether a step of a path is an index.
fn is_index(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The paths of values for these, one after the other, in a body that has nothing yet.
    fn places(into: &[&str]) -> Vec<String> {
        let mut elements = Elements::default();
        into.iter().map(|into| elements.place(&Value::Null, into)).collect()
    }

    #[test]
    fn a_value_that_an_element_has_begins_the_next_one() {
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
    fn an_inner_list_is_that_of_the_element_around_it() {
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
    fn what_appends_begins_the_element_that_others_describe() {
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
