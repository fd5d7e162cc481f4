//! [`Vigil`]: what to do while a watch is silent. It has no clock: the time is given.
//!
//! A watch that says nothing may be one of a prefix that does not change, or one that is dead; what one says may have waited for long. A
//! *probe* asks for the current revision, which is cheap, whatever the watch says. If that is what is shown, nothing is missing. If it is newer, keys outside of the prefix may have moved it, so a *question*
//! asks whether anything in the prefix has changed. That costs etcd a walk over the keys of the prefix, so it is asked the more
//! seldom the longer it takes. Where it says that something is missing and the watch does not bring it, the watch is dead.

use std::time::{Duration, Instant};

/// How long a watch has to bring what etcd has told of otherwise.
const GRACE: Duration = Duration::from_secs(1);
/// How long somebody who waits for a revision waits for the watch alone.
const WAITED: Duration = Duration::from_millis(50);
/// How much longer than a question takes, it is until the next: for somebody who waits, and for nobody.
const SELDOM: (u32, u32) = (10, 1_000);
/// The longest time between two questions.
const LONGEST: Duration = Duration::from_secs(600);

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Ask for the current revision.
    Probe,
    /// Ask whether anything has changed since what is known.
    Ask,
    /// Make a new watch. This one does not bring what there is.
    Renew,
    /// List all, and compare.
    Check,
}

/// Watches over a watch.
#[derive(Debug)]
pub(crate) struct Vigil {
    silence: Duration,
    /// When etcd has answered last.
    heard: Instant,
    /// When the watch has said something last.
    line: Instant,
    /// Since when a newer revision is known than what is shown.
    newer: Option<Instant>,
    /// When the last question was answered, and how long that took.
    asked: Option<(Instant, Duration)>,
    /// Up to which revision something is missing, and since when that is known.
    owed: Option<(u64, Instant)>,
    check: Option<Instant>,
    /// Since when somebody waits for a revision that is not known.
    wanted: Option<Instant>,
}

impl Vigil {
    pub(crate) fn new(silence: Duration, now: Instant) -> Self {
        Self {
            silence,
            heard: now,
            line: now,
            newer: None,
            asked: None,
            owed: None,
            check: None,
            wanted: None,
        }
    }

    /// The watch has said something.
    pub(crate) fn line(&mut self, now: Instant) {
        self.line = now;
    }

    /// An answer has come.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// A question was answered. `owed`: up to there something is missing.
    pub(crate) fn answered(&mut self, now: Instant, took: Duration, owed: Option<u64>) {
        self.asked = Some((now, took));
        self.owed = owed.map(|revision| (revision, self.owed.map_or(now, |(_, since)| since)));
    }

    /// When the next check is.
    pub(crate) fn check_at(&mut self, at: Option<Instant>) {
        self.check = at;
    }

    /// What is known, what is known to be there, and what somebody waits for.
    pub(crate) fn known(&mut self, known: u64, newest: u64, wanted: u64, now: Instant) {
        self.owed = self.owed.filter(|(revision, _)| known < *revision);
        self.newer = if newest > known { self.newer.or(Some(now)) } else { None };
        self.wanted = if wanted > known { self.wanted.or(Some(now)) } else { None };
    }

    /// What to do next, and when.
    pub(crate) fn next(&self) -> (Instant, Act) {
        let mut next = (self.heard + self.silence, Act::Probe);
        let mut sooner = |at, act| {
            if at < next.0 {
                next = (at, act);
            }
        };
        let waited = self.wanted.map(|since| (since + WAITED, SELDOM.0, WAITED));
        let unwaited = self.newer.map(|since| (since.max(self.line) + GRACE, SELDOM.1, self.silence));
        if let Some((_, since)) = self.owed {
            sooner(since.max(self.line) + GRACE, Act::Renew);
        } else if let Some((first, seldom, least)) = waited.or(unwaited) {
            let again = self.asked.map(|(at, took)| at + (took * seldom).min(LONGEST).max(least));
            sooner(again.map_or(first, |again| first.max(again)), Act::Ask);
        }
        if let Some(at) = self.check {
            sooner(at, Act::Check);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Duration = Duration::from_secs(10);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn etcd_is_probed_whatever_a_watch_says_and_no_more_while_nothing_is_newer() {
        let began = Instant::now();
        let mut vigil = Vigil::new(SILENCE, began);
        assert_eq!(vigil.next(), (began + SILENCE, Act::Probe));
        vigil.line(began + seconds(4.0));
        // It may have waited for long.
        assert_eq!(vigil.next(), (began + SILENCE, Act::Probe));
        vigil.heard(began + seconds(14.5));
        vigil.known(7, 7, 0, began + seconds(14.5));
        assert_eq!(vigil.next(), (began + seconds(24.5), Act::Probe));
    }

    #[test]
    fn a_newer_revision_leads_to_a_question_and_what_is_missing_to_a_new_watch() {
        let began = Instant::now();
        let mut vigil = Vigil::new(SILENCE, began);
        vigil.known(5, 7, 0, began);
        assert_eq!(vigil.next(), (began + GRACE, Act::Ask));
        vigil.answered(began + GRACE, seconds(0.001), Some(7));
        assert_eq!(vigil.next(), (began + GRACE * 2, Act::Renew));
        vigil.known(6, 7, 0, began);
        assert_eq!(vigil.next().1, Act::Renew);
        vigil.known(7, 7, 0, began);
        assert_eq!(vigil.next().1, Act::Probe);
    }

    #[test]
    fn probes_that_are_answered_do_not_hide_a_dead_watch() {
        let began = Instant::now();
        let mut vigil = Vigil::new(seconds(0.1), began);
        vigil.known(5, 7, 0, began);
        for tenth in 1..=9 {
            let now = began + seconds(0.1) * tenth;
            assert_eq!(vigil.next(), (now, Act::Probe));
            vigil.heard(now);
            vigil.known(5, 7, 0, now);
        }
        vigil.heard(began + seconds(0.95));
        assert_eq!(vigil.next(), (began + GRACE, Act::Ask));
        vigil.answered(began + GRACE, seconds(0.001), Some(7));
        vigil.heard(began + seconds(1.95));
        assert_eq!(vigil.next(), (began + GRACE * 2, Act::Renew));
    }

    #[test]
    fn a_question_that_takes_long_is_asked_seldom() {
        let began = Instant::now();
        let mut vigil = Vigil::new(SILENCE, began);
        vigil.known(5, 7, 0, began);
        vigil.answered(began + GRACE, seconds(0.1), None);
        for (now, next) in [(seconds(50.0), (60.0, Act::Probe)), (seconds(95.0), (101.0, Act::Ask))] {
            vigil.heard(began + now);
            vigil.known(6, 8, 0, began + now);
            assert_eq!(vigil.next(), (began + seconds(next.0), next.1));
        }
    }

    #[test]
    fn somebody_who_waits_is_answered_soon() {
        let began = Instant::now();
        let mut vigil = Vigil::new(SILENCE, began);
        vigil.known(5, 5, 9, began);
        assert_eq!(vigil.next(), (began + WAITED, Act::Ask));
        vigil.answered(began + WAITED, seconds(0.02), None);
        assert_eq!(vigil.next(), (began + WAITED + seconds(0.2), Act::Ask));
        vigil.known(9, 9, 9, began);
        assert_eq!(vigil.next().1, Act::Probe);
    }

    #[test]
    fn a_check_comes_when_it_is_due() {
        let began = Instant::now();
        let mut vigil = Vigil::new(SILENCE, began);
        vigil.check_at(Some(began + seconds(3.0)));
        assert_eq!(vigil.next(), (began + seconds(3.0), Act::Check));
    }
}
