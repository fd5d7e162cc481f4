//! A save: in full, as a delta, or not at all.

use super::Store;
use super::index::{File, name_of, name_until_whole, number_of_next};
use super::info::Saved;
use super::inner::{Held, Inner, Last, Temporary, Writer, now};
use super::turns::Turn;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FrameWriter, Hash, Header, Id, Kind, Known, Progress, Sink, Stop};
use crate::table::Table;
use crate::waste::Waste;
use readmostly::Snapshot;
use std::sync::atomic::Ordering;

/// What a new file is to be.
struct Plan {
    kind: Kind,
    parent: Option<(Id, Hash)>,
    /// The most bytes that it may have.
    most: u64,
}

/// What is saved, and the version that the file tells of.
pub(super) struct Versioned<T> {
    snapshot: Snapshot<T>,
    version: u64,
    /// Also where a delta would do, or nothing has changed.
    in_full: bool,
}

/// The version that the container has.
impl<T> From<Snapshot<T>> for Versioned<T> {
    fn from(snapshot: Snapshot<T>) -> Self {
        let version = Snapshot::version(&snapshot);
        Self { snapshot, version, in_full: false }
    }
}

impl<T: Table> Store<T> {
    /// Saves a snapshot under a version that is not that of a container.
    pub(crate) fn save_as(
        &self,
        snapshot: &Snapshot<T>,
        version: u64,
        in_full: bool,
        waste: &mut Waste<T>,
    ) -> Result<Saved> {
        let versioned = || Versioned { snapshot: snapshot.clone(), version, in_full };
        self.inner.save(self.inner.turn()?, versioned, None, waste)
    }
}

impl<T: Table> Inner<T> {
    /// Saves a snapshot, which is asked for in the turn. Nothing that is there changes before the new file is certain to survive.
    pub(super) fn save(
        &self,
        turn: Turn,
        snapshot: impl FnOnce() -> Versioned<T>,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
    ) -> Result<Saved> {
        let mut writer = self.writer_in(turn);
        // While it waited for its turn: then nothing is done.
        progress.map_or(Ok(()), not_cancelled)?;
        let Versioned { snapshot, version, in_full } = &snapshot();
        // It may be the last one of its version.
        waste.snapshot(snapshot.clone());
        let fingerprint =
            snapshot.fingerprint(self.options.max_record).map_err(|error| error.in_file(&self.folder))?;
        if *in_full {
            return self.save_full(&mut writer, snapshot, *version, fingerprint, progress, waste);
        }
        if let Some(last) = &writer.last {
            // A newer one that is damaged may be read again one day, and a load would find that.
            let is_found = self.index().is_newest(last.id) && self.is_there(last.id);
            if is_found && is_same(last, snapshot, fingerprint)? {
                let (id, kind) = (last.id, if last.deltas == 0 { Kind::Full } else { Kind::Delta });
                // The pages of the version before need not stay in memory.
                writer.hold(snapshot, waste);
                return Ok(Saved { id, kind, written: false, records: 0, bytes: 0, left_over: None });
            }
        }
        match self.save_delta(&mut writer, snapshot, *version, progress, waste) {
            // A change has a byte more than the entry alone.
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::TooLarge => {}
            saved_or_failed => return saved_or_failed.map(|saved| saved.expect("`None` was before")),
        }
        self.save_full(&mut writer, snapshot, *version, fingerprint, progress, waste)
    }

    fn save_delta(
        &self,
        writer: &mut Writer<T>,
        snapshot: &Snapshot<T>,
        version: u64,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
    ) -> Result<Option<Saved>> {
        let Some(last) = &mut writer.last else { return Ok(None) };
        let Some(held) = &last.value else { return Ok(None) };
        let most = (last.full_bytes / 2).min(last.full_bytes.saturating_sub(last.delta_bytes));
        if last.deltas >= self.options.max_chain || most == 0 || !self.is_there(last.id) {
            return Ok(None);
        }
        let plan = Plan { kind: Kind::Delta, parent: Some((last.id, last.hash)), most };
        let changes = |sink: &mut Sink<'_>| snapshot.write_changes(held.get(), sink);
        let Some((file, records)) = self.write(&plan, snapshot, version, progress, waste, changes)? else {
            return Ok(None);
        };
        last.id = file.header.id;
        last.hash = file.hash;
        last.deltas += 1;
        last.delta_bytes += file.bytes;
        last.version = version;
        last.skipped = None;
        writer.hold(snapshot, waste);
        let saved = saved(&file, records);
        self.index().add(file);
        Ok(Some(saved))
    }

    fn save_full(
        &self,
        writer: &mut Writer<T>,
        snapshot: &Snapshot<T>,
        version: u64,
        fingerprint: Option<Hash>,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
    ) -> Result<Saved> {
        let (file, records) = self.write_full(snapshot, version, progress, waste)?;
        let held = snapshot.has_changes().then(|| Held::Snapshot(snapshot.clone()));
        writer.replace(Some(Last::full(&file, held, fingerprint)), waste);
        let mut saved = saved(&file, records);
        self.index().add(file);
        saved.left_over = self.remove_old().err();
        Ok(saved)
    }

    /// Writes a full file, and says how many records it has.
    pub(super) fn write_full(
        &self,
        table: &T,
        version: u64,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
    ) -> Result<(File, u64)> {
        if let Some(progress) = progress {
            progress.records.store(0, Ordering::Relaxed);
        }
        let plan = Plan { kind: Kind::Full, parent: None, most: u64::MAX };
        let written = self.write(&plan, table, version, progress, waste, |sink| table.write(sink))?;
        Ok(written.expect("a full file has no limit"))
    }

    /// Writes a file, all of it or nothing; `None` if it would have more bytes than are planned.
    ///
    /// If the disk is full, what is older than what stays is removed, and it is tried once more. There is such where fewer are to stay
    /// than before.
    fn write(
        &self,
        plan: &Plan,
        table: &T,
        version: u64,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
        fill: impl Fn(&mut Sink<'_>) -> Result<()>,
    ) -> Result<Option<(File, u64)>> {
        let written = self.write_once(plan, table, version, progress, waste, &fill);
        let is_full = written.as_ref().is_err_and(Error::is_disk_full);
        if is_full && self.makes_room() {
            // What stays was read for that. If this would stand on what is damaged, it is not the file to write.
            if plan.parent.is_some_and(|(id, _)| !self.is_there(id)) {
                return Ok(None);
            }
            return self.write_once(plan, table, version, progress, waste, &fill);
        }
        written
    }

    fn write_once(
        &self,
        plan: &Plan,
        table: &T,
        version: u64,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
        fill: impl FnOnce(&mut Sink<'_>) -> Result<()>,
    ) -> Result<Option<(File, u64)>> {
        let sequence = {
            let mut index = self.index();
            let sequence = number_of_next(index.sequence);
            // A number that a failed save has used is not used again: its file may turn up after a crash.
            index.sequence = sequence + 1;
            sequence
        };
        if sequence > u64::MAX / 2 {
            let what = "a file claims to be the last that there can be; move it elsewhere";
            return Err(Error::new(ErrorKind::Damaged, what).in_file(&self.folder));
        }
        let header = Header {
            kind: plan.kind,
            shape: table.shape(),
            codec: 0,
            cipher: 0,
            schema: table.schema().unwrap_or(self.options.schema),
            table: 0,
            time: now(),
            sequence,
            version,
            entries: table.entries(),
            id: Id::random()?,
            parent: plan.parent,
            nonce: [0; 24],
        };
        let name = name_of(&header);
        // The file is not there, and each try has another name for it.
        self.write_file(plan, header, &name, progress, waste, fill)
            .map_err(|error| error.in_file(&self.folder))
    }

    fn write_file(
        &self,
        plan: &Plan,
        header: Header,
        name: &str,
        progress: Option<&Progress>,
        waste: &mut Waste<T>,
        fill: impl FnOnce(&mut Sink<'_>) -> Result<()>,
    ) -> Result<Option<(File, u64)>> {
        self.in_place()?;
        let options = &self.options;
        let mut temporary = Temporary::new(&*self.disk, name_until_whole(header.id));
        let (header, mut writer) =
            FrameWriter::begin(temporary.create()?, header, options.compression, &options.sealing)?;
        let mut known = Known::new();
        let mut sink = Sink::new(&mut writer, options.max_record, progress)
            .at_most(plan.most)
            .reading_again(&mut known, &mut waste.decoded);
        if let Err(error) = fill(&mut sink).and_then(|()| sink.finish()) {
            return if sink.stopped() == Some(Stop::Full) { Ok(None) } else { Err(error) };
        }
        let finished = writer.finish()?;
        // Nobody must be told that the save was cancelled when it is there.
        progress.map_or(Ok(()), not_cancelled)?;
        temporary.keep(name)?;
        let (name, hash, bytes) = (name.to_owned(), finished.hash, finished.bytes);
        Ok(Some((File { name, header, hash, bytes }, finished.records)))
    }

    /// Whether the file and all that it stands on are in the folder and could be read. Somebody may have removed or changed one.
    pub(super) fn is_there(&self, id: Id) -> bool {
        let names: Vec<(String, u64)> = {
            let index = self.index();
            let Ok(chain) = index.find(id).and_then(|file| index.chain(file)) else { return false };
            if chain.iter().any(|file| index.bad.contains(&file.header.id)) {
                return false;
            }
            chain.iter().map(|file| (file.name.clone(), file.bytes)).collect()
        };
        names.iter().all(|(name, bytes)| self.disk.length(name).is_ok_and(|length| length == *bytes))
    }
}

fn not_cancelled(progress: &Progress) -> Result<()> {
    if progress.cancelled.load(Ordering::Relaxed) {
        return Err(Error::new(ErrorKind::Cancelled, "the save was cancelled"));
    }
    Ok(())
}

/// Whether a snapshot is what was saved last.
fn is_same<T: Table>(last: &Last<T>, snapshot: &Snapshot<T>, fingerprint: Option<Hash>) -> Result<bool> {
    match &last.value {
        Some(Held::Snapshot(held)) if Snapshot::ptr_eq(held, snapshot) => Ok(true),
        Some(held) => {
            let mut probe = Sink::probe();
            match snapshot.write_changes(held.get(), &mut probe) {
                Err(_) if probe.stopped() == Some(Stop::Found) => Ok(false),
                nothing => nothing.map(|()| true),
            }
        }
        None => Ok(fingerprint.is_some() && fingerprint == last.fingerprint),
    }
}

pub(super) fn saved(file: &File, records: u64) -> Saved {
    Saved {
        id: file.header.id,
        kind: file.header.kind,
        written: true,
        records,
        bytes: file.bytes,
        left_over: None,
    }
}
