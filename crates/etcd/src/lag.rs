//! [`Heads`]: which revisions etcd was known to have, and when. So it is known how old the table is.
//!
//! What the watch brings may have waited for long, so its arrival says nothing about now. An answer does: when the question was asked, etcd had no
//! more than the answer's revision. When the table gets there, it is known to have been whole at that time.

use std::collections::VecDeque;
use std::time::SystemTime;

/// How many answers are kept that the table has not reached.
const KEPT: usize = 1_000;

/// The revisions of answers that the table has not reached, in order.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    ahead: VecDeque<(u64, SystemTime)>,
}

impl Heads {
    /// etcd had no more than this revision at that time.
    pub(crate) fn told(&mut self, revision: u64, asked: SystemTime) {
        let is_full = self.ahead.len() == KEPT;
        match self.ahead.back_mut() {
            // The same member may answer late.
            Some((last, _)) if *last > revision => {}
            Some((last, at)) if *last == revision => *at = asked.max(*at),
            // It is told later that the table is newer.
            _ if is_full => {}
            _ => self.ahead.push_back((revision, asked)),
        }
    }

    /// The table shows this revision. Returns the last time at which that was all, if it is one more.
    pub(crate) fn reached(&mut self, known: u64) -> Option<SystemTime> {
        let mut current_at = None;
        while let Some((_, asked)) = self.ahead.front().filter(|(revision, _)| *revision <= known) {
            current_at = current_at.max(Some(*asked));
            self.ahead.pop_front();
        }
        current_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_table_is_as_old_as_the_last_question_whose_answer_it_has_reached() {
        let began = SystemTime::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut heads = Heads::default();
        heads.told(10, at(1));
        heads.told(20, at(2));
        heads.told(15, at(3));
        heads.told(20, at(4));
        heads.told(30, at(5));
        assert_eq!(heads.reached(9), None);
        assert_eq!(heads.reached(19), Some(at(1)));
        assert_eq!(heads.reached(25), Some(at(4)));
        assert_eq!(heads.reached(29), None);
        assert_eq!(heads.reached(99), Some(at(5)));
        assert_eq!(heads.reached(100), None);
    }
}
