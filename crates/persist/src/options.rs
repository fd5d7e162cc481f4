//! How a store writes, and what it accepts.

use crate::format::{Compression, Limits, Sealing};

/// How a store writes files, which ones it keeps, and what it reads.
///
/// # Examples
///
/// ```
/// use readmostly_persist::{Compression, Options};
///
/// let options = Options::new().schema(3).keep(5).compression(Compression::None);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) compression: Compression,
    pub(crate) sealing: Sealing,
    pub(crate) schema: u32,
    pub(crate) keep: usize,
    pub(crate) max_chain: usize,
    pub(crate) max_record: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Makes the default: LZ4 (where it is built in), no key, schema 0, 3 generations, 16 deltas, 64 MiB a record.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    pub fn new() -> Self {
        Self {
            compression: Compression::default(),
            sealing: Sealing::default(),
            schema: 0,
            keep: 3,
            max_chain: 16,
            max_record: 64 * 1024 * 1024,
        }
    }

    /// Says how new files are compressed.
    ///
    /// # Examples
    ///
    /// See [`Compression`].
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Encrypts new files, and refuses those that are not encrypted with this key. With the feature `encryption`.
    ///
    /// # Examples
    ///
    /// See [`Key`](crate::Key).
    #[cfg(feature = "encryption")]
    #[must_use]
    pub fn key(mut self, key: crate::Key) -> Self {
        self.sealing = Sealing::Sealed(key);
        self
    }

    /// Names what the types of the program look like: a number of yours. A file with another one is refused.
    ///
    /// Raise it whenever a type that is saved changes: the encoding has no names of fields in it, and might take one for another.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    #[must_use]
    pub fn schema(mut self, schema: u32) -> Self {
        self.schema = schema;
        self
    }

    /// Says how many full files stay, with the deltas on each; at least 1. Older ones are removed after a new full file is
    /// there, unless they are tagged.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    #[must_use]
    pub fn keep(mut self, generations: usize) -> Self {
        self.keep = generations.max(1);
        self
    }

    /// Says how many deltas may stand on a full file; with 0 there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::Options;
    ///
    /// let all_full = Options::new().max_chain(0);
    /// # let _ = all_full;
    /// ```
    #[must_use]
    pub fn max_chain(mut self, deltas: usize) -> Self {
        self.max_chain = deltas;
        self
    }

    /// Says how many bytes a record may have, when it is written and when it is read: an entry of a collection, or a value that is
    /// saved as a whole.
    ///
    /// A read never allocates more than that at once for a file, whatever the file says. What a record decodes to is up to your types.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::Options;
    ///
    /// let small = Options::new().max_record(4096);
    /// # let _ = small;
    /// ```
    #[must_use]
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.max_record = bytes;
        self
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { record: self.max_record }
    }
}
