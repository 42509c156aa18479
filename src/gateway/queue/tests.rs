//! Queues over one ledger stand for processes.

use super::*;
use crate::model::Clock;

const BUDGET: Budget = Budget { total: 1000, remaining: 12, resets_in: Duration::from_secs(60), reserve: 10 };

fn alone(max_concurrency: u32, budget: Option<Budget>) -> IdentifyQueue {
    let ledger = Arc::new(Ledger::in_memory(Clock::tokio()));
    IdentifyQueue::new(ledger, "scope".to_owned(), max_concurrency, budget)
}

/// The seconds after which each of the shards gets its slot, all asking at once and in order.
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
async fn one_key_gives_one_slot_in_five_seconds_in_the_order_of_asking() {
    assert_eq!(slots(alone(1, None), 0..4).await, [(0, 0), (1, 5), (2, 10), (3, 15)]);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other() {
    assert_eq!(slots(alone(2, None), 0..6).await, [(0, 0), (1, 0), (2, 5), (3, 5), (4, 10), (5, 10)]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_given_up_takes_no_slot() {
    let queue = alone(1, None);
    let start = tokio::time::Instant::now();
    drop(queue.slot(0).await.unwrap());
    let short = Duration::from_secs(1);
    assert!(tokio::time::timeout(short, queue.slot(1)).await.is_err());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_period_begins_with_the_answer_to_the_identify_before() {
    let queue = alone(1, None);
    let start = tokio::time::Instant::now();
    let first = queue.slot(0).await.unwrap();
    let answered = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(queue.slot(1), answered);
    assert_eq!(start.elapsed().as_secs(), 3 + 5);
    // An identify that is never answered does not hold the others up for ever.
    std::mem::forget(second.unwrap());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 8 + 10 + 5);
}

/// Two processes, and the clocks of their machine.
struct Two {
    clock: Clock,
    one: IdentifyQueue,
    two: IdentifyQueue,
    _folder: tempfile::TempDir,
}

fn two() -> Two {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual();
    let [one, two] = [(); 2].map(|()| {
        let ledger = Arc::new(Ledger::open(folder.path(), clock.clone()).unwrap());
        IdentifyQueue::new(ledger, "scope".to_owned(), 2, Some(Budget { remaining: 1000, ..BUDGET }))
    });
    Two { clock, one, two, _folder: folder }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn wait(queue: &IdentifyQueue, key: &str) -> Duration {
    queue.take(key).unwrap().unwrap().1
}

/// Begins, or gives the time to wait before looking again.
fn begin(queue: &IdentifyQueue) -> Result<Deadline, Duration> {
    match queue.begin("0").unwrap().unwrap() {
        Start::Now(begun) => Ok(begun),
        Start::Later(length) => Err(length),
    }
}

#[test]
fn slots_of_a_key_follow_each_other_over_all_processes() {
    let Two { clock, one, two, .. } = two();
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
fn setting_the_clock_makes_no_wait_longer_or_shorter() {
    for set_ms in [-3_600_000, 3_600_000] {
        let Two { clock, one, two, .. } = two();
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
fn a_machine_that_is_started_anew_with_its_clock_set_back_waits_no_longer_than_the_period() {
    let Two { clock, one, two, .. } = two();
    wait(&one, "0");
    begin(&one).unwrap();
    clock.set(-3_600_000);
    clock.reboot(Duration::from_secs(1));
    assert!(wait(&two, "0") <= PERIOD);
    clock.pass(UNANSWERED + PERIOD);
    assert!(begin(&two).is_ok());
}

#[test]
fn an_identify_waits_for_the_answer_to_the_one_before_and_the_period_from_there() {
    let Two { clock, one, two, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let begun = begin(&one).unwrap();
    clock.pass(wait(&two, "0") + ms(1));
    let later = || begin(&two).map(|_| ());
    assert_eq!(later(), Err(ms(100)), "it has no answer");
    one.answered("0", begun).unwrap();
    clock.pass(ms(100));
    assert_eq!(later(), Err(PERIOD - ms(100)));
    clock.pass(PERIOD - ms(100));
    assert_eq!(later(), Ok(()));
    one.answered("0", begun).unwrap();
    clock.pass(ms(1));
    assert_eq!(later(), Err(ms(100)), "the answer was another's");
    // A process that died reports no answer.
    clock.pass(PERIOD + UNANSWERED);
    assert_eq!(later(), Ok(()));
}

#[test]
fn a_process_that_asks_after_a_late_answer_learns_at_once_how_long_to_wait() {
    let Two { clock, one, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let begun = begin(&one).unwrap();
    clock.pass(ms(4000));
    one.answered("0", begun).unwrap();
    clock.pass(ms(1000));
    assert_eq!(wait(&one, "0"), PERIOD - ms(1000));
}

#[test]
fn a_slot_that_is_given_up_goes_to_the_next() {
    let Two { one, .. } = two();
    assert_eq!(wait(&one, "0"), Duration::ZERO);
    let (until, left) = one.take("0").unwrap().unwrap();
    assert_eq!(left, PERIOD);
    one.give_back("0", until).unwrap();
    assert_eq!(wait(&one, "0"), PERIOD);
}

#[test]
fn the_reserve_of_session_starts_is_never_used_by_any_process() {
    let Two { clock, one, two, .. } = two();
    let record = |starts: Starts| one.ledger.write(|t| starts.save(t, "scope")).unwrap();
    let reported = || record(Starts::new(1000, 12, BUDGET.resets_in, one.ledger.write(|t| Ok(t.now())).unwrap()));
    let left = || one.ledger.write(|t| Starts::load(t, "scope")).unwrap().unwrap().remaining;
    reported();
    for (queue, key) in [(&one, "0"), (&two, "1"), (&two, "2")] {
        wait(queue, key);
    }
    assert_eq!(left(), 12, "a process that only waits has used none");
    // What Discord reports meanwhile does not include them either.
    reported();
    one.begin("0").unwrap().unwrap();
    two.begin("1").unwrap().unwrap();
    assert_eq!(left(), 10);
    for spent in [one.take("0").unwrap().unwrap_err(), two.begin("2").unwrap().unwrap_err()] {
        assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
    }
    clock.pass(Duration::from_secs(61));
    assert_eq!(wait(&two, "0"), Duration::ZERO, "the budget was renewed");
    assert_eq!(left(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_in_memory_paces_identifies_and_holds_to_the_reserve() {
    let queue = alone(2, Some(BUDGET));
    let start = tokio::time::Instant::now();
    drop(queue.slot(0).await.unwrap());
    drop(queue.slot(2).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 5);
    let spent = queue.slot(1).await.unwrap_err();
    assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
}
