//! Room on a disk that is full.

use super::Recovered;
use super::recover::recover;
use crate::disk::Real;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::store::{Compacted, Store};
use crate::table::Table;
use std::io;
use std::path::Path;
use std::sync::Arc;

impl<T: Table> Store<T> {
    /// Removes the generations beyond [`keep`](Options::keep), and writes nothing: for a disk that is full.
    ///
    /// The folder may be that of a [`Durable`](crate::Durable) as well. What its logs stand on stays. Where one generation is to stay, one log does: what the
    /// newest log makes is loaded, and then the older ones are removed.
    ///
    /// Files of another schema or another collection stay: another program may need them. A [`RawTable`](crate::RawTable) fits all, and there the newest
    /// file that is good says which schema and collection.
    ///
    /// What stays is read first, so that a damaged file does not count as one that is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, RawTable, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new().max_chain(0))?;
    /// let set = CowSet::from([1]);
    /// store.save(&set.snapshot())?;
    /// set.insert(2);
    /// store.save(&set.snapshot())?;
    /// drop(store);
    /// // A raw table fits whatever was saved.
    /// let pruned = Store::<RawTable>::prune(&folder, Options::new().keep(1))?;
    /// assert_eq!(pruned.removed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Locked`](crate::ErrorKind::Locked) if a process has the folder open. Those of [`load`](Self::load) if no full file is good, as without its
    /// key, or if the tags, a log or a header cannot be read: what these need is not known then. [`Io`](crate::ErrorKind::Io) if a file cannot
    /// be read or removed.
    pub fn prune(folder: impl AsRef<Path>, options: Options) -> Result<Compacted> {
        let disk = Real::existing(folder.as_ref())
            .map_err(|error| Error::io("the folder cannot be read", error).in_file(folder.as_ref()))?;
        let folder = disk.folder().to_path_buf();
        Self::open_on(Arc::new(disk), &folder, options, true)?.make_room()
    }

    pub(crate) fn make_room(&self) -> Result<Compacted> {
        let (logs, bytes) = if self.place().2.keep > 1 { (0, 0) } else { self.remove_older_logs()? };
        let (removed, freed) = self.remove_old_files()?;
        Ok(Compacted { saved: None, removed: logs + removed, freed: bytes + freed })
    }

    /// Removes the logs that a start does not need, if it can do without them.
    fn remove_older_logs(&self) -> Result<(usize, u64)> {
        let (disk, folder, _) = self.place();
        // What cannot be read is told by a start. Here it is a reason to leave all as it is.
        let mut recovered = Recovered::default();
        let (mut removed, mut freed) = (0, 0);
        let Ok(Some(replayed)) = recover(self, &mut recovered) else { return Ok((removed, freed)) };
        let Some((newest, older)) = replayed.logs.split_last() else { return Ok((removed, freed)) };
        if newest.base.0 != replayed.base || !recovered.skipped.is_empty() {
            return Ok((removed, freed));
        }
        for log in older {
            let bytes = disk.length(&log.name).unwrap_or(0);
            self.in_place()?;
            match disk.remove(&log.name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(
                        Error::io("the log cannot be removed", error).in_file(&folder.join(&log.name))
                    );
                }
                _ => (removed, freed) = (removed + 1, freed + bytes),
            }
        }
        self.sync_folder()?;
        self.logs_stand_on(vec![newest.base.0]);
        Ok((removed, freed))
    }
}
