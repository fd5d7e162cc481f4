//! What the state refuses, and how large it has pages be.

use crate::state::{Fault, HELD, State};
use crate::wire::{Event, Header, KeyValue, Prefix, Range, Watched};

const MB: usize = 1 << 20;

fn header(revision: u64) -> Header {
    Header { cluster_id: 7, revision, raft_term: 2 }
}

fn kv(key: String, value: Vec<u8>) -> KeyValue {
    KeyValue { key: key.into_bytes(), value, mod_revision: 5, ..KeyValue::default() }
}

/// How many keys each page of a list has, where an answer has so many bytes for each.
pub(super) fn pages(state: &mut State, keys: u64, size: u64) -> Vec<u64> {
    let (mut listing, mut listed, mut limits) = (state.list(), 0, Vec::new());
    loop {
        let limit = state.next_page(&listing)["limit"].as_u64().unwrap();
        limits.push(limit);
        let some = limit.min(keys - listed);
        let kvs = (listed..listed + some).map(|n| kv(format!("{n:06}"), Vec::new())).collect();
        listed += some;
        let page = Range { header: header(9), kvs, more: listed < keys, count: keys };
        if state.page(&mut listing, page, some * size).unwrap() {
            return limits;
        }
    }
}

#[test]
fn a_cluster_that_has_lost_what_it_has_shown_is_another() {
    let mut state = State::new(Prefix::new(String::new()));
    state.header(header(300)).unwrap();
    let seen = state.seen();
    state.header(header(310)).unwrap();
    // One that was asked before may be answered with what was there then.
    assert_eq!(state.agreed(seen, header(300)), Ok(()));
    assert_eq!(state.agreed(state.seen(), header(309)), Err(Fault::Restored));
}

#[test]
fn a_transaction_that_has_no_end_is_refused() {
    let mut state = State::new(Prefix::new(String::new()));
    drop(state.watch());
    let message = Watched { header: header(9), ..Watched::default() };
    state.message(Watched { created: true, ..message }).unwrap();
    let mut sent = 0;
    let fault = loop {
        let event = Event { is_delete: false, kv: kv(sent.to_string(), vec![0; 16 * MB]) };
        let message =
            Watched { header: header(9), fragment: true, events: vec![event], ..Watched::default() };
        match state.message(message) {
            Ok(_) => sent += 16 * MB,
            Err(fault) => break fault,
        }
    };
    assert!(matches!(fault, Fault::Disorder(_)) && sent <= HELD, "{fault} after {sent}");
}

#[test]
fn pages_have_few_keys_at_first_and_then_as_many_as_their_values_let() {
    let mut state = State::new(Prefix::new(String::new()));
    assert_eq!(pages(&mut state, 23, MB as u64), [16, 4, 4]);
    // The next list begins where the last one was.
    assert_eq!(pages(&mut state, 6_000, 1_000), [4, 32, 256, 2048, 4194]);
    state.page_failed();
    assert_eq!(pages(&mut state, 3_000, 1_000), [2097, 2097]);
}
