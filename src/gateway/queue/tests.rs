//! Several queues on one ledger simulate several processes.

use super::*;
use crate::model::Clock;

const BUDGET: Budget = Budget { total: 1000, remaining: 12, resets_in: Duration::from_secs(60), reserve: 10 };

fn alone(max_concurrency: u32, budget: Option<Budget>) -> IdentifyQueue {
    let ledger = Arc::new(Ledger::in_memory(Clock::tokio()));
    IdentifyQueue::new(ledger, "scope".to_owned(), max_concurrency, budget)
}

/// After how many seconds each shard gets its slot, if all shards request one at once and in order.
async fn slots(queue: IdentifyQueue, shards: std::ops::Range<u32>) -> Vec<(u32, u64)> {
    let queue = Arc::new(queue);
    let start = tokio::time::Instant::now();
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    for shard in shards {
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        tokio::spawn(async move {
            drop(queue.slot(shard).await.unwrap());
            sender.send((shard, start.elapsed().as_secs())).unwrap();
        });
    }
    drop(sender);
    let mut all = Vec::new();
    while let Some(slot) = receiver.recv().await {
        all.push(slot);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_key_has_one_slot_per_five_seconds_in_the_order_of_requests() {
    assert_eq!(slots(alone(1, None), 0..4).await, [(0, 0), (1, 5), (2, 10), (3, 15)]);
}

#[tokio::test(start_paused = true)]
async fn shards_with_different_keys_do_not_wait_for_each_other() {
    assert_eq!(slots(alone(2, None), 0..6).await, [(0, 0), (1, 0), (2, 5), (3, 5), (4, 10), (5, 10)]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wait_takes_no_slot() {
    let queue = alone(1, None);
    let start = tokio::time::Instant::now();
    drop(queue.slot(0).await.unwrap());
    let short = Duration::from_secs(1);
    assert!(tokio::time::timeout(short, queue.slot(1)).await.is_err());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_period_begins_with_the_answer_to_the_previous_identify() {
    let queue = alone(1, None);
    let start = tokio::time::Instant::now();
    let first = queue.slot(0).await.unwrap();
    let answered = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(queue.slot(1), answered);
    assert_eq!(start.elapsed().as_secs(), 3 + 5);
    // An IDENTIFY that is never answered delays the others only until the time-out.
    std::mem::forget(second.unwrap());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 8 + 10 + 5);
}

/// Two processes on one machine, whose clock the test controls.
struct TwoProcesses {
    clock: Clock,
    one: IdentifyQueue,
    two: IdentifyQueue,
    _folder: tempfile::TempDir,
}

fn two() -> TwoProcesses {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual();
    let [one, two] = [(); 2].map(|()| {
        let ledger = Arc::new(Ledger::open(folder.path(), clock.clone()).unwrap());
        IdentifyQueue::new(ledger, "scope".to_owned(), 2, Some(Budget { remaining: 1000, ..BUDGET }))
    });
    TwoProcesses { clock, one, two, _folder: folder }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn wait(queue: &IdentifyQueue, key: &str) -> Duration {
    queue.take(key).unwrap().unwrap().1
}

/// Begins an IDENTIFY. The error is the time until the next try.
fn begin(queue: &IdentifyQueue) -> Result<Deadline, Duration> {
    match queue.begin("0").unwrap().unwrap() {
        IdentifyStart::Now(begun) => Ok(begun),
        IdentifyStart::Later(length) => Err(length),
    }
}

#[test]
fn processes_take_consecutive_slots_of_a_key() {
    let TwoProcesses { clock, one, two, .. } = two();
    let mut waits = Vec::new();
    for queue in [&one, &two, &one] {
        waits.push(wait(queue, "0"));
        clock.pass(ms(100));
    }
    assert_eq!(waits, [Duration::ZERO, PERIOD - ms(100), PERIOD * 2 - ms(200)]);
    assert_eq!(wait(&two, "1"), Duration::ZERO);
    clock.pass(Duration::from_secs(60));
    assert_eq!(wait(&two, "0"), Duration::ZERO);
}

#[test]
fn setting_the_clock_does_not_change_a_wait() {
    for set_ms in [-3_600_000, 3_600_000] {
        let TwoProcesses { clock, one, two, .. } = two();
        assert_eq!(wait(&one, "0"), Duration::ZERO);
        let begun = begin(&one).unwrap();
        one.answered("0", begun).unwrap();
        clock.set(set_ms);
        assert_eq!(wait(&two, "0"), PERIOD, "{set_ms}");
        assert_eq!(begin(&two), Err(PERIOD), "{set_ms}");
        clock.pass(PERIOD);
        assert!(begin(&two).is_ok(), "{set_ms}");
    }
}

#[test]
fn after_a_reboot_with_the_clock_set_back_no_wait_exceeds_the_period() {
    let TwoProcesses { clock, one, two, .. } = two();
    wait(&one, "0");
    begin(&one).unwrap();
    clock.set(-3_600_000);
    clock.reboot(Duration::from_secs(1));
    assert!(wait(&two, "0") <= PERIOD);
    clock.pass(ANSWER_TIMEOUT + PERIOD);
    assert!(begin(&two).is_ok());
}

#[test]
fn an_identify_waits_for_the_period_after_the_answer_to_the_previous_one() {
    let TwoProcesses { clock, one, two, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let begun = begin(&one).unwrap();
    clock.pass(wait(&two, "0") + ms(1));
    let later = || begin(&two).map(|_| ());
    assert_eq!(later(), Err(ms(100)), "the previous IDENTIFY has no answer yet");
    one.answered("0", begun).unwrap();
    clock.pass(ms(100));
    assert_eq!(later(), Err(PERIOD - ms(100)));
    clock.pass(PERIOD - ms(100));
    assert_eq!(later(), Ok(()));
    one.answered("0", begun).unwrap();
    clock.pass(ms(1));
    assert_eq!(later(), Err(ms(100)), "the answer belongs to an earlier IDENTIFY");
    // A process that has died records no response.
    clock.pass(PERIOD + ANSWER_TIMEOUT);
    assert_eq!(later(), Ok(()));
}

#[test]
fn a_slot_that_is_taken_after_a_late_answer_has_the_right_wait_at_once() {
    let TwoProcesses { clock, one, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let begun = begin(&one).unwrap();
    clock.pass(ms(4000));
    one.answered("0", begun).unwrap();
    clock.pass(ms(1000));
    assert_eq!(wait(&one, "0"), PERIOD - ms(1000));
}

#[test]
fn a_returned_slot_goes_to_the_next_request() {
    let TwoProcesses { one, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let (until, left) = one.take("0").unwrap().unwrap();
    assert_eq!(left, PERIOD);
    one.give_back("0", until).unwrap();
    assert_eq!(wait(&one, "0"), PERIOD);
}

#[test]
fn no_process_uses_the_reserve_of_the_identify_limit() {
    let TwoProcesses { clock, one, two, .. } = two();
    let record = |starts: SessionStarts| one.ledger.write(|t| starts.save(t, "scope")).unwrap();
    let reported =
        || record(SessionStarts::new(1000, 12, BUDGET.resets_in, one.ledger.write(|t| Ok(t.now())).unwrap()));
    let left = || one.ledger.write(|t| SessionStarts::load(t, "scope")).unwrap().unwrap().remaining;
    reported();
    for (queue, key) in [(&one, "0"), (&two, "1"), (&two, "2")] {
        wait(queue, key);
    }
    assert_eq!(left(), 12, "waiting uses no IDENTIFY");
    // The numbers that Discord reports meanwhile do not include them either.
    reported();
    one.begin("0").unwrap().unwrap();
    two.begin("1").unwrap().unwrap();
    assert_eq!(left(), 10);
    for spent in [one.take("0").unwrap().unwrap_err(), two.begin("2").unwrap().unwrap_err()] {
        assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
    }
    clock.pass(Duration::from_secs(61));
    assert_eq!(wait(&two, "0"), Duration::ZERO, "the limit was reset");
    assert_eq!(left(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_in_memory_also_enforces_the_period_and_the_reserve() {
    let queue = alone(2, Some(BUDGET));
    let start = tokio::time::Instant::now();
    drop(queue.slot(0).await.unwrap());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 5);
    let spent = queue.slot(1).await.unwrap_err();
    assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
}
