//! A disk in memory that fails as disks do.
//!
//! It knows what every process sees and what is certain to be there after a power cut. What is not synced is kept in the order in
//! which it was done, so that [`Faulty::cut_power`] can lose any of it. Bytes belong to a file, whatever its name; names belong to
//! the folder, and are synced by [`Disk::sync_folder`] alone.

use super::{Disk, FileId, Input, Lock, Output};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The machine stops before the call, or in the middle of it if that is a write.
    Stop,
    /// The system refuses this call, and a write has done a part of its work. A sync has lost all that was not synced.
    Refuse(i32),
    /// The call does all of its work, and then says that it has failed.
    RefuseLate(i32),
    /// As [`Refuse`](Self::Refuse), for this and all calls that need room or write, until [`Faulty::mend`].
    RefuseFromHere(i32),
    /// Another process has the folder from this call on: it was moved, and a copy put in its place.
    Replace,
}

pub(crate) const ENOSPC: i32 = 28;
pub(crate) const EIO: i32 = 5;

/// What is left of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// All: the process was killed, and the system lives.
    All,
    /// Nothing.
    Nothing,
    /// The names, and none of the bytes.
    Names,
    /// The bytes, and none of the names.
    Bytes,
    /// Any of both, in any order, and writes that are torn: by the seed.
    Some(u64),
}

/// Who has the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Locked {
    #[default]
    No,
    Here,
    /// Whoever calls was forked from the process that has it.
    ByParent,
}

/// A folder in memory. Clones are the same folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faulty(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<FileState>,
    seen: BTreeMap<String, usize>,
    certain: BTreeMap<String, usize>,
    /// What was done to names since the folder was synced.
    names: Vec<Vec<(String, Option<usize>)>>,
    calls: usize,
    plan: Vec<(usize, Fault)>,
    stopped: bool,
    refusing: Option<i32>,
    /// What the call that goes on is going to fail with.
    late: Option<i32>,
    locked: Locked,
    replaced: bool,
    /// What every call was, for a look when a test fails.
    history: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct FileState {
    seen: Vec<u8>,
    certain: Vec<u8>,
    /// Where and what was written since the last sync.
    pending: Vec<(usize, Vec<u8>)>,
}

/// Whether a call of this kind is refused while there is no room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Write,
    Sync,
    /// Needs no room.
    Remove,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a fault at the call `at`, counted from now and from 0.
    pub(crate) fn plan(&self, at: usize, fault: Fault) {
        let mut state = self.state();
        state.plan = vec![(state.calls + at, fault)];
    }

    /// Plans faults at calls, counted from the first one of all.
    pub(crate) fn plan_all(&self, faults: &[(usize, Fault)]) {
        self.state().plan = faults.to_vec();
    }

    /// Takes back what was planned, and refuses nothing from now on.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.plan.clear();
        state.refusing = None;
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.state().calls
    }

    /// Whether the machine has stopped.
    pub(crate) fn stopped(&self) -> bool {
        self.state().stopped
    }

    pub(crate) fn history(&self) -> Vec<String> {
        self.state().history.clone()
    }

    /// The folder as it is after a crash.
    pub(crate) fn cut_power(&self, left: Left) -> Self {
        let state = self.state();
        let mut random = Random(if let Left::Some(seed) = left { seed } else { 0 });
        let keep = |random: &mut Random, whole: Left| match left {
            Left::All => true,
            Left::Some(_) => random.below(2) == 0,
            _ => left == whole,
        };
        let mut names = state.certain.clone();
        for operation in &state.names {
            // A rename is one step, on every file system that has a journal.
            if keep(&mut random, Left::Names) {
                apply(&mut names, operation);
            }
        }
        let mut files = state.files.clone();
        for file in &mut files {
            for (at, bytes) in std::mem::take(&mut file.pending) {
                if keep(&mut random, Left::Bytes) {
                    let torn = matches!(left, Left::Some(_)) && random.below(3) == 0;
                    let length = if torn { random.below(bytes.len() + 1) } else { bytes.len() };
                    put(&mut file.certain, at, &bytes[..length]);
                }
            }
            file.seen.clone_from(&file.certain);
        }
        Self(Arc::new(Mutex::new(State { files, seen: names.clone(), certain: names, ..State::default() })))
    }

    /// The folder as it is after the process was killed: what was not synced is there, and is still not synced.
    pub(crate) fn kill(&self) -> Self {
        let state = self.state();
        let (files, seen) = (state.files.clone(), state.seen.clone());
        let (certain, names) = (state.certain.clone(), state.names.clone());
        Self(Arc::new(Mutex::new(State { files, seen, certain, names, ..State::default() })))
    }

    /// All bytes of a file, as they are seen.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.seen.get(name).map(|file| state.files[*file].seen.clone())
    }

    /// Puts a file there, or another content into it, for certain.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let file = state.files.len();
        state.files.push(FileState { seen: bytes.to_vec(), certain: bytes.to_vec(), pending: Vec::new() });
        state.seen.insert(name.to_owned(), file);
        state.certain.insert(name.to_owned(), file);
    }

    /// From here on all calls are those of a child of the process that has the lock.
    pub(crate) fn fork(&self) {
        self.state().locked = Locked::ByParent;
    }

    /// Takes a file away, for certain.
    pub(crate) fn take(&self, name: &str) -> Vec<u8> {
        let bytes = self.bytes(name).expect("a file of that name");
        let mut state = self.state();
        state.seen.remove(name);
        state.certain.remove(name);
        bytes
    }

    /// The names that are seen, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.state().seen.keys().cloned().collect()
    }

    /// Another folder with the same files, all of them certain.
    pub(crate) fn copy(&self) -> Self {
        self.cut_power(Left::All)
    }
}

impl State {
    /// Counts a call. Returns the fault that is planned for it, if it is one that does a part of its work.
    fn call(&mut self, kind: Call, what: &str) -> Result<Option<Fault>, io::Error> {
        let number = self.calls;
        self.calls += 1;
        self.history.push(format!("{number} {what}"));
        if self.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        let fault = self.plan.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        match fault {
            Some(Fault::Stop) => self.stopped = true,
            Some(Fault::RefuseFromHere(code)) => self.refusing = Some(code),
            Some(Fault::Replace) => self.replaced = true,
            Some(Fault::RefuseLate(code)) if kind != Call::Read => {
                self.late = Some(code);
                return Ok(None);
            }
            _ => {}
        }
        let refused = self.refusing.filter(|_| matches!(kind, Call::Write | Call::Sync));
        let fault = fault.or(refused.map(Fault::Refuse));
        match fault {
            None | Some(Fault::Replace) => Ok(None),
            // The caller does a part of it.
            Some(fault) if matches!(kind, Call::Write | Call::Sync) => Ok(Some(fault)),
            Some(fault) => Err(error_of(fault)),
        }
    }

    /// The end of a call.
    fn late(&mut self) -> io::Result<()> {
        self.late.take().map_or(Ok(()), |code| Err(io::Error::from_raw_os_error(code)))
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.seen.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Does an operation on names.
    fn name(&mut self, operation: Vec<(String, Option<usize>)>) {
        apply(&mut self.seen, &operation);
        self.names.push(operation);
    }
}

fn error_of(fault: Fault) -> io::Error {
    match fault {
        Fault::Stop | Fault::Replace => io::Error::other("the machine has stopped"),
        Fault::Refuse(code) | Fault::RefuseLate(code) | Fault::RefuseFromHere(code) => {
            io::Error::from_raw_os_error(code)
        }
    }
}

fn apply(names: &mut BTreeMap<String, usize>, operation: &[(String, Option<usize>)]) {
    for (name, file) in operation {
        match file {
            Some(file) => drop(names.insert(name.clone(), *file)),
            None => drop(names.remove(name)),
        }
    }
}

fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    // What was never written in between is read as zeros.
    if !bytes.is_empty() && into.len() < at + bytes.len() {
        into.resize(at + bytes.len(), 0);
    }
    if !bytes.is_empty() {
        into[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

impl Disk for Faulty {
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let mut state = self.state();
        if let Some(fault) = state.call(Call::Write, &format!("create {name}"))? {
            return Err(error_of(fault));
        }
        if state.seen.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(FileState::default());
        state.name(vec![(name.to_owned(), Some(file))]);
        state.late()?;
        Ok(Box::new(Written { disk: self.clone(), file, name: name.to_owned() }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Input>> {
        let mut state = self.state();
        state.call(Call::Read, &format!("open {name}"))?;
        let file = state.find(name)?;
        Ok(Box::new(Opened { disk: self.clone(), file, name: name.to_owned() }))
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        let mut state = self.state();
        state.call(Call::Read, &format!("length {name}"))?;
        let file = state.find(name)?;
        Ok(state.files[file].seen.len() as u64)
    }

    fn file(&self, name: &str) -> io::Result<(FileId, u64)> {
        let mut state = self.state();
        state.call(Call::Read, &format!("file {name}"))?;
        let file = state.find(name)?;
        Ok((FileId(0, file as u64), state.files[file].seen.len() as u64))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        if let Some(fault) = state.call(Call::Write, &format!("rename {from} to {to}"))? {
            return Err(error_of(fault));
        }
        let file = state.find(from)?;
        state.name(vec![(from.to_owned(), None), (to.to_owned(), Some(file))]);
        state.late()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.call(Call::Remove, &format!("remove {name}"))?;
        state.find(name)?;
        state.name(vec![(name.to_owned(), None)]);
        state.late()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.call(Call::Read, "list")?;
        Ok(state.seen.keys().cloned().collect())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.call(Call::Sync, "sync the folder")? {
            None => {
                // Not all that is seen: an earlier sync that failed has lost some.
                for operation in std::mem::take(&mut state.names) {
                    apply(&mut state.certain, &operation);
                }
                state.late()
            }
            Some(Fault::Stop) => Err(error_of(Fault::Stop)),
            // What was not synced is lost, although a later sync says that all is well.
            Some(fault) => {
                state.names.clear();
                Err(error_of(fault))
            }
        }
    }

    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Lock>>> {
        let mut state = self.state();
        state.call(Call::Read, &format!("lock {name}"))?;
        if state.locked != Locked::No {
            return Ok(None);
        }
        state.locked = Locked::Here;
        Ok(Some(Box::new(Unlock(self.clone()))))
    }
}

struct Unlock(Faulty);

impl Lock for Unlock {
    fn is_in_place(&self) -> io::Result<bool> {
        Ok(!self.0.state().replaced)
    }

    fn is_ours(&self) -> bool {
        self.0.state().locked == Locked::Here
    }
}

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.state().locked = Locked::No;
    }
}

struct Written {
    disk: Faulty,
    file: usize,
    name: String,
}

impl Output for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let fault = state.call(Call::Write, &format!("write {} bytes to {}", bytes.len(), self.name))?;
        let bytes = if fault.is_some() { &bytes[..bytes.len() / 2] } else { bytes };
        let file = &mut state.files[self.file];
        let at = file.seen.len();
        file.seen.extend_from_slice(bytes);
        file.pending.push((at, bytes.to_vec()));
        state.late()?;
        fault.map_or(Ok(()), |fault| Err(error_of(fault)))
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let fault = state.call(Call::Sync, &format!("sync {}", self.name))?;
        let file = &mut state.files[self.file];
        match fault {
            None => {
                for (at, bytes) in std::mem::take(&mut file.pending) {
                    put(&mut file.certain, at, &bytes);
                }
                state.late()
            }
            Some(Fault::Stop) => Err(error_of(Fault::Stop)),
            // The pages are clean now and will never be written, although every process goes on seeing them.
            Some(fault) => {
                file.pending.clear();
                Err(error_of(fault))
            }
        }
    }

    fn id(&self) -> io::Result<FileId> {
        Ok(FileId(0, self.file as u64))
    }
}

struct Opened {
    disk: Faulty,
    file: usize,
    name: String,
}

impl Input for Opened {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.call(Call::Read, &format!("read {} at {offset}", self.name))?;
        let seen = &state.files[self.file].seen;
        let rest = seen.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// A small generator of random numbers (`SplitMix64`), so that a seed tells all.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

mod tests {
    use super::*;

    #[test]
    fn what_is_not_synced_may_be_lost() {
        let disk = Faulty::new();
        let mut file = disk.create("a").unwrap();
        file.write(b"one").unwrap();
        assert!(disk.cut_power(Left::Nothing).names().is_empty());
        assert_eq!(disk.cut_power(Left::Names).bytes("a").unwrap(), b"");
        assert_eq!(disk.cut_power(Left::All).bytes("a").unwrap(), b"one");
        disk.sync_folder().unwrap();
        assert_eq!(disk.cut_power(Left::Nothing).bytes("a").unwrap(), b"");
        file.sync().unwrap();
        file.write(b" two").unwrap();
        assert_eq!(disk.cut_power(Left::Nothing).bytes("a").unwrap(), b"one");
        assert_eq!(disk.cut_power(Left::Bytes).bytes("a").unwrap(), b"one two");
        disk.rename("a", "b").unwrap();
        assert_eq!(disk.cut_power(Left::Nothing).names(), ["a"]);
        assert_eq!(disk.cut_power(Left::Names).names(), ["b"]);
    }

    #[test]
    fn a_failed_sync_loses_what_a_later_one_does_not_bring_back() {
        let disk = Faulty::new();
        let mut file = disk.create("a").unwrap();
        disk.sync_folder().unwrap();
        file.write(b"lost").unwrap();
        disk.plan(0, Fault::Refuse(EIO));
        assert_eq!(file.sync().unwrap_err().raw_os_error(), Some(EIO));
        file.write(b"kept").unwrap();
        file.sync().unwrap();
        assert_eq!(disk.bytes("a").unwrap(), b"lostkept");
        assert_eq!(disk.cut_power(Left::All).bytes("a").unwrap(), b"\0\0\0\0kept");
    }

    #[test]
    fn a_stop_tears_a_write_and_ends_all() {
        let disk = Faulty::new();
        let mut file = disk.create("a").unwrap();
        disk.plan(0, Fault::Stop);
        file.write(b"abcd").unwrap_err();
        file.sync().unwrap_err();
        disk.list().unwrap_err();
        assert!(disk.stopped());
        assert_eq!(disk.cut_power(Left::All).bytes("a").unwrap(), b"ab");
    }
}
