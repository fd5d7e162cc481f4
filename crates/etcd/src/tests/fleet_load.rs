//! What a fleet that comes back costs etcd: the questions of new connections, and lists. By the clock of the simulation.
//!
//! etcd works on all questions at once: each has its share of the processors. A count that is given up is worked on to its end all the same, and a
//! page of a list is not. So did etcd 3.4.23 here: of the work of 300 counts, whose senders had gone after 2 s, it did 95 %; of that of 60
//! pages, whose senders had gone after 4 s, it did 28 %. A follower that has given up waits as it does, and tries again: a list from its
//! beginning.

use super::state::pages;
use crate::backoff::{Backoff, Chance};
use crate::state::State;
use crate::wire::Prefix;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

const FOLLOWERS: usize = 10_000;
/// What etcd's processors work for a question, for a key of a count and for one of a list, in nanoseconds: as measured for values of 100 bytes, in
/// `benches/etcd/RESULTS.md`.
const QUESTION: u64 = 440_000;
const COUNTED: u64 = 270;
const LISTED: u64 = 10_900;
/// The bytes of a key in an answer, with a value of 100.
const BYTES: u64 = 240;
/// Of all members together.
const PROCESSORS: u64 = 12;
/// The default of `Builder::longest_pause`.
const LONGEST: Duration = Duration::from_secs(10);
const SECOND: u64 = 1_000_000_000;

/// A fleet.
#[derive(Clone, Copy, Debug)]
struct Fleet {
    keys: u64,
    /// All is to be listed: etcd has compacted meanwhile, or all followers start.
    lists: bool,
    timeout: Duration,
}

/// What etcd sees.
#[derive(Debug, Default)]
struct Load {
    /// When half of the followers, 99 of 100 and all are back. `None`: not before the end.
    back: [Option<Duration>; 3],
    /// The most questions at a time, and the most followers that list at a time.
    questions: usize,
    lists: usize,
    given_up: u64,
    /// The processor time in seconds, and the bytes of all answers and the most in a second.
    work: u64,
    bytes: u64,
    peak_bytes: u64,
}

/// A follower that is not back yet.
struct Follower {
    backoff: Backoff,
    /// The question that it asks next: a page of a list, or the last one, which is that of a connection.
    stage: usize,
    /// The question that it waits for: where it ends, and its number.
    waits: Option<(u64, u64)>,
}

/// A question: its work, and the bytes of its answer.
type Question = (u64, u64);

/// What a follower asks, in this order.
fn questions(fleet: &Fleet) -> Vec<Question> {
    let mut state = State::new(Prefix::new(String::new()));
    let mut all: Vec<Question> = Vec::new();
    if fleet.lists {
        let mut left = fleet.keys;
        for limit in pages(&mut state, fleet.keys, BYTES) {
            let keys = limit.min(left);
            left -= keys;
            all.push((QUESTION + keys * LISTED, keys * BYTES));
        }
    }
    // The revision, the key that was written last, and the count.
    all.push((QUESTION * 2 + fleet.keys * COUNTED, 0));
    all
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

/// All lose etcd at one moment, and it is back one second later. It ends when all are back, or at the latest time.
fn load(fleet: &Fleet, latest: u64) -> Load {
    let questions = questions(fleet);
    let connection = questions.len() - 1;
    let mut chance = Chance::of(1);
    // Who tries when, and what each question ends at: by the work that each of those that are there has had.
    let (mut tries, mut ends) = (BinaryHeap::new(), BTreeSet::<(u64, u64, usize, usize)>::new());
    let mut waits = VecDeque::<(u64, usize, (u64, u64))>::new();
    let mut followers: Vec<_> =
        (0..FOLLOWERS).map(|_| Follower { backoff: Backoff::new(LONGEST), stage: 0, waits: None }).collect();
    for (id, follower) in followers.iter_mut().enumerate() {
        let mut at = 0;
        while at < SECOND {
            at += nanos(follower.backoff.pause(&mut chance));
        }
        tries.push(Reverse((at, id)));
    }
    let (mut now, mut had, mut number) = (SECOND, 0_u64, 0_u64);
    let (mut load, mut back, mut listing) = (Load::default(), Vec::new(), 0);
    let mut second = (0, 0);
    while back.len() < FOLLOWERS && now < latest {
        // One has a processor of its own at most.
        let shares = (ends.len() as u64).max(PROCESSORS);
        let end = ends.first().map(|(end, ..)| now + (end - had) * shares / PROCESSORS);
        let next = tries.peek().map(|Reverse((at, _))| *at).into_iter();
        let next = next.chain(end).chain(waits.front().map(|(until, ..)| *until)).min().unwrap();
        if !ends.is_empty() {
            had += (next - now) * PROCESSORS / shares;
            load.work += (next - now) * PROCESSORS.min(ends.len() as u64);
        }
        now = next;
        let mut asks = None;
        if Some(now) == end {
            let (end, nth, id, stage) = ends.pop_first().unwrap();
            had = had.max(end);
            load.bytes += questions[stage].1;
            if second.0 != now / SECOND {
                second = (now / SECOND, 0);
            }
            second.1 += questions[stage].1;
            load.peak_bytes = load.peak_bytes.max(second.1);
            let follower = &mut followers[id];
            if follower.waits == Some((end, nth)) {
                follower.waits = None;
                listing -= usize::from(stage < connection && stage + 1 == connection);
                follower.stage += 1;
                if follower.stage > connection {
                    back.push(now - SECOND);
                } else {
                    asks = Some(id);
                }
            }
        } else if waits.front().is_some_and(|(until, ..)| *until == now) {
            let (_, id, question) = waits.pop_front().unwrap();
            let follower = &mut followers[id];
            if follower.waits == Some(question) {
                follower.waits = None;
                load.given_up += 1;
                if follower.stage < connection {
                    ends.remove(&(question.0, question.1, id, follower.stage));
                    listing -= 1;
                    follower.stage = 0;
                }
                tries.push(Reverse((now + nanos(follower.backoff.pause(&mut chance)), id)));
            }
        } else {
            let Reverse((_, id)) = tries.pop().unwrap();
            listing += usize::from(followers[id].stage < connection);
            asks = Some(id);
        }
        if let Some(id) = asks {
            number += 1;
            let stage = followers[id].stage;
            let question = (had + questions[stage].0, number);
            followers[id].waits = Some(question);
            ends.insert((question.0, question.1, id, stage));
            waits.push_back((now + nanos(fleet.timeout), id, question));
        }
        load.questions = load.questions.max(ends.len());
        load.lists = load.lists.max(listing);
    }
    let at =
        |per_mille: usize| back.get((FOLLOWERS - 1) * per_mille / 1000).copied().map(Duration::from_nanos);
    load.back = [at(500), at(990), at(1000)];
    load.work /= SECOND;
    load
}

#[test]
fn what_ten_thousand_followers_cost_etcd_when_they_come_back() {
    let usual = Duration::from_secs(5);
    // With a timeout that is longer than etcd takes for the longest question of all, each is asked once.
    for (keys, lists, timeout, end, expected) in [
        (1_000, false, usual, 60, Expected::Once),
        (10_000, false, usual, 60, Expected::Once),
        (100_000, false, usual, 120, Expected::Never),
        (100_000, false, Duration::from_secs(30), 120, Expected::Once),
        (1_000, true, usual, 120, Expected::Again),
        (1_000, true, Duration::from_secs(15), 120, Expected::Once),
        (10_000, true, Duration::from_secs(120), 120, Expected::Once),
        (100_000, true, Duration::from_secs(200), 1_200, Expected::Once),
    ] {
        let fleet = Fleet { keys, lists, timeout };
        let load = load(&fleet, end * SECOND);
        eprintln!("{FOLLOWERS} followers, {PROCESSORS} processors, {fleet:?}: {load:?}");
        let (is_back, is_asked_once) = (load.back[2].is_some(), load.given_up == 0);
        let seen = match (is_back, is_asked_once) {
            (true, true) => Expected::Once,
            (true, false) => Expected::Again,
            (false, _) => Expected::Never,
        };
        assert_eq!(seen, expected, "{fleet:?}");
        let least = FOLLOWERS as u64 * if lists { keys * BYTES } else { 0 };
        assert!(load.bytes >= least && (!is_asked_once || load.bytes == least), "{fleet:?}");
    }
}

/// How a fleet comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Nothing is given up.
    Once,
    /// Something is.
    Again,
    /// Not before the end: what is given up keeps etcd from all else.
    Never,
}
