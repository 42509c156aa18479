//! Selects items of a response by their fields.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::items;

/// The conditions of a list. An item must meet all of them.
#[derive(Clone, Debug, Default)]
pub struct Selection(Arc<[Condition]>);

/// A condition on one field of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The dotted path of the field.
    pub field: &'static str,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The field is this time or a later one.
    From(Timestamp),
    /// The field is an earlier time.
    Before(Timestamp),
    /// The field is a list that contains at least one of these ids.
    HasAny(Vec<String>),
    /// The field is this boolean. A missing field is `false`.
    Is(bool),
}

impl Selection {
    /// Whether there is no condition, so that every item is selected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, item: &RawValue) -> bool {
        self.0.iter().all(|condition| condition.holds(item))
    }
}

impl FromIterator<Condition> for Selection {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        Self(conditions.into_iter().collect())
    }
}

impl Condition {
    fn holds(&self, item: &RawValue) -> bool {
        let time = || items::text(item, self.field).and_then(|text| text.parse::<Timestamp>().ok());
        match &self.test {
            Test::From(from) => time().is_some_and(|time| *from <= time),
            Test::Before(before) => time().is_some_and(|time| time < *before),
            Test::HasAny(ids) => {
                let list = items::field(item, self.field).and_then(|list| serde_json::from_str(list.get()).ok());
                let list: Vec<&str> = list.unwrap_or_default();
                ids.iter().any(|id| list.contains(&id.as_str()))
            }
            Test::Is(wanted) => items::field(item, self.field).is_some_and(|value| value.get() == "true") == *wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(conditions: &[(&'static str, Test)], item: &str) -> bool {
        let condition = |(field, test): &(&'static str, Test)| Condition { field, test: test.clone() };
        let selection: Selection = conditions.iter().map(condition).collect();
        selection.has(serde_json::from_str(item).unwrap())
    }

    #[test]
    fn a_period_includes_its_start_and_excludes_its_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, before) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        let period = [("at", Test::From(from)), ("at", Test::Before(before))];
        for (item, has) in [
            (r#"{"at":"2026-01-01T00:00:00+00:00"}"#, true),
            (r#"{"at":"2026-01-01T23:59:59.999000+00:00"}"#, true),
            (r#"{"at":"2026-01-02T00:30:00+01:00"}"#, true),
            (r#"{"at":"2026-01-02T00:00:00+00:00"}"#, false),
            (r#"{"at":"2025-12-31T23:59:59+00:00"}"#, false),
            (r#"{"at":null}"#, false),
            (r#"{}"#, false),
        ] {
            assert_eq!(selects(&period, item), has, "{item}");
        }
    }

    #[test]
    fn a_list_must_contain_one_of_the_ids() {
        let has = |ids: &[&str], item| {
            selects(&[("roles", Test::HasAny(ids.iter().map(|id| (*id).to_owned()).collect()))], item)
        };
        let item = r#"{"roles":["1","22"]}"#;
        assert!(has(&["22"], item) && has(&["3", "1"], item));
        assert!(!has(&["2"], item) && !has(&[], item));
        assert!(!has(&["1"], r#"{"roles":null}"#) && !has(&["1"], "{}"));
    }

    #[test]
    fn a_missing_boolean_is_false() {
        let bot = |wanted, item| selects(&[("user.bot", Test::Is(wanted))], item);
        assert!(bot(true, r#"{"user":{"bot":true}}"#) && !bot(false, r#"{"user":{"bot":true}}"#));
        for item in [r#"{"user":{"bot":false}}"#, r#"{"user":{}}"#] {
            assert!(bot(false, item) && !bot(true, item), "{item}");
        }
    }

    #[test]
    fn an_item_must_meet_every_condition() {
        let conditions = [("roles", Test::HasAny(vec!["1".to_owned()])), ("bot", Test::Is(true))];
        assert!(selects(&conditions, r#"{"roles":["1"],"bot":true}"#));
        assert!(!selects(&conditions, r#"{"roles":["1"]}"#) && !selects(&conditions, r#"{"bot":true}"#));
        assert!(selects(&[], "{}"));
    }
}
