//! What goes wrong: [`Refused`] by a parser or a validator, [`Failure`] in a status, and the errors of calls.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::time::SystemTime;

/// An error of any type, of the user's code or ours.
pub(crate) type Fault = Box<dyn StdError + Send + Sync>;

/// Why a content is refused, and where.
///
/// A parser or validator may return any error. With this one the status knows the file, the line and the column.
///
/// # Examples
///
/// ```
/// use readmostly_reload::Refused;
///
/// let refused = Refused::new("not a domain").in_file("hosts.txt").at(3, 7);
/// assert_eq!(refused.to_string(), "hosts.txt:3:7: not a domain");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub(crate) kind: Option<FailureKind>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u64>,
    pub(crate) column: Option<u64>,
    pub(crate) reason: String,
}

impl Refused {
    /// Makes an error with this reason, which should hold nothing secret: it is shown in the status.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { kind: None, file: None, line: None, column: None, reason: reason.into() }
    }

    /// Says which file. Without it, it is the only file of the content.
    #[must_use]
    pub fn in_file(self, name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..self }
    }

    /// Says which line, from 1.
    #[must_use]
    pub fn at_line(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    /// Says which line and which column of it, in bytes, both from 1.
    #[must_use]
    pub fn at(self, line: u64, column: u64) -> Self {
        Self { line: Some(line), column: Some(column), ..self }
    }

    /// Of this kind.
    pub(crate) fn of(self, kind: FailureKind) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(f, self.file.as_deref(), self.line, self.column)?;
        f.write_str(&self.reason)
    }
}

impl StdError for Refused {}

/// Whether a character would end the line, or turn the direction in which the rest is shown.
fn is_misleading(character: char) -> bool {
    let is_mark = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_mark || matches!(character, '\u{2028}' | '\u{2029}') || character.is_control()
}

/// Writes `file:line:column: `, as compilers do, as far as it is known. A name has no end of line here, whatever it is.
fn place(
    f: &mut fmt::Formatter<'_>,
    file: Option<&str>,
    line: Option<u64>,
    column: Option<u64>,
) -> fmt::Result {
    match (file, line) {
        (Some(file), _) => {
            for character in file.chars() {
                if is_misleading(character) {
                    write!(f, "{}", character.escape_default())?;
                } else {
                    f.write_char(character)?;
                }
            }
        }
        (None, Some(_)) => f.write_str("line ")?,
        (None, None) => return Ok(()),
    }
    for (number, first) in [(line, file.is_none()), (column, false)] {
        if let Some(number) = number {
            write!(f, "{}{number}", if first { "" } else { ":" })?;
        }
    }
    f.write_str(": ")
}

/// What a [`Failure`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The source cannot be read: it is gone, is no file, may not be read, or does not answer.
    Unreadable,
    /// The content has more bytes than the [limit](crate::Builder::limit), or than there is memory for.
    TooLarge,
    /// The content goes on changing, and never was at rest between two looks.
    Restless,
    /// The parser has refused it.
    Parse,
    /// The validator has refused it.
    Validate,
    /// Code of the user's has panicked: the source, the parser, the validator, or `Eq`, `Hash` or `Clone` of a value.
    Panic,
    /// Other writes to the container take more than a second, or the look was asked for inside one. It is tried again at the next look,
    /// and each second by a thread of the reloader's.
    Locked,
    /// The copy of the last good content cannot be written. The content itself is applied.
    Save,
}

impl FailureKind {
    /// Returns the name of the kind, in lower case, for logs and labels.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly_reload::FailureKind::TooLarge.as_str(), "too_large");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too_large",
            Self::Restless => "restless",
            Self::Parse => "parse",
            Self::Validate => "validate",
            Self::Panic => "panic",
            Self::Locked => "locked",
            Self::Save => "save",
        }
    }
}

/// Why the source is not followed at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What it is of.
    pub kind: FailureKind,
    /// The file, where it is known.
    pub file: Option<String>,
    /// The line, from 1, where it is known.
    pub line: Option<u64>,
    /// The column, in bytes, from 1, where it is known.
    pub column: Option<u64>,
    /// The reason, of at most 500 characters.
    pub reason: String,
    /// The beginning of the line, if an [excerpt](crate::Builder::excerpt) was asked for and the line is known.
    pub excerpt: Option<String>,
    /// Since when looks have failed without a good one between them, whatever the reason was.
    pub since: SystemTime,
}

impl Failure {
    /// From now on, and nowhere in particular.
    pub(crate) fn new(kind: FailureKind, reason: String) -> Self {
        let (file, line, column, excerpt) = (None, None, None, None);
        Self { kind, file, line, column, reason, excerpt, since: SystemTime::now() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(f, self.file.as_deref(), self.line, self.column)?;
        f.write_str(&self.reason)?;
        self.excerpt.as_ref().map_or(Ok(()), |excerpt| write!(f, ": {excerpt:?}"))
    }
}

impl StdError for Failure {}

/// There is no first load: why the source was refused and, if there is a copy of the last good content, why that was.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Error {
    /// What is wrong with the source.
    pub failure: Box<Failure>,
    /// What is wrong with the copy of the last good content, if one was asked for.
    pub last_good: Option<Box<Failure>>,
}

impl Error {
    /// Neither the source nor a copy of it is to blame.
    pub(crate) fn of(reason: String) -> Self {
        Failure::new(FailureKind::Unreadable, reason).into()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self { failure: Box::new(failure), last_good: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.failure)?;
        match &self.last_good {
            Some(failure) => write!(f, "; and the last good content cannot take its place: {failure}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {}

/// The version that [`rollback`](crate::Reloader::rollback) did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownVersion {
    /// The version that was asked for.
    pub version: u64,
    /// The versions that there are, the current one last.
    pub there: Vec<u64>,
}

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there: Vec<_> = self.there.iter().map(u64::to_string).collect();
        let there = there.join(", ");
        write!(f, "version {} is not kept, but {there}: `Builder::keep` says how many are", self.version)
    }
}

impl StdError for UnknownVersion {}
