//! A check of all logs of a folder, also of those that a start does not need.

use super::Torn;
use super::log::{LogReader, Next};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{LOG, Store};
use crate::table::Table;
use std::path::Path;

impl<T: Table> Store<T> {
    /// Reads all bytes of all logs of a [`Durable`](crate::Durable), the oldest first, and tells of each whether it is good, and what
    /// of its end was never confirmed.
    ///
    /// The writes are not replayed: [`load_logged`](Self::load_logged) does that, with what a start needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Durable, Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// set.insert(7)?;
    /// let look: Store<PagedSet<u32>> = Store::open_read_only(&folder, Options::new())?;
    /// look.verify_logs(|file, result| assert!(result.is_ok(), "{}", file.display()))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) if the folder cannot be listed.
    pub fn verify_logs(&self, mut each: impl FnMut(&Path, Result<Option<Torn>>)) -> Result<()> {
        let (disk, folder, options) = self.place();
        let list =
            || disk.list().map_err(|error| Error::io("the folder cannot be listed", error).in_file(folder));
        let mut names = list()?;
        names.retain(|name| name.ends_with(LOG));
        names.sort();
        for name in names {
            let file = folder.join(&name);
            let verify = || {
                let mut reader = LogReader::open(disk, &name, options)?;
                if reader.header().parent.is_none() {
                    let what = "the file has the name of a log, and is none; move it elsewhere";
                    return Err(Error::new(ErrorKind::Unknown, what));
                }
                loop {
                    match reader.next(folder)? {
                        Next::Group { mut updates, .. } => {
                            while let Some(records) = updates.next()? {
                                while records.next()?.is_some() {}
                            }
                        }
                        Next::End(torn) => return Ok(torn),
                    }
                }
            };
            let result = verify().map_err(|error| error.in_file(&file));
            // The process that writes removes old logs.
            if result.is_ok() || list()?.contains(&name) {
                each(&file, result);
            }
        }
        Ok(())
    }
}
