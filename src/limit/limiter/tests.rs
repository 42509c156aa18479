//! Limiters over one folder stand for processes. A limiter that is dropped while it has tickets stands for a process that was killed.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::limit::records;
use crate::limit::{Answer, Class, Limited, Quota, Refusal, Scope, Why};
use crate::model::Clock;
use crate::store::Transaction;

struct Process {
    limits: Arc<Limiter>,
    warnings: Arc<AtomicU32>,
}

fn process(folder: &Path, token: Option<&str>) -> Process {
    let warnings = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&warnings);
    let on_failure = move |_: &Error| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let scopes = Scopes::new("https://discord.com/api/v10", "https://discord.com", token);
    let ledger = Ledger::open(folder, Clock::system()).unwrap().or_in_memory(Box::new(on_failure));
    Process { limits: Arc::new(Limiter::new(Arc::new(ledger), scopes)), warnings }
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
        self.limits.enter(key(Pool::Token))
    }

    /// Enters and asks, and must be let go.
    fn go(&self) -> Ticket {
        let ticket = self.enter();
        assert_eq!(ticket.poll(), Verdict::Go);
        ticket
    }

    /// A whole request.
    fn run(&self, outcome: Outcome) {
        self.go().finish(&outcome);
    }

    /// The process is killed: it leaves its tickets in the ledger.
    fn kill(self, tickets: impl IntoIterator<Item = Ticket>) {
        for ticket in tickets {
            ticket.state().entered = None;
        }
        assert_eq!(Arc::strong_count(&self.limits), 1, "its lease ends");
    }
}

fn waits(ticket: &Ticket) -> bool {
    matches!(ticket.poll(), Verdict::Wait { why: Why::Bucket, .. })
}

#[test]
fn what_one_process_learns_another_knows() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    one.run(ok(5, 2));
    let _in_flight = (two.go(), two.go());
    let third = two.enter();
    assert!(waits(&third));
    assert!(matches!(third.poll(), Verdict::Wait { length: Some(_), .. }));
}

#[test]
fn slots_go_in_the_order_of_arrival_over_all_processes() {
    let folder = tempfile::tempdir().unwrap();
    let all = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = all[0].go();
    let second = all[1].enter();
    assert!(waits(&second));
    let third = all[2].enter();
    assert!(waits(&third));
    first.finish(&ok(1, 1));
    assert!(waits(&third), "the second came first");
    assert_eq!(second.poll(), Verdict::Go);
    second.finish(&Outcome::NotSent);
    assert_eq!(third.poll(), Verdict::Go);
}

#[test]
fn a_request_in_flight_of_a_process_that_died_counts_as_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (dies, lives) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    lives.run(ok(5, 1));
    let in_flight = dies.go();
    dies.kill([in_flight]);
    assert!(waits(&lives.enter()));
}

#[test]
fn a_process_that_died_while_it_waited_keeps_no_other_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let [holds, dies, lives] = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = holds.go();
    let waiting = dies.enter();
    assert!(waits(&waiting));
    dies.kill([waiting]);
    first.finish(&ok(1, 1));
    lives.ledger_forgets_when_it_looked();
    lives.go();
}

impl Process {
    fn ledger_forgets_when_it_looked(&self) {
        let scope = &self.limits.scopes.token;
        let forget = |transaction: &Transaction<'_>| {
            let common: Option<records::Common> = transaction.get(scope, records::kind::COMMON, "")?;
            let mut common = common.expect("there is one after the first request");
            common.looked = None;
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
    let refused = same.enter().poll();
    assert!(matches!(refused, Verdict::Refuse(Refusal::DeadToken { .. })), "{refused:?}");
    assert_eq!(same.limits.enter(key(Pool::Address)).poll(), Verdict::Go);
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
        let verdict = two.limits.enter(key(pool)).poll();
        assert!(matches!(verdict, Verdict::Wait { why: Why::Blocked, .. }), "{verdict:?}");
    }
}

#[test]
fn requests_without_a_token_share_their_buckets_between_processes_with_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), None));
    let first = one.limits.enter(key(Pool::Address));
    assert_eq!(first.poll(), Verdict::Go);
    assert!(waits(&two.limits.enter(key(Pool::Address))));
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
    before.finish(&ok(5, 1));
    let first = process.go();
    let second = process.enter();
    assert!(waits(&second), "this process's own requests still wait for each other");
    first.finish(&ok(5, 1));
    assert_eq!(second.poll(), Verdict::Go);
    assert_eq!(process.warnings.load(Ordering::Relaxed), 1);
}

#[test]
fn clearing_the_limits_clears_the_tickets_and_those_enter_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    let _in_flight = one.go();
    let ticket = two.enter();
    assert!(waits(&ticket));
    let forget = |transaction: &Transaction<'_>| transaction.clear(records::kind::TICKET);
    two.limits.ledger.write(forget).unwrap();
    assert_eq!(ticket.poll(), Verdict::Go);
    assert!(waits(&one.enter()), "the second's request is known again");
}

#[tokio::test]
async fn a_waiting_process_hears_of_anothers_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    let first = one.go();
    let second = two.enter();
    let changed = second.changed();
    assert!(waits(&second));
    first.finish(&ok(5, 4));
    changed.await;
    assert_eq!(second.poll(), Verdict::Go);
}

#[test]
fn a_report_counts_the_tickets_of_living_processes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [sender, one, two, reader] = [(); 4].map(|()| process(folder.path(), Some("t")));
    sender.run(ok(2, 1));
    let in_flight = sender.go();
    let [first, second] = [one.enter(), two.enter()];
    assert!(waits(&first) && waits(&second));
    let report = || {
        let ledger = &reader.limits.ledger;
        let lines = ledger.write(crate::limit::report).unwrap();
        let bucket = lines.into_iter().find(|line| line.kind == crate::limit::Kind::Bucket).unwrap();
        (bucket.remaining.unwrap(), bucket.waiting)
    };
    let tickets = || {
        let ledger = &reader.limits.ledger;
        ledger.write(|transaction| transaction.list(&reader.limits.scopes.token, records::kind::TICKET)).unwrap().len()
    };
    assert_eq!((report(), tickets()), ((0, 2), 3));
    two.kill([second]);
    assert_eq!((report(), tickets()), ((0, 1), 2));
    // Discord may have counted the request that was in flight.
    sender.kill([in_flight]);
    assert_eq!((report(), tickets()), ((0, 1), 1));
    one.kill([first]);
    assert_eq!((report(), tickets()), ((0, 0), 0));
}
