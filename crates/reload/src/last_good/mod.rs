//! [`LastGood`]: a copy of the content that was applied last, for a start without the source.

mod file;
#[cfg(feature = "readmostly-persist")]
mod store;

pub(crate) use file::InFile;
#[cfg(feature = "readmostly-persist")]
pub(crate) use store::InStore;

use crate::content::Content;
use crate::error::Refused;

/// Where the copy is.
pub(crate) trait LastGood: Send {
    /// Reads the copy.
    fn load(&mut self) -> Result<Content, Refused>;

    /// The copy was loaded, and is what is in force. It stays what it is until there is something better.
    fn loaded(&mut self, content: Content);

    /// The copy is to be this.
    fn keep(&mut self, content: &Content);

    /// The source says what it said, or is not good: the copy is to be what was taken last, and need not be that any more.
    fn still(&mut self, taken: Option<&Content>);

    /// Writes what is to be written, if there is anything, in one step: a crash leaves the copy before, or the new one. An error says
    /// why the copy is not what it is to be.
    fn save(&mut self) -> Result<(), Refused>;
}
