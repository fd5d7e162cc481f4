//! The model of a crate that depends on readmostly, as its README says.
#![cfg(readmostly_loom)]

use loom::sync::Arc;
use loom::thread;
use routing::{Backend, Router};
use std::sync::Mutex;

/// Retires the backend of a route while a request is under way, and another one afterwards.
fn requests_while(retire: fn(&Router, Backend, Backend)) -> Vec<Backend> {
    let served = std::sync::Arc::new(Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&served);
    loom::model(move || {
        let router = Arc::new(Router::new(80, "old"));
        let request = {
            let router = Arc::clone(&router);
            thread::spawn(move || router.route(80).expect("a backend that is up"))
        };
        retire(&router, "old", "new");
        assert_eq!(router.route(80), Ok(Some("new")));
        seen.lock().unwrap().extend(request.join().unwrap());
        assert_eq!(router.requests(), 2);
    });
    let mut served = served.lock().unwrap().clone();
    served.sort_unstable();
    served.dedup();
    served
}

#[test]
fn a_request_goes_to_a_backend_that_is_up() {
    assert_eq!(requests_while(Router::retire), ["new", "old"]);
}

#[test]
#[should_panic(expected = "a backend that is up")]
fn loom_finds_the_bug_in_the_retirement_in_two_steps() {
    requests_while(Router::retire_in_two_steps);
}
