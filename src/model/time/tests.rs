//! Times in every format, in several zones, and what is refused.

use proptest::prelude::*;

use super::*;

/// 2023-11-14T22:13:20Z
const NOW: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn berlin() -> Result<TimeZone, NotATime> {
    Ok(TimeZone::get("Europe/Berlin").expect("the tests' machine has zones"))
}

const IN_BERLIN: Now = Now { ms: NOW, zone: berlin };

fn ms(rfc3339: &str) -> i64 {
    rfc3339.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn times_are_parsed_in_every_common_notation() {
    let evening = ms("2026-12-01T19:00:00Z");
    for text in [
        "2026-12-01T19:00:00Z",
        "2026-12-01t19:00:00z",
        "2026-12-01T20:00:00+01:00",
        "2026-12-01 20:00:00+01:00",
        "2026-12-01T14:00-05",
        "2026-12-01 20:00",
        "2026-12-01 20:00:00",
        "2026-12-01T20:00",
        "2026-12-01T20:00:00.000",
        "20261201T200000",
        "20261201T190000Z",
        "20261201T2000",
        "2026-12-01T20:00[Europe/Berlin]",
        "2026-12-01T20:00+01:00[Europe/Berlin]",
        "2026-12-01T14:00[America/New_York]",
        "2026-12-01T19:00Z[Asia/Tokyo]",
        "  2026-12-01 20:00  ",
        "1796151600",
        "1796151600.0",
        "1796151600000",
        "<t:1796151600>",
        "<t:1796151600:F>",
        "<t:1796151600:s>",
    ] {
        assert_eq!(parse(text, &IN_BERLIN, Direction::Back), Ok(When::Moment(evening)), "{text:?}");
    }
    for (text, expected) in [
        ("now", NOW),
        // Midnight is that of the zone: +01:00 in winter, +02:00 in summer.
        ("2026-12-01", ms("2026-11-30T23:00:00Z")),
        ("20261201", ms("2026-11-30T23:00:00Z")),
        ("2026-07-01", ms("2026-06-30T22:00:00Z")),
        ("2026-07-01T12:00:05.5", ms("2026-07-01T10:00:05.5Z")),
        ("1780000000.25", 1_780_000_000_250),
        ("1780000000.123456789", 1_780_000_000_123),
        ("1763640000.5", 1_763_640_000_500),
        ("1763640000000", 1_763_640_000_000),
        ("1763640000123.75", 1_763_640_000_123),
        ("0", 0),
        ("<t:-1:R>", -1000),
    ] {
        assert_eq!(parse(text, &IN_BERLIN, Direction::Back), Ok(When::Moment(expected)), "{text:?}");
    }
    assert_eq!(
        parse("175928847299117063", &IN_BERLIN, Direction::Back),
        Ok(When::Id(Snowflake::new(175_928_847_299_117_063)))
    );
}

#[test]
fn named_days_use_the_time_zone_and_the_direction_of_the_option() {
    let today = Timestamp::from_millisecond(NOW).unwrap().to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date();
    let at = |text: &str, direction| match parse(text, &IN_BERLIN, direction) {
        Ok(When::Moment(ms)) => {
            let time = Timestamp::from_millisecond(ms).unwrap().to_zoned(TimeZone::get("Europe/Berlin").unwrap());
            let days = today.until(time.date()).unwrap().get_days();
            (days, time.strftime("%A %H:%M").to_string())
        }
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(at("tomorrow", Direction::Forward).0, 1);
    assert_eq!(at("yesterday 09:30", Direction::Forward).0, -1);
    assert!(at("today 20:00", Direction::Back).1.ends_with("20:00"));
    for (text, direction) in [
        ("friday 20:00", Direction::Forward),
        ("Fri 20:00", Direction::Forward),
        ("next friday at 20:00", Direction::Back),
        ("last friday 20:00", Direction::Forward),
        ("friday 20:00", Direction::Back),
        ("friday 8pm", Direction::Forward),
        ("next Friday at 8:00 PM", Direction::Back),
        ("20:00 friday", Direction::Forward),
        ("8 pm last friday", Direction::Forward),
    ] {
        let (days, shown) = at(text, direction);
        assert_eq!(shown, "Friday 20:00", "{text}");
        let is_ahead = text.contains("next") || (direction == Direction::Forward && !text.contains("last"));
        assert!(if is_ahead { (1..=7).contains(&days) } else { (-7..=-1).contains(&days) }, "{text}: {days}");
    }
    for text in [
        "someday",
        "friday 25:00",
        "friday evening",
        "next week",
        "tomorrow 20:00 please",
        "friday 13pm",
        "8:5pm",
        "pm",
        "+8pm",
    ] {
        assert!(parse(text, &IN_BERLIN, Direction::Forward).is_err(), "{text}");
    }
}

#[test]
fn a_12_hour_time_is_the_nearest_one_in_the_direction_of_the_option() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let shown = |text: &str, direction| match parse(text, &IN_BERLIN, direction) {
        Ok(When::Moment(ms)) => rfc3339_in(ms, &zone).unwrap(),
        other => panic!("{text}: {other:?}"),
    };
    let now = rfc3339_in(NOW, &zone).unwrap();
    for text in ["8pm", "12am", "11:59 pm", "7am"] {
        let (next, last) = (shown(text, Direction::Forward), shown(text, Direction::Back));
        assert!(last <= now && now < next, "{text}: {last} {now} {next}");
        assert_eq!(last[10..], next[10..], "{text}: the same time of the next day");
    }
    assert!(shown("8pm", Direction::Forward).contains("T20:00:00"));
    assert!(shown("12am", Direction::Forward).contains("T00:00:00"));
    assert_eq!(shown("2026-12-04 8pm", Direction::Back), "2026-12-04T20:00:00+01:00");
}

#[test]
fn the_direction_of_a_duration_is_its_sign_or_that_of_the_option() {
    for (text, back, forward) in [
        ("2h", -2 * HOUR, 2 * HOUR),
        ("-2h", -2 * HOUR, -2 * HOUR),
        ("+1w", 7 * DAY, 7 * DAY),
        ("1d12h", -36 * HOUR, 36 * HOUR),
        ("90 minutes", -HOUR - HOUR / 2, HOUR + HOUR / 2),
        ("2h ago", -2 * HOUR, -2 * HOUR),
        ("PT2H", -2 * HOUR, 2 * HOUR),
    ] {
        assert_eq!(parse(text, &IN_BERLIN, Direction::Back), Ok(When::Moment(NOW + back)), "{text:?}");
        assert_eq!(parse(text, &IN_BERLIN, Direction::Forward), Ok(When::Moment(NOW + forward)), "{text:?}");
    }
}

#[test]
fn a_named_day_begins_at_local_midnight_and_a_deadline_has_a_unit() {
    for (text, expected) in [
        ("yesterday", "2023-11-13T00:00:00+01:00"),
        ("today", "2023-11-14T00:00:00+01:00"),
        ("tomorrow", "2023-11-15T00:00:00+01:00"),
    ] {
        for direction in [Direction::Back, Direction::Forward] {
            assert_eq!(parse(text, &IN_BERLIN, direction), Ok(When::Moment(ms(expected))), "{text:?}");
        }
    }
    let example = |text: &str| parse(text, &IN_BERLIN, Direction::Forward);
    assert_eq!(example("10"), Err(NotATime::NoUnitAhead("10".to_owned())));
    assert_eq!(example("0"), Err(NotATime::NoUnitAhead("10".to_owned())));
    assert_eq!(example("1780000000"), Ok(When::Moment(1_780_000_000_000)));
    assert_eq!(parse("10", &IN_BERLIN, Direction::Back), Ok(When::Moment(10_000)));
}

#[test]
fn at_a_clock_change_a_skipped_time_moves_forward_and_a_repeated_one_is_the_first() {
    for (text, expected) in [
        // 02:00 to 03:00 does not exist on 29 March, and comes twice on 25 October.
        ("2026-03-29 02:30", "2026-03-29T01:30:00Z"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30+01:00[Europe/Berlin]", "2026-10-25T01:30:00Z"),
        // Midnight of that day does not exist in Cairo.
        ("2026-04-24[Africa/Cairo]", "2026-04-23T22:00:00Z"),
    ] {
        assert_eq!(parse(text, &IN_BERLIN, Direction::Back), Ok(When::Moment(ms(expected))), "{text:?}");
    }
}

#[test]
fn a_partly_valid_time_is_refused() {
    use NotATime::*;
    for (text, expected) in [
        ("", Unknown),
        ("last week", Unknown),
        ("20:00", Unknown),
        ("20:00:00", Unknown),
        ("2h garbage", Unknown),
        ("2026-12-01 20:00 Uhr", Unknown),
        ("2026-12-01T", Unknown),
        ("2026-12-01 25:00", Unknown),
        ("2026-13-01", Unknown),
        ("2026-02-30 12:00", Unknown),
        ("20261301", Unknown),
        ("1 month", Unknown),
        ("2y", Unknown),
        ("-", Unknown),
        ("--2h", Unknown),
        ("-2h ago", Unknown),
        ("-2026-12-01", Unknown),
        ("1.5.2", Unknown),
        ("1780000000.", Unknown),
        (".5", Unknown),
        ("1e9", Unknown),
        ("<t:1780000000:x>", Unknown),
        ("<t:1780000000:F:R>", Unknown),
        ("<t:178_000>", Unknown),
        ("<t:>", Unknown),
        ("99999999999999999999", Unknown),
        ("202612012000", Digits(12)),
        ("20261201200000", Digits(14)),
        ("178000000012345", Digits(15)),
        ("1759288472991170", Digits(16)),
        ("175928847299117063.5", Digits(18)),
        ("-5", NoUnit),
        ("+1780000000", NoUnit),
        ("9999999d", Unknown),
        ("2900000d", OutOfRange),
        ("<t:99999999999999:F>", OutOfRange),
    ] {
        assert_eq!(parse(text, &IN_BERLIN, Direction::Back), Err(expected), "{text:?}");
    }
    for text in ["2026-12-01T20:00+05:00[Europe/Berlin]", "2026-12-01T20:00[Europe/Atlantis]"] {
        let refused = parse(text, &IN_BERLIN, Direction::Back);
        assert!(matches!(refused, Err(Impossible(_))), "{text:?}: {refused:?}");
    }
}

#[test]
fn only_a_time_without_an_offset_requires_the_system_time_zone() {
    let nowhere = Now { ms: NOW, zone: || Err(NotATime::NoZone("Europe/Atlantis".to_owned())) };
    for text in ["2026-12-01 20:00", "2026-12-01", "20261201"] {
        let refused = NotATime::NoZone("Europe/Atlantis".to_owned());
        assert_eq!(parse(text, &nowhere, Direction::Back), Err(refused), "{text:?}");
    }
    for text in ["2026-12-01T20:00Z", "2026-12-01T20:00[Europe/Berlin]", "2h", "1780000000", "now"] {
        assert!(parse(text, &nowhere, Direction::Back).is_ok(), "{text:?}");
    }
}

#[test]
fn a_cursor_is_an_id_or_the_first_id_of_a_time() {
    let id = |text| cursor(text, &IN_BERLIN).map(|(id, _)| id.get());
    assert_eq!(cursor("0", &IN_BERLIN), Ok((Snowflake::new(0), None)));
    assert_eq!(cursor("1", &IN_BERLIN), Ok((Snowflake::new(1), None)));
    assert_eq!(cursor("999999", &IN_BERLIN), Ok((Snowflake::new(999_999), None)));
    assert_eq!(cursor("175928847299117063", &IN_BERLIN), Ok((Snowflake::new(175_928_847_299_117_063), None)));
    let half = 1_763_640_000_500;
    assert_eq!(cursor("1763640000.5", &IN_BERLIN), Ok((Snowflake::at(half), Some(half))));
    assert_eq!(id("2015-01-01T00:00:00Z"), Ok(0));
    let early = "2015-01-01 00:00".to_owned();
    assert_eq!(id("2015-01-01"), Err(NotATime::BeforeIds(early)), "midnight comes earlier in Berlin");
    assert!(matches!(id("1763640"), Err(NotATime::BeforeIds(_))));
    assert!(matches!(id("9000-01-01"), Err(NotATime::AfterIds(_))));
}

#[test]
fn durations_are_neither_negative_nor_unbounded() {
    for (text, ms) in [
        ("1m30s", 90_000),
        ("1d", 86_400_000),
        ("2w", 14 * 86_400_000),
        ("2.5", 2500),
        ("250ms", 250),
        ("1.5h", 5_400_000),
        ("0", 0),
    ] {
        assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text:?}");
    }
    for bad in ["-5s", "", ".", "1e400", "soon", "1 month", "5m ago", "99999999999999999999", "200000d", "5s x"] {
        assert_eq!(duration(bad), None, "{bad:?}");
    }
}

#[test]
fn a_duration_is_a_whole_number_of_units_or_refused() {
    for (text, unit, expected) in [
        ("2m", 1, Some(120)),
        ("1d", 3600, Some(24)),
        ("2w", 86_400, Some(14)),
        ("90m", 3600, None),
        ("36h", 86_400, None),
        ("500ms", 1, None),
        // A bare number is one of units already.
        ("3600", 3600, None),
        ("3600.0", 3600, None),
        ("-1h", 3600, None),
        ("1 month", 86_400, None),
    ] {
        assert_eq!(whole(text, unit), expected, "{text:?}");
    }
}

#[test]
fn a_duration_is_formatted_for_a_sentence() {
    for (ms, words) in
        [(350, "350 ms"), (950, "0.9 s"), (3210, "3.2 s"), (250_000, "4 min 10 s"), (7_500_000, "2 h 5 min")]
    {
        assert_eq!(in_words(Duration::from_millis(ms)), words);
    }
}

/// The texts that stand for a moment in a zone, of which each names all of it.
fn written(time: Timestamp, zone: &TimeZone) -> Vec<String> {
    let zoned = time.to_zoned(zone.clone());
    let local = zoned.datetime();
    let seconds = time.as_second();
    let mut texts = vec![
        time.to_string(),
        rfc3339_in(time.as_millisecond(), zone).unwrap(),
        zoned.to_string(),
        format!("{seconds}.{:03}", time.subsec_millisecond()),
        time.as_millisecond().to_string(),
    ];
    // A local time that comes twice names one of two moments.
    if zone.to_ambiguous_zoned(local).is_ambiguous() {
        return texts;
    }
    texts.extend([
        local.to_string(),
        local.to_string().replace('T', " "),
        local.strftime("%Y%m%dT%H%M%S%.f").to_string(),
    ]);
    texts
}

static ZONES: [fn() -> Result<TimeZone, NotATime>; 4] = [
    || Ok(TimeZone::UTC),
    berlin,
    || Ok(TimeZone::get("America/St_Johns").unwrap()),
    || Ok(TimeZone::get("Asia/Kathmandu").unwrap()),
];

proptest! {
    #[test]
    fn every_format_is_parsed_to_the_formatted_time(
        at in 1_420_070_400_000_i64..4_102_444_800_000, zone in 0..ZONES.len()
    ) {
        let now = Now { ms: NOW, zone: ZONES[zone] };
        let time = Timestamp::from_millisecond(at).unwrap();
        for text in written(time, &(now.zone)().unwrap()) {
            prop_assert_eq!(parse(&text, &now, Direction::Back), Ok(When::Moment(at)), "{}", text);
            prop_assert_eq!(cursor(&text, &now).unwrap().0, Snowflake::at(at), "{}", text);
        }
    }

    #[test]
    fn a_time_with_a_trailing_word_is_refused(
        at in 1_420_070_400_000_i64..4_102_444_800_000, word in "[ ]?[A-Za-z]{3,9}"
    ) {
        let time = Timestamp::from_millisecond(at).unwrap();
        for text in written(time, &TimeZone::UTC) {
            let text = format!("{text}{word}");
            prop_assert!(parse(&text, &IN_BERLIN, Direction::Back).is_err(), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_time_parser_panic(text in "\\PC{0,40}") {
        let _ = parse(&text, &IN_BERLIN, Direction::Back);
        let _ = cursor(&text, &IN_BERLIN);
        let _ = duration(&text);
    }
}
