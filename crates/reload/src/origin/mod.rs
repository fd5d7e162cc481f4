//! [`Origin`]: where content comes from. Files and folders are in here; a closure is one as well.

mod access;
mod file;
mod folder;
mod settled;
mod trace;

pub(crate) use self::access::access_at;
#[cfg(unix)]
pub(crate) use self::access::is_without_list;
#[cfg(unix)]
pub(crate) use self::file::open;
pub(crate) use self::file::{OneFile, read};
pub(crate) use self::folder::{Folder, is_wanted};
pub(crate) use self::settled::{Place, Settled};
pub(crate) use self::trace::Stamp;

use crate::content::Content;
use crate::error::Fault;
use std::time::Duration;

/// What an [`Origin`] says when it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is what it said last, and need not be compared: a `304 Not Modified`, for example.
    Unchanged,
    /// It is this. It may be what it was before.
    Content(Content),
    /// It is changing. Look again after this time.
    ///
    /// [`Reloader::now`](crate::Reloader::now) waits until it says something else, so let it be an error after a while.
    Unsettled(Duration),
}

impl From<Option<Content>> for Look {
    fn from(content: Option<Content>) -> Self {
        content.map_or(Self::Unchanged, Self::Content)
    }
}

/// A source of content.
///
/// A closure that returns `Result<Option<Content>, E>` is one: `None` says that nothing has changed since the content that it
/// returned last. An `Err` changes nothing in the table and is told in the status.
///
/// # Examples
///
/// ```
/// use readmostly::CowCell;
/// use readmostly_reload::{Content, Look, Origin, Refused, Reload};
/// use std::env;
/// use std::error::Error;
/// use std::sync::Arc;
///
/// struct Variable(&'static str);
///
/// impl Origin for Variable {
///     fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
///         Ok(Look::Content(Content::from_bytes(self.0, env::var(self.0)?)))
///     }
///
///     fn name(&self) -> String {
///         format!("${}", self.0)
///     }
/// }
///
/// let path = Arc::new(CowCell::new(String::new()));
/// let parse = |content: &Content| content.text().map(String::from);
/// let reloader = Reload::source(Variable("PATH")).parse(parse).into(path)?;
/// assert_eq!(*reloader.target().load(), env::var("PATH")?);
/// # Ok::<(), Box<dyn Error>>(())
/// ```
pub trait Origin: Send {
    /// Looks at what there is now.
    ///
    /// # Errors
    ///
    /// Any error, if it cannot be said. Let it say what to do about it: operators will read it.
    fn look(&mut self) -> Result<Look, Fault>;

    /// Returns what errors call it.
    fn name(&self) -> String {
        String::from("the source")
    }
}

impl<F, E> Origin for F
where
    F: FnMut() -> Result<Option<Content>, E> + Send,
    E: Into<Fault>,
{
    fn look(&mut self) -> Result<Look, Fault> {
        self().map(Look::from).map_err(Into::into)
    }
}
