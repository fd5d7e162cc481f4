//! What a domain is, for a line of a list and for the part of an address after the `@` alike.

use std::fmt;

/// The longest name that DNS carries, in bytes.
const LONGEST_NAME: usize = 253;
/// The longest label (the part between two dots), in bytes.
const LONGEST_LABEL: usize = 63;

/// Why a text is not a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotADomain {
    /// Nothing is there.
    Empty,
    /// The name has this many bytes.
    LongName(usize),
    /// A label has this many bytes.
    LongLabel(usize),
    /// Two dots follow each other, or one comes first.
    EmptyLabel,
    /// A label starts or ends with a hyphen.
    Hyphen,
    /// It holds a character that no domain has.
    Character(char),
    /// There is no dot in it.
    NoDot,
    /// The last label is a number, as in an IP address.
    Number,
}

impl fmt::Display for NotADomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::LongName(bytes) => {
                write!(f, "it has {bytes} bytes, and a name has at most {LONGEST_NAME}")
            }
            Self::LongLabel(bytes) => {
                write!(f, "a label has {bytes} bytes, and may have {LONGEST_LABEL} at most")
            }
            Self::EmptyLabel => write!(f, "nothing stands before a dot"),
            Self::Hyphen => write!(f, "a label starts or ends with a hyphen"),
            Self::Character(c) => write!(f, "{c:?} is no letter, digit, hyphen or dot"),
            Self::NoDot => write!(f, "it has no dot"),
            Self::Number => write!(f, "its last label is a number"),
        }
    }
}

/// Checks a domain and gives it in the one form that lists and addresses are compared in: lower case, no dot at the
/// end.
///
/// Letters and digits of every script are allowed, so that a list may hold `foto-en-el-álbum.info` as it is. A mark
/// that Unicode does not count as a letter, such as a virama, is not: such a name is written in its `xn--` form. What
/// is returned is parsed to itself. What is in the form already, as nearly all input is, is handed back without a
/// copy; the rest is written to `scratch`.
pub(crate) fn parse<'a>(text: &'a str, scratch: &'a mut String) -> Result<&'a str, NotADomain> {
    let name = text.strip_suffix('.').unwrap_or(text);
    check_name(name)?;
    let lower = lower_case(name, scratch);
    if !lower.is_ascii() {
        // In lower case a letter may be longer, and two: `İ` is an `i` and a dot above it, which is no letter.
        check_name(lower)?;
    }
    Ok(lower)
}

fn check_name(name: &str) -> Result<(), NotADomain> {
    if name.is_empty() {
        return Err(NotADomain::Empty);
    }
    if name.len() > LONGEST_NAME {
        return Err(NotADomain::LongName(name.len()));
    }
    let mut last = None;
    let mut labels = 0;
    for label in name.split('.') {
        check_label(label)?;
        last = Some(label);
        labels += 1;
    }
    if labels < 2 {
        return Err(NotADomain::NoDot);
    }
    if last.is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(NotADomain::Number);
    }
    Ok(())
}

fn check_label(label: &str) -> Result<(), NotADomain> {
    if label.is_empty() {
        return Err(NotADomain::EmptyLabel);
    }
    if label.len() > LONGEST_LABEL {
        return Err(NotADomain::LongLabel(label.len()));
    }
    let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain {
        if let Some(c) = label.chars().find(|&c| !c.is_alphanumeric() && c != '-') {
            return Err(NotADomain::Character(c));
        }
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(NotADomain::Hyphen);
    }
    Ok(())
}

fn lower_case<'a>(name: &'a str, scratch: &'a mut String) -> &'a str {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return name;
    }
    scratch.clear();
    scratch.extend(name.chars().flat_map(char::to_lowercase));
    scratch
}
