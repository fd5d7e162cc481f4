//! Ranges of addresses, and the files that they come in.

use std::error::Error;
use std::fmt;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use readmostly::paged::PagedOrdMap;

/// What lies behind the first address of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) last: Ipv4Addr,
    /// The number of the network.
    pub(crate) number: u32,
    pub(crate) name: Arc<str>,
}

/// Ranges by their first address. They do not overlap.
pub(crate) type Ranges = PagedOrdMap<Ipv4Addr, Range>;

/// Returns the range that an address is in, if it is in one: the last one that does not begin behind it, if that goes so far.
pub(crate) fn find(ranges: &Ranges, address: Ipv4Addr) -> Option<(&Ipv4Addr, &Range)> {
    ranges.get_le(&address).filter(|(_, range)| address <= range.last)
}

/// Reads a file. What is wrong with it is told with its line.
pub(crate) fn read(file: &Path) -> Result<Vec<(Ipv4Addr, Range)>, Bad> {
    let bad = |line, reason: String| Bad { file: file.into(), line, reason };
    let content = fs::read(file).map_err(|error| bad(None, error.to_string()))?;
    let mut ranges: Vec<(Ipv4Addr, Range)> = Vec::new();
    // No field has a line break. So each line is a record of its own, and its number is known.
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let (first, range) = parse(line).map_err(|reason| bad(Some(number), reason))?;
        if let Some((before, range)) = ranges.last().filter(|(_, before)| before.last >= first) {
            let reason = format!("{first} is not behind the range before it, {before} to {}", range.last);
            return Err(bad(Some(number), reason));
        }
        ranges.push((first, range));
    }
    if ranges.is_empty() {
        return Err(bad(None, "there is no range in it".into()));
    }
    Ok(ranges)
}

fn parse(line: &[u8]) -> Result<(Ipv4Addr, Range), String> {
    let line = std::str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut csv = csv::ReaderBuilder::new();
    let mut records =
        csv.has_headers(false).buffer_capacity(line.len()).from_reader(line.as_bytes()).into_records();
    let record = records.next().transpose().map_err(|error| error.to_string())?.unwrap_or_default();
    let fields: Vec<&str> = record.iter().collect();
    let [first, last, number, name] = fields[..] else {
        return Err(format!("a range has 4 fields, and here are {}", fields.len()));
    };
    let address = |text: &str| text.parse().map_err(|_| format!("{text:?} is no IPv4 address"));
    let (first, last) = (address(first)?, address(last)?);
    if last < first {
        return Err(format!("the range ends with {last}, before it begins with {first}"));
    }
    let number = number.parse().map_err(|_| format!("{number:?} is no number of a network"))?;
    Ok((first, Range { last, number, name: name.into() }))
}

/// Why a file is no list of ranges.
#[derive(Debug)]
pub(crate) struct Bad {
    file: PathBuf,
    line: Option<usize>,
    reason: String,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Error for Bad {}
