//! Reading a list of domains, and comparing two.

use std::cmp::Ordering;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::domain::{self, NotADomain};

/// A domain on the list. A write copies the pages that it touches, element by element, and so the text is shared: a
/// `Box<str>` would be allocated anew for each neighbour of a domain that is added.
pub(crate) type Domain = Arc<str>;

/// So much of a bad line is shown.
const SHOWN: usize = 60;

/// The domains of one file, each once, sorted.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) domains: Vec<Domain>,
}

/// What one list has and another has not, sorted.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) added: Vec<Domain>,
    pub(crate) removed: Vec<Domain>,
}

impl List {
    /// Reads a whole file, and takes all of it or nothing.
    pub(crate) fn read(path: &Path) -> Result<Self, ListError> {
        let at = |line, fault| ListError { path: path.to_owned(), line, fault };
        let bytes = fs::read(path).map_err(|error| at(None, Fault::Unreadable(error)))?;
        Self::parse(&bytes).map_err(|(line, fault)| at(line, fault))
    }

    fn parse(bytes: &[u8]) -> Result<Self, (Option<usize>, Fault)> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut domains = Vec::new();
        let mut scratch = String::new();
        for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            match parse_line(line, &mut scratch) {
                Ok(Some(domain)) => domains.push(domain.into()),
                Ok(None) => {}
                Err(fault) => return Err((Some(number), fault)),
            }
        }
        if domains.is_empty() {
            return Err((None, Fault::NoDomain));
        }
        domains.sort_unstable();
        domains.dedup();
        domains.shrink_to_fit();
        Ok(Self { domains })
    }

    /// Whether the list holds `domain` itself.
    pub(crate) fn contains(&self, domain: &str) -> bool {
        self.domains.binary_search_by(|other| (**other).cmp(domain)).is_ok()
    }

    /// What has to happen to this list to make it `other`.
    pub(crate) fn difference_to(&self, other: &Self) -> Difference {
        let mut difference = Difference::default();
        let (mut here, mut there) = (self.domains.as_slice(), other.domains.as_slice());
        while let (Some((old, old_rest)), Some((new, new_rest))) = (here.split_first(), there.split_first()) {
            let order = old.cmp(new);
            match order {
                Ordering::Less => difference.removed.push(Arc::clone(old)),
                Ordering::Greater => difference.added.push(Arc::clone(new)),
                Ordering::Equal => {}
            }
            if order.is_le() {
                here = old_rest;
            }
            if order.is_ge() {
                there = new_rest;
            }
        }
        difference.removed.extend_from_slice(here);
        difference.added.extend_from_slice(there);
        difference
    }

    /// Makes the list the other one. What both have keeps its text, which it shares with the set that was made of it.
    pub(crate) fn apply(&mut self, difference: Difference) {
        self.domains.retain(|domain| difference.removed.binary_search(domain).is_err());
        self.domains.extend(difference.added);
        self.domains.sort_unstable();
    }
}

/// The domain in a line; none in a blank line or a comment.
fn parse_line<'a>(line: &'a [u8], scratch: &'a mut String) -> Result<Option<&'a str>, Fault> {
    let line =
        std::str::from_utf8(line).map_err(|error| Fault::NotUtf8 { column: error.valid_up_to() + 1 })?;
    let text = line.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    match domain::parse(text, scratch) {
        Ok(domain) => Ok(Some(domain)),
        Err(why) => Err(Fault::NotADomain { text: shorten(text), why }),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why a file cannot be the list. It shows as `FILE:LINE: what is wrong`.
#[derive(Debug)]
pub(crate) struct ListError {
    path: PathBuf,
    line: Option<usize>,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Unreadable(io::Error),
    NotUtf8 { column: usize },
    NotADomain { text: String, why: NotADomain },
    NoDomain,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        match &self.fault {
            Fault::Unreadable(error) => write!(f, " cannot be read: {error}"),
            Fault::NotUtf8 { column } => write!(f, " not UTF-8, at byte {column} of the line"),
            Fault::NotADomain { text, why } => write!(f, " {text:?} is not a domain: {why}"),
            Fault::NoDomain => write!(f, " empty: there is no domain in it"),
        }
    }
}

impl std::error::Error for ListError {}
