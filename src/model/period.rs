//! A period of time that selects items of a response.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::items;

/// Selects the items whose field is a time not before `from` and before `before`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The dotted path of the field.
    pub field: &'static str,
    pub from: Option<Timestamp>,
    pub before: Option<Timestamp>,
}

impl Period {
    /// Whether the item is in the period. An item without the field is not.
    pub fn has(&self, item: &RawValue) -> bool {
        let time = items::text(item, self.field).and_then(|text| text.parse::<Timestamp>().ok());
        time.is_some_and(|time| {
            self.from.is_none_or(|from| from <= time) && self.before.is_none_or(|before| time < before)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_includes_its_start_and_excludes_its_end() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let period = Period { field: "at", from: at("2026-01-01T00:00:00Z"), before: at("2026-01-02T00:00:00Z") };
        for (item, has) in [
            (r#"{"at":"2026-01-01T00:00:00+00:00"}"#, true),
            (r#"{"at":"2026-01-01T23:59:59.999000+00:00"}"#, true),
            (r#"{"at":"2026-01-02T00:30:00+01:00"}"#, true),
            (r#"{"at":"2026-01-02T00:00:00+00:00"}"#, false),
            (r#"{"at":"2025-12-31T23:59:59+00:00"}"#, false),
            (r#"{"at":null}"#, false),
            (r#"{}"#, false),
        ] {
            let item: Box<RawValue> = serde_json::from_str(item).unwrap();
            assert_eq!(period.has(&item), has, "{item}");
        }
    }
}
