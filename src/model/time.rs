//! Times and spans, as people write them and as Discord expects them.
//!
//! A text is read completely or rejected. The meaning of a time depends on the present and on the local time zone, so
//! both are an argument: [`Now`].

use std::time::Duration;

use jiff::civil::Time;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{AmbiguousZoned, Offset, OffsetConflict, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::{DISCORD_EPOCH_MS, Snowflake};

/// The direction of a span without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `2h` is two hours ago: for cursors.
    Back,
    /// `2h` is in two hours: for deadlines.
    Forward,
}

/// A moment, or an id, whose creation time is the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Milliseconds since the Unix epoch.
    Moment(i64),
    Id(Snowflake),
}

/// The present and the local time zone.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Milliseconds since the Unix epoch.
    pub ms: i64,
    /// Loads the local time zone, which reads a file. It is called only for a time without a zone.
    pub zone: fn() -> Result<TimeZone, NotATime>,
}

impl Now {
    /// Formats a moment for people, in local time.
    pub fn shown(&self, unix_ms: i64) -> String {
        shown(unix_ms, &(self.zone)().unwrap_or(TimeZone::UTC))
    }
}

/// Why a text is not a time. Each message continues `--after: "text" …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATime {
    #[error("is neither a span, such as 10m, 2h or 7d, nor a time, such as '2026-12-01 20:00'")]
    Unknown,
    #[error("has {0} digits: a Unix time has up to 11 in seconds and 13 in milliseconds, an id has 17 or more")]
    Digits(usize),
    #[error("has no unit: write 90s, 2h or 7d after the sign")]
    NoUnit,
    #[error("has no unit: write {0}s, {0}m, {0}h or {0}d; a Unix time has at least 9 digits")]
    NoUnitAhead(String),
    #[error("is not in the years 0 to 9999")]
    OutOfRange,
    #[error("is not a valid date and time, or its offset does not match its time zone: {0}")]
    Impossible(String),
    #[error("is a local time, but the time zone in TZ ({0}) is unknown: add an offset such as +01:00 or Z")]
    NoZone(String),
    #[error("is {0}, before Discord's first id (2015-01-01): write 0 for the first id")]
    BeforeIds(String),
    #[error("is {0}, later than the last possible id")]
    AfterIds(String),
}

/// Discord's ids have at least this many digits, and Unix times fewer.
const ID_DIGITS: usize = 17;
/// Digits of a Unix time in milliseconds, since 2001 and until 2286.
const MS_DIGITS: usize = 13;
/// Digits of the latest accepted Unix time in seconds, in the year 5138.
const S_DIGITS: usize = 11;
/// Unix times in seconds have at least this many digits since 1973. A shorter number is no deadline; one of eight digits
/// is a date.
const UNIX_DIGITS: usize = 8;
/// Digits of a date without dashes: 20261201. As a Unix time, it would be in 1970.
const DATE_DIGITS: usize = 8;

/// The first millisecond of the year 0, and the last of 9999.
const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Discord's timestamp styles. Source: its reference, "Message Formatting", "Timestamp Styles".
const STYLES: [&str; 9] = ["t", "T", "d", "D", "f", "F", "s", "S", "R"];

/// Reads a time: RFC 3339 or ISO 8601, with an offset, a zone (`[Europe/Berlin]`) or neither (local
/// time); a date (its first moment, local); a Unix time in seconds, with or without a fraction, or in
/// milliseconds; a Discord timestamp; `now`; a day in words, with or without a time (`tomorrow`, `friday 20:00`); a
/// time of the 12-hour clock, with or without a day (`8pm`, `friday 8:30 pm`); a span (`90s`, `2h30m`, `-1d`, `+1w`); or
/// an id.
pub fn parse(text: &str, now: &Now, direction: Direction) -> Result<When, NotATime> {
    let text = text.trim();
    if text == "now" {
        return Ok(When::Moment(now.ms));
    }
    if let Some(inner) = text.strip_prefix("<t:").and_then(|t| t.strip_suffix('>')) {
        let (seconds, style) = inner.split_once(':').unwrap_or((inner, STYLES[0]));
        let digits = seconds.strip_prefix('-').unwrap_or(seconds);
        if !is_number(digits) || !STYLES.contains(&style) {
            return Err(NotATime::Unknown);
        }
        let seconds = seconds.parse::<i64>().ok().and_then(|s| s.checked_mul(1000));
        return moment(seconds.ok_or(NotATime::OutOfRange)?);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        // With `--timeout 10`, people mean a span of some unit and never a moment of 1970, so it is an error.
        if direction == Direction::Forward && text.len() < UNIX_DIGITS {
            let example = if text == "0" { "10" } else { text };
            return Err(NotATime::NoUnitAhead(example.to_owned()));
        }
        return number(text, now);
    }
    if let Some(span) = relative(text, direction)? {
        return moment(now.ms.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)));
    }
    let in_24_hours = in_24_hours(text);
    let text = in_24_hours.as_deref().unwrap_or(text);
    if in_24_hours.is_some() && text.len() == CLOCK_LENGTH {
        return at_time(text, now, direction);
    }
    match day(text, now, direction)? {
        Some(text) => civil(&text, now),
        None => civil(text, now),
    }
}

/// The length of a time such as `20:00`.
const CLOCK_LENGTH: usize = 5;

/// Converts a time of the 12-hour clock in a text (`8pm`, `friday 8:30 pm`) to the 24-hour clock.
fn in_24_hours(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase().replace(" am", "am").replace(" pm", "pm");
    let word = lower.split_whitespace().find(|word| word.ends_with("am") || word.ends_with("pm"))?;
    let (clock, half) = word.split_at(word.len() - 2);
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let hour: u8 =
        hour.parse().ok().filter(|hour| is_number(clock.get(..1).unwrap_or("")) && (1..=12).contains(hour))?;
    if minute.len() != 2 || !is_number(minute) {
        return None;
    }
    let hour = hour % 12 + if half == "pm" { 12 } else { 0 };
    Some(lower.replacen(word, &format!("{hour:02}:{minute}"), 1))
}

/// The next or, backwards, the last moment at which local clocks show this time.
fn at_time(clock: &str, now: &Now, direction: Direction) -> Result<When, NotATime> {
    let (word, other) = match direction {
        Direction::Forward => ("today", "tomorrow"),
        Direction::Back => ("today", "yesterday"),
    };
    let on = |day_word: &str| match day(&format!("{day_word} {clock}"), now, direction)? {
        Some(text) => civil(&text, now),
        None => Err(NotATime::Unknown),
    };
    match (on(word)?, direction) {
        (When::Moment(ms), Direction::Forward) if ms <= now.ms => on(other),
        (When::Moment(ms), Direction::Back) if ms > now.ms => on(other),
        (today, _) => Ok(today),
    }
}

/// Replaces a day in words (`tomorrow 20:00`, `20:00 friday`, `next friday`) with its date. A weekday is the next one or,
/// backwards, the last one, and never today.
fn day(text: &str, now: &Now, direction_of_option: Direction) -> Result<Option<String>, NotATime> {
    let lower = text.to_ascii_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().filter(|word| *word != "at").collect();
    let near_or_weekday = |word: &str| match word {
        "yesterday" => Some((true, -1)),
        "today" => Some((true, 0)),
        "tomorrow" => Some((true, 1)),
        _ => {
            let is_it = |name: &&str| *name == word || word.len() == 3 && name.starts_with(word);
            let day = WEEKDAYS.iter().position(is_it)?;
            Some((false, i64::try_from(day).unwrap_or(0)))
        }
    };
    let found = words.iter().enumerate().find_map(|(at, word)| Some((at, near_or_weekday(word)?)));
    let Some((at, (is_near, days))) = found else { return Ok(None) };
    words.remove(at);
    let direction = match at.checked_sub(1).map(|before| words[before]) {
        Some("next") => Some(Direction::Forward),
        Some("last") => Some(Direction::Back),
        _ => None,
    };
    if direction.is_some() {
        words.remove(at - 1);
    }
    let direction = direction.unwrap_or(direction_of_option);
    let present = Timestamp::from_millisecond(now.ms).map_err(|_| NotATime::OutOfRange)?;
    let today = present.to_zoned((now.zone)()?).date();
    let days = if is_near {
        days
    } else {
        let ahead = (days - i64::from(today.weekday().to_monday_zero_offset())).rem_euclid(7);
        match direction {
            Direction::Forward if ahead == 0 => 7,
            Direction::Forward => ahead,
            Direction::Back => ahead - 7,
        }
    };
    let date = today.checked_add(Span::new().days(days)).map_err(|_| NotATime::OutOfRange)?;
    Ok(Some(if words.is_empty() { date.to_string() } else { format!("{date} {}", words.join(" ")) }))
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The id of a cursor: the given id, or the lowest id of a time, which is returned too. A number of up to six digits is
/// an id, because scripts use a number lower than all ids to start at the first item. As a Unix time, it would be in the
/// first days of 1970.
pub fn cursor(text: &str, now: &Now) -> Result<(Snowflake, Option<i64>), NotATime> {
    const LOWEST_IDS: usize = 6;
    let number = text.trim();
    if is_number(number) && number.len() <= LOWEST_IDS {
        return number.parse().map(|id| (id, None)).map_err(|_| NotATime::Unknown);
    }
    let ms = match parse(text, now, Direction::Back)? {
        When::Id(id) => return Ok((id, None)),
        When::Moment(ms) => ms,
    };
    let shown = || now.shown(ms);
    match Snowflake::first_at(ms) {
        Some(id) => Ok((id, Some(ms))),
        None if ms < DISCORD_EPOCH_MS as i64 => Err(NotATime::BeforeIds(shown())),
        None => Err(NotATime::AfterIds(shown())),
    }
}

/// Parses a number, which may have a fraction, as an id, a Unix time or a date.
fn number(text: &str, now: &Now) -> Result<When, NotATime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_number(whole) || !is_number(fraction) {
        return Err(NotATime::Unknown);
    }
    let is_whole = whole.len() == text.len();
    let value: i64 = match whole.len() {
        ID_DIGITS.. if is_whole => return text.parse().map(When::Id).map_err(|_| NotATime::Unknown),
        DATE_DIGITS if is_whole => return civil(text, now),
        ..=S_DIGITS | MS_DIGITS => whole.parse().map_err(|_| NotATime::Unknown)?,
        digits => return Err(NotATime::Digits(digits)),
    };
    if whole.len() == MS_DIGITS {
        return moment(value);
    }
    // A fraction may have any number of digits; the first three count.
    let ms = fraction.bytes().chain(*b"00").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    moment(value * 1000 + ms)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn moment(ms: i64) -> Result<When, NotATime> {
    if YEARS.contains(&ms) { Ok(When::Moment(ms)) } else { Err(NotATime::OutOfRange) }
}

/// A span from now, positive for the future. `None` if the text is not a span but may be another kind of time.
fn relative(text: &str, direction: Direction) -> Result<Option<SignedDuration>, NotATime> {
    let (signed, rest) = match text.as_bytes().first() {
        Some(b'-') => (Some(Direction::Back), &text[1..]),
        Some(b'+') => (Some(Direction::Forward), &text[1..]),
        _ => (None, text),
    };
    if signed.is_some() && !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(NotATime::NoUnit);
    }
    // 20:00 could be a time of day or a span of 20 hours.
    let length = if rest.contains(':') || rest.starts_with(['-', '+']) { None } else { span(rest) };
    let length = match (length, signed) {
        // `2h ago` has a direction already; a sign could contradict it.
        (Some(length), None) if length.is_negative() => return Ok(Some(length)),
        (Some(length), _) if !length.is_negative() => length,
        (_, Some(_)) => return Err(NotATime::Unknown),
        (_, None) => return Ok(None),
    };
    Ok(Some(match signed.unwrap_or(direction) {
        Direction::Back => -length,
        Direction::Forward => length,
    }))
}

/// A date, or a date and time, with its offset or zone, if it has one.
fn civil(text: &str, now: &Now) -> Result<When, NotATime> {
    let pieces = Pieces::parse(text).map_err(|_| NotATime::Unknown)?;
    let local = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let named = pieces.to_time_zone().map_err(|e| NotATime::Impossible(e.to_string()))?;
    let impossible = |e: jiff::Error| NotATime::Impossible(e.to_string());
    let zoned = match (pieces.offset(), named) {
        (Some(offset), None) => {
            return moment(offset.to_numeric_offset().to_timestamp(local).map_err(impossible)?.as_millisecond());
        }
        // Z before a zone says that the moment is known, not that the zone's offset is zero (RFC 9557).
        (Some(PiecesOffset::Zulu), Some(_)) => {
            return moment(Offset::UTC.to_timestamp(local).map_err(impossible)?.as_millisecond());
        }
        (Some(offset), Some(zone)) => {
            OffsetConflict::Reject.resolve(local, offset.to_numeric_offset(), zone).and_then(AmbiguousZoned::compatible)
        }
        // If clocks are set forward, a skipped time is read with the offset before the change. If they are set back, a
        // time that occurs twice means the first one (RFC 5545).
        (None, zone) => zone.map_or_else(now.zone, Ok)?.to_ambiguous_zoned(local).compatible(),
    };
    moment(zoned.map_err(impossible)?.timestamp().as_millisecond())
}

/// A length of time with a sign. Days have 24 hours; months and years have no fixed length.
fn span(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// The longest accepted length of time: a hundred years. A longer one is a mistake, and could overflow when added to a
/// time.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 86_400);

/// Reads a length of time: `30s`, `1m30s`, `2h`, `7d`, `250ms`, or a bare number of seconds.
pub fn duration(text: &str) -> Option<Duration> {
    let length = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        Duration::try_from_secs_f64(text.parse::<f64>().ok()?).ok()?
    } else {
        span(text)?.try_into().ok()?
    };
    Some(length).filter(|length| *length <= LONGEST)
}

/// Reads a span as a number of units of `unit` seconds each. `None` if the text is not a span with its own units, or
/// not a whole number of these.
pub fn whole(text: &str, unit: u64) -> Option<i64> {
    let length = duration(text).filter(|_| text.bytes().any(|b| b.is_ascii_alphabetic()))?;
    let divides = length.subsec_nanos() == 0 && length.as_secs().is_multiple_of(unit);
    divides.then(|| i64::try_from(length.as_secs() / unit).ok()).flatten()
}

/// The moment of a text in RFC 3339.
pub fn moment_of(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// The moment as RFC 3339 in UTC, the form that Discord accepts. `None` after the year 9999.
pub fn rfc3339(unix_ms: i64) -> Option<String> {
    Timestamp::from_millisecond(unix_ms).ok().map(|t| t.to_string())
}

/// The moment as RFC 3339 with the offset of the zone at that moment.
pub fn rfc3339_in(unix_ms: i64, zone: &TimeZone) -> Option<String> {
    let time = Timestamp::from_millisecond(unix_ms).ok()?;
    Some(time.display_with_offset(zone.to_offset(time)).to_string())
}

/// Formats a moment for people: a date and a time of day in their time zone, as in `2026-12-01 20:00`.
pub fn shown(unix_ms: i64, zone: &TimeZone) -> String {
    let time = Timestamp::from_millisecond(unix_ms).map(|time| time.to_zoned(zone.clone()));
    time.map_or_else(|_| "?".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Formats a length of time for a sentence: `350 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`.
pub fn in_words(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 if length.subsec_millis() < 950 => format!("{} ms", length.as_millis()),
        0..60 => format!("{:.1} s", length.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests;
