//! Which logs stay.
//!
//! The newest logs that stand on two full files, directly or by deltas, are needed. If one of these files is damaged, an older one and these logs make the same
//! state. Each log says which one it follows, so those of another line are never among them. Where only one full file is good, or [`LOGS`] are needed, the next
//! fold saves in full, also where nothing has changed.

use super::recover::{Found, line_of};
use crate::error::ErrorKind;
use crate::format::Id;
use crate::store::{LOG, Skipped, Store};
use crate::table::Table;
use std::collections::HashSet;

/// The logs that are needed stand on so many full files.
const FULL: usize = 2;

/// A fold saves in full where so many logs are needed. By default the longest chain has 17, and one is left of the chain before. Else folds that find nothing
/// changed would each add a log to one file.
pub(super) const LOGS: usize = 18;

/// At most so many logs stay that no log follows.
pub(super) const ASIDE: usize = 8;

/// How many more logs there are when a full file is tried again for which the disk had no room.
pub(super) const LATER: usize = 4;

/// What a log is good for, where a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is in the line of the newest log. With what it stands on it makes up for a file.
    Line,
    /// So it does, if that is good: nobody has read it since the open.
    Unchecked,
    /// It is in that line, or may be: a log between could not be read. What it stands on may be damaged. What makes up for that needs this log.
    Unread,
    /// No log follows it: one of an open, one that was put back, or one without a write on another file than the next.
    Aside,
    /// No log follows it either. It may not be there: the disk has failed when it got its name.
    MayBeGone,
}

/// A log in the folder.
#[derive(Clone, Debug)]
pub(super) struct Stands {
    pub(super) name: String,
    pub(super) on: Id,
    /// How many updates have made that.
    pub(super) behind: u64,
    pub(super) place: Place,
}

impl Stands {
    /// Whether it is in the line of the newest log.
    pub(super) fn is_followed(&self) -> bool {
        matches!(self.place, Place::Line | Place::Unchecked | Place::Unread)
    }

    /// The full file below it, if it makes up for others.
    fn makes_up<T: Table>(&self, store: &Store<T>) -> Option<Id> {
        store.full_below(self.on).filter(|_| matches!(self.place, Place::Line | Place::Unchecked))
    }
}

/// Says what each log is good for that an open has found. It has loaded `base`, and could not load `unread`.
pub(super) fn places<T: Table>(
    store: &Store<T>,
    logs: &[Found],
    base: Id,
    unread: &[Id],
    skipped: &[Skipped],
) -> Vec<Place> {
    let (line, mut failed) = line_of(store, logs);
    let is_log = |skipped: &&Skipped| skipped.file.to_string_lossy().ends_with(LOG);
    for log in skipped.iter().filter(is_log).filter(|log| log.reason.kind() == ErrorKind::Io) {
        // It is not known what it stands on, or follows.
        store.has_unread_log(log);
        failed.get_or_insert_with(|| log.reason.clone());
    }
    let oldest = line.last().copied().unwrap_or(0);
    let full = store.full_below(base);
    let place = |(at, log): (usize, &Found)| match line.contains(&at) {
        _ if log.is_of_an_open => Place::Aside,
        true if unread.contains(&log.base.0) => Place::Unread,
        // It is gone, or another one has its id.
        true if store.hash_of(log.base.0).ok() != Some(log.base.1) => Place::Unread,
        true if full.is_some() && store.full_below(log.base.0) == full => Place::Line,
        true => Place::Unchecked,
        false if failed.is_some() && at < oldest => Place::Unread,
        false => Place::Aside,
    };
    logs.iter().enumerate().map(place).collect()
}

/// Where the newest logs begin that stand on as many full files as are wanted; 0 if there are not so many.
fn needed_from<T: Table>(store: &Store<T>, files: &[Stands]) -> usize {
    let mut full = HashSet::new();
    let is_enough = |log: &Stands| {
        full.extend(log.makes_up(store));
        full.len() >= FULL
    };
    files.iter().rposition(is_enough).unwrap_or(0)
}

/// A log for which others would go, and nobody has read what it stands on.
pub(super) fn to_be_checked<T: Table>(store: &Store<T>, files: &[Stands]) -> Option<Id> {
    let from = needed_from(store, files);
    files[..from]
        .iter()
        .any(Stands::is_followed)
        .then(|| &files[from])
        .filter(|log| log.place == Place::Unchecked)
        .map(|log| log.on)
}

/// The names of the logs that are not needed, the oldest first. `is_there` says whether the newest one is.
pub(super) fn old_logs<T: Table>(store: &Store<T>, files: &[Stands], is_there: bool) -> Vec<String> {
    let Some((new, before)) = files.split_last() else { return Vec::new() };
    // Each try leaves one, and the last one has all that is confirmed.
    let may_be_gone = |log: &Stands| log.place == Place::MayBeGone;
    // The new log has all that such a log has.
    let begins_there = |log: &Stands| (log.on, log.behind) == (new.on, new.behind);
    let from = needed_from(store, files);
    let is_old = |at, log| may_be_gone(log) || is_there && (at < from || begins_there(log));
    let (mut old, rest): (Vec<_>, Vec<_>) = before.iter().enumerate().partition(|(at, log)| is_old(*at, log));
    let aside: Vec<_> = rest.into_iter().filter(|(_, log)| log.place == Place::Aside).collect();
    old.extend(&aside[..aside.len().saturating_sub(ASIDE)]);
    old.into_iter().map(|(_, log)| log.name.clone()).collect()
}

/// How many logs are needed, if the next fold is to save in full. It would save a delta on the full file `last`, and `no_room` were needed when the disk had no
/// room for another one.
pub(super) fn wants_full<T: Table>(
    store: &Store<T>,
    files: &[Stands],
    last: Option<Id>,
    no_room: Option<usize>,
) -> Option<usize> {
    let needed = files[needed_from(store, files)..].iter().filter(|log| log.is_followed());
    let below: Vec<_> = needed.clone().map(|log| store.full_below(log.on)).collect();
    let full: HashSet<_> = needed.filter_map(|log| log.makes_up(store)).collect();
    // A full file on which none of them stands was saved by a fold that has begun no log, or by that of an open.
    let is_new = |last| below.iter().all(|full| *full != Some(last));
    let is_wanted = below.len() >= LOGS || full.len() < FULL && !below.is_empty();
    let is_time = no_room.is_none_or(|logs| below.len() >= logs + LATER);
    (is_wanted && is_time && !last.is_some_and(is_new)).then_some(below.len())
}
