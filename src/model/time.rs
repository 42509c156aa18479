//! Times, as people write them and as Discord wants them.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::Snowflake;

/// Which way a span without a sign points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `2h` is two hours ago: for cursors.
    Back,
    /// `2h` is in two hours: for deadlines.
    Forward,
}

/// A moment, or an id that stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Milliseconds since the Unix epoch.
    Moment(i64),
    Id(Snowflake),
}

/// Discord's ids have at least this many digits; Unix times in seconds never do.
const ID_DIGITS: usize = 17;

/// Reads RFC 3339, a date, a Unix time in seconds, a Discord timestamp (`<t:1700000000:R>`), `now`,
/// a span (`90s`, `2h30m`, `-1d`, `+1w`), or an id.
pub fn parse(text: &str, now_ms: i64, direction: Direction) -> Option<When> {
    let text = text.trim();
    if text == "now" {
        return Some(When::Moment(now_ms));
    }
    if let Some(inner) = text.strip_prefix("<t:").and_then(|t| t.strip_suffix('>')) {
        let seconds = inner.split(':').next()?;
        return seconds.parse::<i64>().ok()?.checked_mul(1000).map(When::Moment);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return if text.len() >= ID_DIGITS {
            text.parse().ok().map(When::Id)
        } else {
            text.parse::<i64>().ok()?.checked_mul(1000).map(When::Moment)
        };
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(When::Moment(time.as_millisecond()));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(When::Moment(start.timestamp().as_millisecond()));
    }
    let (direction, span) = match text.as_bytes().first()? {
        b'-' => (Direction::Back, &text[1..]),
        b'+' => (Direction::Forward, &text[1..]),
        _ => (direction, text),
    };
    let span = i64::try_from(duration(span)?.as_millis()).ok()?;
    match direction {
        Direction::Back => now_ms.checked_sub(span),
        Direction::Forward => now_ms.checked_add(span),
    }
    .map(When::Moment)
}

/// Reads a length of time: `30s`, `1m30s`, `2h`, `7d`, `250ms`, or a bare number of seconds.
/// Days have 24 hours.
pub fn duration(text: &str) -> Option<std::time::Duration> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let seconds = text.parse::<f64>().ok()?;
        return std::time::Duration::try_from_secs_f64(seconds).ok();
    }
    let span: Span = text.parse().ok()?;
    let length: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    length.try_into().ok()
}

/// The moment as RFC 3339 in UTC, as Discord takes it. `None` past the year 9999.
pub fn rfc3339(unix_ms: i64) -> Option<String> {
    Timestamp::from_millisecond(unix_ms).ok().map(|t| t.to_string())
}

/// Milliseconds since the Unix epoch, by this machine's clock.
pub fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A length of time for a sentence: `350 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`.
pub fn in_words(length: std::time::Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 if length.subsec_millis() < 950 => format!("{} ms", length.as_millis()),
        0..60 => format!("{:.1} s", length.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn times_are_read_as_people_write_them() {
        let hour = 3_600_000;
        for (text, direction, expected) in [
            ("2023-11-14T22:13:20Z", Direction::Back, Some(When::Moment(NOW))),
            ("2023-11-14T23:13:20+01:00", Direction::Back, Some(When::Moment(NOW))),
            ("2023-11-14", Direction::Back, Some(When::Moment(1_699_920_000_000))),
            ("1700000000", Direction::Back, Some(When::Moment(NOW))),
            ("<t:1700000000:R>", Direction::Back, Some(When::Moment(NOW))),
            ("<t:1700000000>", Direction::Back, Some(When::Moment(NOW))),
            ("now", Direction::Back, Some(When::Moment(NOW))),
            ("2h", Direction::Back, Some(When::Moment(NOW - 2 * hour))),
            ("2h", Direction::Forward, Some(When::Moment(NOW + 2 * hour))),
            ("-2h", Direction::Forward, Some(When::Moment(NOW - 2 * hour))),
            ("+1w", Direction::Back, Some(When::Moment(NOW + 7 * 24 * hour))),
            ("17592884729911706", Direction::Back, Some(When::Id(Snowflake::new(17592884729911706)))),
            ("1759288472991170", Direction::Back, Some(When::Moment(1_759_288_472_991_170_000))),
            ("", Direction::Back, None),
            ("yesterday", Direction::Back, None),
            ("2h garbage", Direction::Back, None),
            ("-", Direction::Back, None),
        ] {
            assert_eq!(parse(text, NOW, direction), expected, "{text:?}");
        }
    }

    #[test]
    fn lengths_of_time_are_never_negative() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("1d"), Some(Duration::from_secs(86_400)));
        assert_eq!(duration("2.5"), Some(Duration::from_millis(2500)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        for bad in ["-5s", "", ".", "1e400", "soon"] {
            assert_eq!(duration(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_length_of_time_reads_well_in_a_sentence() {
        for (ms, words) in
            [(350, "350 ms"), (950, "0.9 s"), (3210, "3.2 s"), (250_000, "4 min 10 s"), (7_500_000, "2 h 5 min")]
        {
            assert_eq!(in_words(Duration::from_millis(ms)), words);
        }
    }
}
