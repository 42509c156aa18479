//! `--fields a,b.c`: selects fields of an object, in the requested order and with their original nesting.

use std::borrow::Cow;

use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::DEEPEST;

/// The requested fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    paths: Vec<String>,
    tree: Vec<Field>,
}

/// A field and the requested fields below it. If there are none, the whole value is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    below: Vec<Field>,
}

/// The error for a text that is not a list of fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFields {
    #[error("no field is given")]
    Empty,
    #[error("{0:?} is not a field; join nested names with dots, as in id,author.username")]
    Name(String),
    #[error("too many fields ({0}); the maximum is {MOST}")]
    Many(usize),
    #[error("a path of {0} names is too long; the maximum is {DEEPEST}")]
    Deep(usize),
}

/// The maximum number of fields. It bounds the time, because each key of an object is compared with all of them.
const MOST: usize = 1000;

impl Fields {
    /// Parses `id,author.username`. Blanks around names and repeated fields are ignored.
    pub fn parse(list: &str) -> Result<Self, BadFields> {
        if list.trim().is_empty() {
            return Err(BadFields::Empty);
        }
        let count = list.split(',').count();
        if count > MOST {
            return Err(BadFields::Many(count));
        }
        let mut fields = Self { paths: Vec::new(), tree: Vec::new() };
        for path in list.split(',').map(str::trim) {
            if path.split('.').any(str::is_empty) {
                return Err(BadFields::Name(path.to_owned()));
            }
            let length = path.split('.').count();
            if length > DEEPEST {
                return Err(BadFields::Deep(length));
            }
            if fields.paths.iter().any(|known| known == path) {
                continue;
            }
            add(&mut fields.tree, path);
            fields.paths.push(path.to_owned());
        }
        Ok(fields)
    }

    /// The paths in the order of the list, which are the columns of a table.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Appends the object with only these fields; missing fields are omitted. A list on the path is filtered item by
    /// item. Other values have no fields, and neither do items of lists that are nested more than 128 levels deep.
    pub fn pick(&self, object: &RawValue, to: &mut String) {
        if !pick(object, &self.tree, DEEPEST, to) {
            to.push_str("{}");
        }
    }
}

/// Adds a path to the tree. If a whole field is requested already, a path below it changes nothing.
fn add(tree: &mut Vec<Field>, path: &str) {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let known = tree.iter_mut().find(|field| field.name == name);
    match (known, rest) {
        (Some(field), None) => field.below.clear(),
        (Some(field), Some(_)) if field.below.is_empty() => {}
        (Some(field), Some(rest)) => add(&mut field.below, rest),
        (None, rest) => {
            let mut below = Vec::new();
            if let Some(rest) = rest {
                add(&mut below, rest);
            }
            tree.push(Field { name: name.to_owned(), below });
        }
    }
}

/// Appends the requested fields of `value`. Returns false and appends nothing if it has none. `lists` is the number of
/// nested lists to process; each level costs one more pass over the values below it.
fn pick(value: &RawValue, wanted: &[Field], lists: usize, to: &mut String) -> bool {
    if wanted.is_empty() {
        to.push_str(value.get());
        return true;
    }
    if value.get().starts_with('[') {
        let Some(lists) = lists.checked_sub(1) else { return false };
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else { return false };
        to.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                to.push(',');
            }
            if !pick(item, wanted, lists, to) {
                to.push_str("{}");
            }
        }
        to.push(']');
        return true;
    }
    let Some(values) = look_up(value, wanted) else { return false };
    let start = to.len();
    for (field, value) in wanted.iter().zip(values) {
        let Some(value) = value else { continue };
        let before = to.len();
        to.push(if before == start { '{' } else { ',' });
        to.push_str(&serde_json::to_string(&field.name).expect("a string is JSON"));
        to.push(':');
        if !pick(value, &field.below, lists, to) {
            to.truncate(before);
        }
    }
    if to.len() == start {
        return false;
    }
    to.push('}');
    true
}

/// The values of the requested fields, read in one pass over the object. `None` if the value is not an object.
fn look_up<'a>(object: &'a RawValue, wanted: &[Field]) -> Option<Vec<Option<&'a RawValue>>> {
    struct LookUp<'w>(&'w [Field]);
    impl<'de> Visitor<'de> for LookUp<'_> {
        type Value = Vec<Option<&'de RawValue>>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = vec![None; self.0.len()];
            while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                let value = map.next_value::<&'de RawValue>()?;
                if let Some(at) = self.0.iter().position(|field| field.name == *name) {
                    found[at] = Some(value);
                }
            }
            Ok(found)
        }
    }
    let mut de = serde_json::Deserializer::from_str(object.get());
    serde::de::Deserializer::deserialize_map(&mut de, LookUp(wanted)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picked(list: &str, object: &str) -> String {
        let mut to = String::new();
        Fields::parse(list).unwrap().pick(serde_json::from_str(object).unwrap(), &mut to);
        to
    }

    #[test]
    fn fields_are_printed_in_the_requested_order_with_nesting_and_bytes_unchanged() {
        let message = r#"{"id":"18446744073709551615","n":1.50e3, "author":{"id":"7","username":"\u0061","bot":null},
            "embeds":[{"title":"t","url":"u"},{"url":"v"}],"id":"2"}"#;
        for (list, wanted) in [
            ("n,id", r#"{"n":1.50e3,"id":"2"}"#),
            ("author.username,n,author.id", r#"{"author":{"username":"\u0061","id":"7"},"n":1.50e3}"#),
            ("author.id, author", r#"{"author":{"id":"7","username":"\u0061","bot":null}}"#),
            ("author,author.id", r#"{"author":{"id":"7","username":"\u0061","bot":null}}"#),
            ("author.bot", r#"{"author":{"bot":null}}"#),
            ("embeds.title", r#"{"embeds":[{"title":"t"},{}]}"#),
            ("missing,author.missing,author.bot.x,n.x,id", r#"{"id":"2"}"#),
            ("missing", "{}"),
        ] {
            assert_eq!(picked(list, message), wanted, "{list}");
        }
        assert_eq!(picked("a", "[]"), "[]");
        assert_eq!(picked("a", "3"), "{}");
    }

    #[test]
    fn a_list_with_an_empty_name_is_refused() {
        assert_eq!(Fields::parse("  "), Err(BadFields::Empty));
        for bad in ["a,,b", "a,", ".a", "a..b", "a."] {
            assert!(matches!(Fields::parse(bad), Err(BadFields::Name(_))), "{bad}");
        }
        assert_eq!(Fields::parse(&"a,".repeat(60_000)), Err(BadFields::Many(60_001)));
        assert_eq!(Fields::parse("a, b.c,a").unwrap().paths(), ["a", "b.c"]);
    }

    #[test]
    fn paths_and_lists_that_are_nested_too_deeply_do_not_exhaust_the_stack() {
        let path = |names: usize| vec!["a"; names].join(".");
        assert!(Fields::parse(&path(DEEPEST)).is_ok());
        assert_eq!(Fields::parse(&path(60_000)), Err(BadFields::Deep(60_000)));
        let lists = |levels: usize| format!("{}{{\"a\":1}}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(picked("a", &lists(DEEPEST)), lists(DEEPEST));
        let deep = picked("a", &lists(50_000));
        assert_eq!(deep, lists(DEEPEST).replace("{\"a\":1}", "{}"));
        let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert_eq!(picked(&path(DEEPEST), &objects(DEEPEST)), objects(DEEPEST));
        assert!(picked(&path(DEEPEST), &objects(50_000)).len() > 50_000, "what was asked for comes whole");
    }

    proptest! {
        #[test]
        fn the_result_is_valid_json_for_any_list_of_fields(
            list in "[a-c\"\\\\]{1,2}(\\.[a-c]){0,2}(,[a-c](\\.[a-c]){0,2}){0,3}",
            keys in proptest::collection::vec("[a-c]", 0..4),
        ) {
            let inner: String = keys.iter().map(|k| format!(r#""{k}":[{{"a":1}}],"#)).collect();
            let object = format!(r#"{{"a":{{{inner}"b":null}},"c":{{{inner}"a":2}}}}"#);
            let picked = picked(&list, &object);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&picked).is_ok(), "{}", picked);
        }
    }
}
