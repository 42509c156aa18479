//! The statuses that a notification reports.

use crate::model::color;

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    Started,
    Success,
    Failure,
    Warning,
    #[default]
    Info,
    Cancelled,
}

struct Row {
    status: Status,
    name: &'static str,
    /// The words that CI systems use for it.
    aliases: &'static [&'static str],
    symbol: &'static str,
    color: &'static str,
    /// The verb after the name of a job.
    verb: &'static str,
}

static TABLE: [Row; 6] = [
    Row {
        status: Status::Started,
        name: "started",
        aliases: &["running", "pending"],
        symbol: "⏳",
        color: "blurple",
        verb: "started",
    },
    Row {
        status: Status::Success,
        name: "success",
        aliases: &["succeeded", "passed", "ok"],
        symbol: "✅",
        color: "success",
        verb: "succeeded",
    },
    Row {
        status: Status::Failure,
        name: "failure",
        aliases: &["failed", "fail", "error"],
        symbol: "❌",
        color: "danger",
        verb: "failed",
    },
    Row {
        status: Status::Warning,
        name: "warning",
        aliases: &["unstable"],
        symbol: "⚠️",
        color: "warning",
        verb: "finished with warnings",
    },
    Row { status: Status::Info, name: "info", aliases: &[], symbol: "ℹ️", color: "info", verb: "" },
    Row {
        status: Status::Cancelled,
        name: "cancelled",
        aliases: &["canceled", "aborted"],
        symbol: "🚫",
        color: "grey",
        verb: "was cancelled",
    },
];

impl Status {
    /// The names of all statuses, each with its aliases in CI systems.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        TABLE.iter().map(|row| (row.name, row.aliases))
    }

    /// The status with this name or alias. Ignores case.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        TABLE.iter().find(|row| is(row.name) || row.aliases.iter().any(|alias| is(alias))).map(|row| row.status)
    }

    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.status == self).expect("the table has every status")
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn symbol(self) -> &'static str {
        self.row().symbol
    }

    pub fn verb(self) -> &'static str {
        self.row().verb
    }

    /// The title for a run without a name.
    pub fn title(self) -> String {
        let name = self.name();
        name[..1].to_uppercase() + &name[1..]
    }

    pub fn color(self) -> u32 {
        color::parse(self.row().color).expect("the table names colours that exist")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_by_its_name_and_by_the_words_of_ci_systems() {
        for row in &TABLE {
            assert_eq!(Status::parse(row.name), Some(row.status));
            assert_eq!((row.status.name(), row.status.color() > 0), (row.name, true));
        }
        assert_eq!(Status::parse("FAILED"), Some(Status::Failure), "GitLab's word, in Jenkins' case");
        assert_eq!(Status::parse("canceled"), Some(Status::Cancelled));
        assert_eq!(Status::parse("succes"), None);
    }
}
