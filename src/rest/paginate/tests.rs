//! Tests each style of pagination on lists that are split into pages as Discord does.

use serde_json::{Value, json};

use super::*;
use crate::model::selection::{Condition, Test};

fn all() -> Plan {
    Plan { all: true, ..Plan::default() }
}

fn one_page() -> Plan {
    Plan::default()
}

fn limit(limit: u64) -> Plan {
    Plan { limit: Some(limit), ..Plan::default() }
}

const MESSAGES: Paging = Paging {
    walk: Walk::Before,
    before: true,
    after: true,
    around: true,
    cursor: "id",
    default: 50,
    least: 1,
    max: 100,
    has_more: false,
    only_with: None,
};
const AUDIT_LOG: Paging = Paging { around: false, ..MESSAGES };
const BANS: Paging =
    Paging { walk: Walk::After, around: false, cursor: "user.id", default: 1000, max: 1000, ..MESSAGES };
const MEMBERS: Paging = Paging { before: false, default: 1, ..BANS };
const REACTIONS: Paging = Paging { cursor: "id", default: 25, max: 100, ..MEMBERS };
const THREAD_MEMBERS: Paging =
    Paging { cursor: "user_id", default: 100, max: 100, only_with: Some("with_member"), ..MEMBERS };
const JOINED: Paging = Paging { after: false, around: false, least: 2, has_more: true, ..MESSAGES };
const ARCHIVED: Paging = Paging { cursor: "thread_metadata.archive_timestamp", ..JOINED };
const PINS: Paging = Paging { cursor: "pinned_at", max: 50, least: 1, ..JOINED };
const SEARCH: Paging =
    Paging { walk: Walk::Offset, before: false, after: false, around: false, default: 25, max: 25, ..MESSAGES };

/// How the simulated Discord orders the items of a page.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    NewestFirst,
    Ascending,
    /// Newest first, but ascending with `after`.
    ByCursor,
}

/// An item with the number as its cursor.
fn item(paging: &Paging, n: u64) -> Value {
    let time = |n: u64| Timestamp::from_second(1_700_000_000 + i64::try_from(n).unwrap()).unwrap().to_string();
    match paging.cursor {
        "user.id" => json!({"user": {"id": n.to_string()}}),
        "user_id" => json!({"id": "77", "user_id": n.to_string()}),
        "pinned_at" => json!({"pinned_at": time(n), "message": {"id": n.to_string()}}),
        "thread_metadata.archive_timestamp" => {
            json!({"id": n.to_string(), "thread_metadata": {"archive_timestamp": time(n)}})
        }
        _ => json!({"id": n.to_string(), "n": 1.50}),
    }
}

/// The number of an item. The inverse of [`item`].
fn number(value: &RawValue) -> u64 {
    let path = ["user.id", "user_id", "message.id", "id"];
    path.iter().find_map(|p| items::text(value, p)).unwrap().parse().unwrap()
}

fn place(paging: &Paging, text: &str) -> u64 {
    match text.parse::<u64>() {
        Ok(id) => id,
        Err(_) => {
            assert!(matches!(paging.cursor, "pinned_at" | "thread_metadata.archive_timestamp"), "{text}");
            u64::try_from(text.parse::<Timestamp>().unwrap().as_second() - 1_700_000_000).unwrap()
        }
    }
}

/// Responds to a query on the items `1..=count` as Discord does.
fn serve(paging: &Paging, order: Order, count: u64, query: &[(String, String)]) -> (Vec<Value>, Counts) {
    let get = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let size: u64 = get("limit").map_or(paging.default.into(), |l| l.parse().unwrap());
    assert!((paging.least.into()..=paging.max.into()).contains(&size), "page size {size}");
    let all = 1..=count;
    let (page, more): (Vec<u64>, bool) = if paging.walk == Walk::Offset {
        let offset = get("offset").map_or(0, |o| o.parse().unwrap());
        assert!(offset <= LAST_OFFSET, "offset {offset}");
        let page = all.rev().skip(usize::try_from(offset).unwrap()).take(usize::try_from(size).unwrap()).collect();
        (page, offset + size < count)
    } else if let Some(before) = get("before") {
        let end = place(paging, before).min(count + 1);
        let start = end.saturating_sub(size).max(1);
        ((start..end).rev().collect(), start > 1)
    } else if let Some(after) = get("after").or((paging.walk == Walk::After).then_some("0")) {
        let start = place(paging, after) + 1;
        let end = (start + size - 1).min(count);
        ((start..=end).rev().collect(), end < count)
    } else {
        let start = (count + 1).saturating_sub(size).max(1);
        ((start..=count).rev().collect(), start > 1)
    };
    let ascending = order == Order::Ascending || (order == Order::ByCursor && get("after").is_some());
    let page: Vec<u64> = if ascending { page.into_iter().rev().collect() } else { page };
    let counts = Counts {
        has_more: paging.has_more.then_some(more),
        total: (paging.walk == Walk::Offset && !paging.has_more).then_some(count),
    };
    (page.into_iter().map(|n| item(paging, n)).collect(), counts)
}

struct Read {
    numbers: Vec<u64>,
    queries: Vec<String>,
    more: bool,
    cut_off: bool,
}

fn read(paging: Paging, order: Order, count: u64, query: &[(&str, &str)], plan: Plan) -> Read {
    let mut own: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let mut walker = Walker::new(&mut own, Some(paging), plan);
    let mut out = Read { numbers: Vec::new(), queries: Vec::new(), more: false, cut_off: false };
    while let Some(extra) = walker.query() {
        let query: Vec<_> = own.iter().cloned().chain(extra).collect();
        out.queries.push(query.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&"));
        assert!(out.queries.len() < 1000, "no end");
        let (values, counts) = serve(&paging, order, count, &query);
        let body = serde_json::to_vec(&values).unwrap();
        let page = items::items(&body, None).unwrap();
        let kept = walker.page(&page, counts).unwrap();
        out.numbers.extend(kept.iter().map(|at| number(page[*at])));
    }
    (out.more, out.cut_off) = (walker.more, walker.cut_off);
    out
}

fn up(from: u64, to: u64) -> Vec<u64> {
    (from..=to).collect()
}

fn down(from: u64, to: u64) -> Vec<u64> {
    (to..=from).rev().collect()
}

#[test]
fn every_style_returns_each_item_once_in_order() {
    use Order::{Ascending, ByCursor, NewestFirst};
    for (name, paging, order, query, expected) in [
        ("messages", MESSAGES, NewestFirst, &[][..], down(250, 1)),
        ("messages before", MESSAGES, NewestFirst, &[("before", "101")], down(100, 1)),
        ("messages after", MESSAGES, NewestFirst, &[("after", "50")], up(51, 250)),
        ("messages between", MESSAGES, NewestFirst, &[("after", "20"), ("before", "230")], up(21, 229)),
        ("audit log", AUDIT_LOG, ByCursor, &[], down(250, 1)),
        ("audit log after", AUDIT_LOG, ByCursor, &[("after", "0")], up(1, 250)),
        ("audit log between", AUDIT_LOG, ByCursor, &[("after", "9"), ("before", "200")], up(10, 199)),
        ("bans", Paging { max: 100, default: 100, ..BANS }, Ascending, &[], up(1, 250)),
        ("bans after", Paging { max: 100, ..BANS }, Ascending, &[("after", "7")], up(8, 250)),
        ("members", Paging { max: 100, ..MEMBERS }, Ascending, &[], up(1, 250)),
        ("reactions", REACTIONS, Ascending, &[], up(1, 250)),
        ("thread members", THREAD_MEMBERS, Ascending, &[("with_member", "true")], up(1, 250)),
        ("joined archived threads", JOINED, NewestFirst, &[], down(250, 1)),
        ("archived threads", ARCHIVED, NewestFirst, &[], down(250, 1)),
        ("archived threads before", ARCHIVED, NewestFirst, &[("before", "2023-11-14T22:13:30Z")], down(9, 1)),
        ("pins", PINS, NewestFirst, &[], down(250, 1)),
        ("search", SEARCH, NewestFirst, &[], down(250, 1)),
        ("search from", SEARCH, NewestFirst, &[("offset", "100")], down(150, 1)),
        ("thread search", Paging { has_more: true, ..SEARCH }, NewestFirst, &[], down(250, 1)),
    ] {
        let all = read(paging, order, 250, query, all());
        assert_eq!(all.numbers, expected, "{name}");
        assert!(!all.more, "{name}");
        // With a limit: the first items in the same order, whatever the page size.
        for size in ["2", "7", "25"] {
            let query: Vec<_> = query.iter().copied().chain([("limit", size)]).collect();
            for count in [1, 2, 30, 100] {
                let part = read(paging, order, 250, &query, limit(count));
                let end = expected.len().min(usize::try_from(count).unwrap());
                assert_eq!(part.numbers, expected[..end], "{name}, {count} by {size}");
            }
        }
    }
}

#[test]
fn bans_before_an_id_are_read_in_descending_pages() {
    // Discord sends each page in ascending order, but the pages descend.
    let paging = Paging { max: 100, ..BANS };
    let all = read(paging, Order::Ascending, 250, &[("before", "201")], all());
    assert_eq!(all.numbers, [up(101, 200), up(1, 100)].concat());
}

#[test]
fn a_single_page_has_a_default_size_and_reports_more_items() {
    for (paging, count, query, queries, items, more) in [
        (MESSAGES, 51, &[][..], "", 50, true),
        (MESSAGES, 49, &[], "", 49, false),
        (MESSAGES, 51, &[("limit", "20")], "limit=20", 20, true),
        (MEMBERS, 150, &[], "limit=100", 100, true),
        (PINS, 50, &[], "", 50, false),
        (PINS, 51, &[], "", 50, true),
        (SEARCH, 26, &[], "", 25, true),
        (SEARCH, 25, &[], "", 25, false),
    ] {
        let order = if paging.walk == Walk::After { Order::Ascending } else { Order::NewestFirst };
        let page = read(paging, order, count, query, one_page());
        let got = (page.queries.as_slice(), page.numbers.len(), page.more);
        assert_eq!(got, (&[queries.to_owned()][..], items, more), "{paging:?} of {count}");
    }
}

#[test]
fn no_more_items_are_requested_than_are_needed() {
    let part = read(MESSAGES, Order::NewestFirst, 500, &[], limit(130));
    assert_eq!(part.queries, ["limit=100", "before=401&limit=30"]);
    assert!(part.more);
    let part = read(JOINED, Order::NewestFirst, 500, &[], limit(1));
    assert_eq!((part.queries.as_slice(), part.numbers), (&["limit=2".to_owned()][..], vec![500]));
    assert!(part.more);
}

#[test]
fn around_reads_one_page_and_invalid_cursors_are_sent_to_discord() {
    for (query, sent) in [
        (&[("around", "5")][..], "around=5&limit=10"),
        (&[("before", "soon")], "before=soon&limit=10"),
        (&[("after", "-1")], "after=-1&limit=10"),
    ] {
        let mut own: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut walker = Walker::new(&mut own, Some(MESSAGES), limit(10));
        let asked = walker.query().unwrap();
        assert_eq!(asked.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&"), sent);
        let body = serde_json::to_vec(&(1..=10).map(|n| item(&MESSAGES, n)).collect::<Vec<_>>()).unwrap();
        walker.page(&items::items(&body, None).unwrap(), Counts::default()).unwrap();
        assert!(walker.query().is_none());
    }
}

#[test]
fn a_list_without_pagination_is_one_page() {
    for (paging, query) in [(None, &[("limit", "5")][..]), (Some(THREAD_MEMBERS), &[("after", "3")])] {
        let mut own: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let before = own.clone();
        let mut walker = Walker::new(&mut own, paging, limit(2));
        assert_eq!((walker.query(), &own), (Some(Vec::new()), &before));
        let body = serde_json::to_vec(&json!([{"id": "1"}, {"id": "2"}, {"id": "3"}])).unwrap();
        assert_eq!(walker.page(&items::items(&body, None).unwrap(), Counts::default()).unwrap(), [0, 1]);
        assert!(walker.query().is_none() && walker.more);
    }
}

#[test]
fn a_search_ends_at_the_last_offset_and_reports_more_items() {
    let all = read(SEARCH, Order::NewestFirst, 20_000, &[("offset", "9900")], all());
    assert_eq!(
        all.queries,
        ["offset=9900&limit=25", "offset=9925&limit=25", "offset=9950&limit=25", "offset=9975&limit=25"]
    );
    assert!(all.more);
}

/// Passes full pages of these ids to a walker.
fn feed(paging: Paging, query: &[(&str, &str)], pages: &[&[u64]]) -> Vec<Result<Vec<u64>, Stuck>> {
    let mut own: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let mut walker = Walker::new(&mut own, Some(paging), all());
    let mut out = Vec::new();
    for page in pages {
        assert!(walker.query().is_some());
        let values: Vec<_> = page.iter().map(|n| json!({"id": n.to_string()})).collect();
        let body = serde_json::to_vec(&values).unwrap();
        let read = items::items(&body, None).unwrap();
        out.push(walker.page(&read, Counts::default()).map(|kept| kept.iter().map(|at| page[*at]).collect()));
    }
    out
}

#[test]
fn an_item_on_two_pages_is_returned_once() {
    let paging = Paging { max: 3, ..MESSAGES };
    assert_eq!(feed(paging, &[], &[&[9, 8, 7], &[7, 6, 5], &[4]]), [Ok(vec![9, 8, 7]), Ok(vec![6, 5]), Ok(vec![4])]);
}

#[test]
fn pages_that_do_not_advance_are_an_error() {
    let paging = Paging { max: 3, ..MESSAGES };
    let again: &[u64] = &[9, 8, 7];
    assert_eq!(feed(paging, &[], &[again, again])[1], Err(Stuck::NotAdvancing));
    assert_eq!(feed(paging, &[("after", "5")], &[again, again])[1], Err(Stuck::NotAdvancing));
    let blind = Paging { max: 3, cursor: "user.id", ..MESSAGES };
    assert_eq!(feed(blind, &[], &[again]), [Err(Stuck::NoCursor)]);
}

#[test]
fn ids_are_compared_as_numbers() {
    let paging = Paging { max: 3, ..MESSAGES };
    let pages: &[&[u64]] = &[&[10_000_000_000_000_000_001, 9_007_199_254_740_993, 999], &[99, 9]];
    assert_eq!(
        feed(paging, &[("after", "0")], &pages[..1]),
        [Ok(vec![999, 9_007_199_254_740_993, 10_000_000_000_000_000_001])]
    );
    assert_eq!(feed(paging, &[], pages)[1], Ok(vec![99, 9]));
}

#[test]
fn a_search_that_ends_where_discord_serves_no_more_is_cut_off() {
    for (count, plan, query, cut_off) in [
        (12_000, all(), &[][..], true),
        (12_000, limit(11_000), &[], true),
        (12_000, limit(10_000), &[], false),
        (12_000, one_page(), &[], false),
        (12_000, one_page(), &[("offset", "9975")], true),
        (10_000, all(), &[], false),
        (9_990, all(), &[], false),
    ] {
        let found = read(SEARCH, Order::NewestFirst, count, query, plan.clone());
        assert_eq!(found.cut_off, cut_off, "{count} {plan:?} {query:?}");
    }
}

#[test]
fn a_filter_reads_pages_until_enough_items_match() {
    let at = |n: i64| Timestamp::from_second(1_700_000_000 + n).unwrap();
    let tests = [Test::From(at(10)), Test::Before(at(90))];
    let selection: Selection = tests.into_iter().map(|test| Condition { field: "pinned_at", test }).collect();
    let plan = |limit| Plan { limit, all: limit.is_none(), selection: selection.clone() };
    let found = read(PINS, Order::NewestFirst, 200, &[], plan(None));
    assert_eq!((found.numbers, found.queries.len()), (down(89, 10), 4));
    let found = read(PINS, Order::NewestFirst, 200, &[], plan(Some(40)));
    assert_eq!((found.numbers, found.queries.len()), (down(89, 50), 4));
}
