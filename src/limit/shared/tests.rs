//! Processes are imitated by limiters of their own over one folder; one that is dropped is as good
//! as killed, for nothing it held is given back.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::limit::records;
use crate::limit::{Answer, Class, Limited, Quota, Refusal, Scope, Why};

struct Process {
    limits: Shared,
    warnings: Arc<AtomicU32>,
}

fn process(folder: &Path, token: Option<&str>) -> Process {
    let warnings = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&warnings);
    let warn = move |_: &store::Error| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let scopes = Scopes::new("https://discord.com/api/v10", "https://discord.com", token);
    let ledger = Arc::new(Ledger::open(folder).unwrap());
    Process { limits: Shared::new(ledger, scopes, Box::new(warn)), warnings }
}

fn key(pool: Pool) -> Key {
    Key { route: "POST /a".to_owned(), major: "1".to_owned(), class: Class::Plain, pool }
}

fn ok(limit: u32, remaining: u32) -> Outcome {
    let quota = Some(Quota { limit, remaining, reset_after: Duration::from_secs(600) });
    Outcome::Answer(Answer { status: 200, bucket: Some("hash".to_owned()), quota, ..Answer::default() })
}

impl Process {
    fn enter(&self) -> Ticket {
        self.limits.enter(&key(Pool::Token))
    }

    /// Enters and asks, and must be let go.
    fn go(&self) -> Ticket {
        let ticket = self.enter();
        assert_eq!(self.limits.poll(ticket), Verdict::Go);
        ticket
    }

    /// A whole request.
    fn run(&self, outcome: Outcome) {
        let ticket = self.go();
        self.limits.finish(ticket, outcome);
    }

    fn waits(&self, ticket: Ticket) -> bool {
        matches!(self.limits.poll(ticket), Verdict::Wait { why: Why::Bucket, .. })
    }
}

#[test]
fn what_one_process_learns_another_knows() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    one.run(ok(5, 2));
    two.go();
    two.go();
    let third = two.enter();
    assert!(two.waits(third));
    assert!(matches!(two.limits.poll(third), Verdict::Wait { length: Some(_), .. }));
}

#[test]
fn slots_go_in_the_order_of_arrival_over_all_processes() {
    let folder = tempfile::tempdir().unwrap();
    let all = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = all[0].go();
    let second = all[1].enter();
    assert!(all[1].waits(second));
    let third = all[2].enter();
    assert!(all[2].waits(third));
    all[0].limits.finish(first, ok(1, 1));
    assert!(all[2].waits(third), "the second came first");
    assert_eq!(all[1].limits.poll(second), Verdict::Go);
    all[1].limits.finish(second, Outcome::NotSent);
    assert_eq!(all[2].limits.poll(third), Verdict::Go);
}

#[test]
fn what_a_dead_process_was_let_go_with_counts_as_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (dies, lives) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    lives.run(ok(5, 1));
    dies.go();
    drop(dies);
    assert!(lives.waits(lives.enter()));
}

#[test]
fn a_dead_process_that_waited_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let [holds, dies, lives] = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = holds.go();
    assert!(dies.waits(dies.enter()));
    drop(dies);
    holds.limits.finish(first, ok(1, 1));
    lives.ledger_forgets_when_it_looked();
    lives.go();
}

impl Process {
    fn ledger_forgets_when_it_looked(&self) {
        let scope = &self.limits.scopes.token;
        let forget = |transaction: &store::Transaction<'_>| {
            let mut common: serde_json::Value =
                transaction.get(scope, records::kind::COMMON, "")?.expect("there is one after the first request");
            common["looked"] = serde_json::Value::Null;
            transaction.put(scope, records::kind::COMMON, "", &common)
        };
        self.limits.ledger.write(forget).unwrap();
    }
}

#[test]
fn a_dead_token_is_dead_in_every_process_and_no_other_token_is() {
    let folder = tempfile::tempdir().unwrap();
    process(folder.path(), Some("t")).limits.died();
    let same = process(folder.path(), Some("t"));
    let refused = same.limits.poll(same.enter());
    assert!(matches!(refused, Verdict::Refuse(Refusal::DeadToken { .. })), "{refused:?}");
    let without = same.limits.enter(&key(Pool::Address));
    assert_eq!(same.limits.poll(without), Verdict::Go);
    process(folder.path(), Some("other")).go();
}

#[test]
fn a_block_of_the_address_holds_whatever_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let one = process(folder.path(), Some("t"));
    let limited = Some(Limited { retry_after: Duration::from_secs(60), scope: Scope::Cloudflare });
    one.run(Outcome::Answer(Answer { status: 429, limited, ..Answer::default() }));
    for (token, pool) in [(Some("other"), Pool::Token), (None, Pool::Address)] {
        let two = process(folder.path(), token);
        let verdict = two.limits.poll(two.limits.enter(&key(pool)));
        assert!(matches!(verdict, Verdict::Wait { why: Why::Blocked, .. }), "{verdict:?}");
    }
}

#[test]
fn requests_without_a_token_share_their_buckets_whoever_sends_them() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), None));
    let first = one.limits.enter(&key(Pool::Address));
    assert_eq!(one.limits.poll(first), Verdict::Go);
    let second = two.limits.enter(&key(Pool::Address));
    assert!(two.waits(second));
}

#[test]
fn no_token_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    process(folder.path(), Some("Bot secret-token")).run(ok(5, 4));
    for file in ["limits.db", "limits.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("secret-token"), "{file}");
    }
}

#[test]
fn a_file_that_fails_leaves_this_process_its_own_limits_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let process = process(folder.path(), Some("t"));
    let before = process.go();
    let other = rusqlite::Connection::open(folder.path().join("limits.db")).unwrap();
    other.execute_batch("DROP TABLE record").unwrap();
    process.limits.finish(before, ok(5, 1));
    let first = process.go();
    let second = process.enter();
    assert!(process.waits(second), "this process's own requests still wait for each other");
    process.limits.finish(first, ok(5, 1));
    assert_eq!(process.limits.poll(second), Verdict::Go);
    assert_eq!(process.warnings.load(Ordering::Relaxed), 1);
}

#[test]
fn who_cleared_the_limits_cleared_the_tickets_too_and_those_enter_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    one.go();
    let ticket = two.enter();
    assert!(two.waits(ticket));
    let forget = |transaction: &store::Transaction<'_>| transaction.clear(records::kind::TICKET);
    two.limits.ledger.write(forget).unwrap();
    assert_eq!(two.limits.poll(ticket), Verdict::Go);
    assert!(one.waits(one.enter()), "the second's request is known again");
}

#[tokio::test]
async fn a_waiting_process_hears_of_anothers_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    let first = one.go();
    let second = two.enter();
    let changed = two.limits.changed(second);
    assert!(two.waits(second));
    one.limits.finish(first, ok(5, 4));
    changed.await;
    assert_eq!(two.limits.poll(second), Verdict::Go);
}

#[test]
fn a_report_counts_the_living_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [sender, one, two, reader] = [(); 4].map(|()| process(folder.path(), Some("t")));
    sender.run(ok(2, 1));
    sender.go();
    for process in [&one, &two] {
        let ticket = process.enter();
        assert!(process.waits(ticket));
    }
    let report = || {
        let ledger = &reader.limits.ledger;
        let lines = ledger.write(|transaction| crate::limit::report(transaction, ledger.seat())).unwrap();
        let bucket = lines.into_iter().find(|line| line.kind == crate::limit::Kind::Bucket).unwrap();
        (bucket.remaining.unwrap(), bucket.waiting)
    };
    let tickets = || {
        let ledger = &reader.limits.ledger;
        ledger.write(|transaction| transaction.list(&reader.limits.scopes.token, records::kind::TICKET)).unwrap().len()
    };
    assert_eq!((report(), tickets()), ((0, 2), 3));
    drop(two);
    assert_eq!((report(), tickets()), ((0, 1), 2));
    // What was sent may have been counted by Discord, whoever lives.
    drop(sender);
    assert_eq!((report(), tickets()), ((0, 1), 1));
    drop(one);
    assert_eq!((report(), tickets()), ((0, 0), 0));
}
