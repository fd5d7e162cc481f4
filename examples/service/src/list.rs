//! The list: how it is read, and what it means that a domain is on it.

use crate::domain;
use readmostly::paged::PagedMap;
use readmostly::{CowMap, Snapshot};
use readmostly_reload::{Content, Refused};
use std::iter;
use std::sync::Arc;

/// A domain on the list. A write copies the elements of the pages that it touches, and so the text is shared.
pub type Domain = Arc<str>;

/// The list in force: a map without values, since that is what can follow etcd. Version 0 is the empty table that the service starts
/// with, before the first load.
pub type Table = CowMap<Domain, ()>;

/// The domains of one version.
pub type Domains = PagedMap<Domain, ()>;

/// One version of the list.
pub type Version = Snapshot<Domains>;

/// Reads a list: a domain a line. Blank lines and lines that begin with `#` are skipped. One bad line refuses all.
pub fn parse(content: &Content) -> Result<Vec<Domain>, Refused> {
    let mut domains = Vec::new();
    let mut scratch = String::new();
    for line in content.lines()? {
        let text = line.text().trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match domain::parse(text, &mut scratch) {
            Ok(domain) => domains.push(domain.into()),
            Err(why) => return Err(line.refuse(format!("not a domain: {why}"))),
        }
    }
    Ok(domains)
}

/// The entries of a table with these domains.
pub fn entries(domains: Vec<Domain>) -> impl Iterator<Item = (Domain, ())> {
    domains.into_iter().map(|domain| (domain, ()))
}

/// Reads the name of a key of etcd's: a domain in the form in which the list has it, so that no two names are one domain.
pub fn read_name(name: &str) -> Result<Domain, String> {
    let mut scratch = String::new();
    let domain = domain::parse(name, &mut scratch).map_err(|why| format!("not a domain: {why}"))?;
    if domain == name { Ok(domain.into()) } else { Err(format!("write it as {domain}")) }
}

/// Gives what is asked for in the form in which the list has it: lower case, no dot at the end. Or says why it is no domain.
///
/// No name with `_` is on a list. But DNS has such names, as `_dmarc.ads.example`, and they are blocked by what is above them.
pub fn normal<'a>(text: &'a str, scratch: &'a mut String) -> Result<&'a str, String> {
    if !text.contains('_') {
        return domain::parse(text, scratch).map_err(|why| why.to_string());
    }
    // A letter in place of each says whether all else is good.
    domain::parse(&text.replace('_', "x"), scratch).map_err(|why| why.to_string())?;
    scratch.clear();
    scratch.extend(text.strip_suffix('.').unwrap_or(text).chars().flat_map(char::to_lowercase));
    Ok(scratch)
}

/// Returns what blocks `domain`: itself, or the nearest domain above it that is on the list.
pub fn blocker(domain: &str, is_listed: impl Fn(&str) -> bool) -> Option<&str> {
    iter::successors(Some(domain), |name| name.split_once('.').map(|(_, above)| above))
        .take_while(|name| name.contains('.'))
        .find(|name| is_listed(name))
}
