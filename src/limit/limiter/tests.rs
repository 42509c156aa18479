//! Several limiters on one folder simulate several processes. Dropping a limiter that still has tickets simulates the kill of
//! its process.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::limit::records;
use crate::limit::{Answer, Class, Quota, RateLimited, Refusal, Scope, WaitReason};
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

    /// Enters a ticket whose request may be sent at once.
    fn go(&self) -> Ticket {
        let ticket = self.enter();
        assert_eq!(ticket.poll(), Verdict::Go);
        ticket
    }

    /// Runs a request from beginning to end.
    fn run(&self, outcome: Outcome) {
        self.go().finish(&outcome);
    }

    /// Simulates a kill: the tickets stay in the ledger.
    fn kill(self, tickets: impl IntoIterator<Item = Ticket>) {
        for ticket in tickets {
            ticket.state().handle = None;
        }
        assert_eq!(Arc::strong_count(&self.limits), 1, "its lease ends");
    }
}

fn waits(ticket: &Ticket) -> bool {
    matches!(ticket.poll(), Verdict::Wait { reason: WaitReason::Bucket, .. })
}

#[test]
fn processes_share_the_state_of_a_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    one.run(ok(5, 2));
    let _in_flight = (two.go(), two.go());
    let third = two.enter();
    assert!(waits(&third));
    assert!(matches!(third.poll(), Verdict::Wait { length: Some(_), .. }));
}

#[test]
fn slots_are_given_in_the_order_of_arrival_across_processes() {
    let folder = tempfile::tempdir().unwrap();
    let all = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = all[0].go();
    let second = all[1].enter();
    assert!(waits(&second));
    let third = all[2].enter();
    assert!(waits(&third));
    first.finish(&ok(1, 1));
    assert!(waits(&third), "the second request is older");
    assert_eq!(second.poll(), Verdict::Go);
    second.finish(&Outcome::NotSent);
    assert_eq!(third.poll(), Verdict::Go);
}

#[test]
fn a_request_that_was_in_flight_when_its_process_died_counts_as_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (dies, lives) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    lives.run(ok(5, 1));
    let in_flight = dies.go();
    dies.kill([in_flight]);
    assert!(waits(&lives.enter()));
}

#[test]
fn a_process_that_died_while_waiting_does_not_delay_others() {
    let folder = tempfile::tempdir().unwrap();
    let [holds, dies, lives] = [(); 3].map(|()| process(folder.path(), Some("t")));
    let first = holds.go();
    let waiting = dies.enter();
    assert!(waits(&waiting));
    dies.kill([waiting]);
    first.finish(&ok(1, 1));
    lives.reset_last_scan();
    lives.go();
}

impl Process {
    fn reset_last_scan(&self) {
        let scope = &self.limits.scopes.token;
        let forget = |transaction: &Transaction<'_>| {
            let common: Option<records::Common> = transaction.get(scope, records::kind::COMMON, "")?;
            let mut common = common.expect("there is one after the first request");
            common.last_scan = None;
            transaction.put(scope, records::kind::COMMON, "", &common)
        };
        self.limits.ledger.write(forget).unwrap();
    }
}

#[test]
fn every_process_refuses_a_dead_token_and_only_that_token() {
    let folder = tempfile::tempdir().unwrap();
    process(folder.path(), Some("t")).limits.mark_token_dead();
    let same = process(folder.path(), Some("t"));
    let refused = same.enter().poll();
    assert!(matches!(refused, Verdict::Refuse(Refusal::DeadToken { .. })), "{refused:?}");
    assert_eq!(same.limits.enter(key(Pool::Address)).poll(), Verdict::Go);
    process(folder.path(), Some("other")).go();
}

#[test]
fn a_block_of_the_ip_address_applies_to_all_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let one = process(folder.path(), Some("t"));
    let limited = Some(RateLimited { retry_after: Duration::from_secs(60), scope: Scope::Cloudflare });
    one.run(Outcome::Answer(Answer { status: 429, limited, ..Answer::default() }));
    for (token, pool) in [(Some("other"), Pool::Token), (None, Pool::Address)] {
        let two = process(folder.path(), token);
        let verdict = two.limits.enter(key(pool)).poll();
        assert!(matches!(verdict, Verdict::Wait { reason: WaitReason::Blocked, .. }), "{verdict:?}");
    }
}

#[test]
fn requests_without_a_token_share_buckets_with_those_of_a_process_that_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), None));
    let first = one.limits.enter(key(Pool::Address));
    assert_eq!(first.poll(), Verdict::Go);
    assert!(waits(&two.limits.enter(key(Pool::Address))));
}

#[test]
fn the_database_does_not_contain_the_token() {
    let folder = tempfile::tempdir().unwrap();
    process(folder.path(), Some("Bot secret-token")).run(ok(5, 4));
    for file in ["limits.db", "limits.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("secret-token"), "{file}");
    }
}

#[test]
fn a_process_whose_file_fails_warns_once_and_continues_with_its_own_limits() {
    let folder = tempfile::tempdir().unwrap();
    let process = process(folder.path(), Some("t"));
    let before = process.go();
    let other = rusqlite::Connection::open(folder.path().join("limits.db")).unwrap();
    other.execute_batch("DROP TABLE record").unwrap();
    before.finish(&ok(5, 1));
    let first = process.go();
    let second = process.enter();
    assert!(waits(&second), "the process's own requests still wait for each other");
    first.finish(&ok(5, 1));
    assert_eq!(second.poll(), Verdict::Go);
    assert_eq!(process.warnings.load(Ordering::Relaxed), 1);
}

#[test]
fn a_ticket_that_was_cleared_enters_again_at_its_next_poll() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (process(folder.path(), Some("t")), process(folder.path(), Some("t")));
    let _in_flight = one.go();
    let ticket = two.enter();
    assert!(waits(&ticket));
    let forget = |transaction: &Transaction<'_>| transaction.clear(records::kind::TICKET);
    two.limits.ledger.write(forget).unwrap();
    assert_eq!(ticket.poll(), Verdict::Go);
    assert!(waits(&one.enter()), "the second request is in the ledger again");
}

#[tokio::test]
async fn a_waiting_process_is_woken_by_the_answer_to_another_processs_request() {
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
fn a_report_counts_only_the_tickets_of_running_processes() {
    let folder = tempfile::tempdir().unwrap();
    let [sender, one, two, reader] = [(); 4].map(|()| process(folder.path(), Some("t")));
    sender.run(ok(2, 1));
    let in_flight = sender.go();
    let [first, second] = [one.enter(), two.enter()];
    assert!(waits(&first) && waits(&second));
    let report = || {
        let ledger = &reader.limits.ledger;
        let lines = ledger.write(crate::limit::report).unwrap();
        let bucket = lines.into_iter().find(|line| line.kind == crate::limit::LimitKind::Bucket).unwrap();
        (bucket.remaining.unwrap(), bucket.waiting)
    };
    let tickets = || {
        let ledger = &reader.limits.ledger;
        ledger.write(|transaction| transaction.list(&reader.limits.scopes.token, records::kind::TICKET)).unwrap().len()
    };
    assert_eq!((report(), tickets()), ((0, 2), 3));
    two.kill([second]);
    assert_eq!((report(), tickets()), ((0, 1), 2));
    // Discord may have counted the request in flight.
    sender.kill([in_flight]);
    assert_eq!((report(), tickets()), ((0, 1), 1));
    one.kill([first]);
    assert_eq!((report(), tickets()), ((0, 0), 0));
}
