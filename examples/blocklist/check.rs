//! The check of one address.

use std::iter;

use super::domain;

/// What the sign-up page is told about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its domain, or a domain above it, is on the list.
    Listed,
    /// It is an address, and nothing speaks against its domain.
    Clear,
    /// It is no address.
    Malformed,
}

/// Checks one address: its domain and each domain above it, down to two labels, so that `a.b.listed.com` is caught.
///
/// `scratch` is where an address in upper case is turned into lower case. It is the caller's, so that no check
/// allocates. A name in Unicode and the same name in punycode (`xn--…`) are two names here.
pub(crate) fn check(address: &str, scratch: &mut String, is_listed: impl Fn(&str) -> bool) -> Verdict {
    match domain_of(address, scratch) {
        None => Verdict::Malformed,
        Some(domain) if and_above(domain).any(is_listed) => Verdict::Listed,
        Some(_) => Verdict::Clear,
    }
}

/// The part after the last `@`, if what stands before it can be a mailbox and it can be a domain.
fn domain_of<'a>(address: &'a str, scratch: &'a mut String) -> Option<&'a str> {
    let (mailbox, domain) = address.rsplit_once('@')?;
    let quoted = mailbox.len() > 2 && mailbox.starts_with('"') && mailbox.ends_with('"');
    let odd = |c: char| c.is_control() || (!quoted && (c == '@' || c.is_whitespace()));
    if mailbox.is_empty() || mailbox.contains(odd) {
        return None;
    }
    domain::parse(domain, scratch).ok()
}

fn and_above(domain: &str) -> impl Iterator<Item = &str> {
    iter::successors(Some(domain), |name| name.split_once('.').map(|(_, above)| above))
        .take_while(|name| name.contains('.'))
}
