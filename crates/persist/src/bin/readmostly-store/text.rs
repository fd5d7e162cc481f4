//! What is written, and how: bytes, times and names as text.

use readmostly_persist::{Error, RawEntry};
use std::fmt::{Display, Write as _};
use std::io::{self, Write};
use std::time::SystemTime;

/// Standard output. Who has read enough closes it; the rest is written to nobody, and the exit code is as it would be.
pub(crate) struct Out(pub(crate) io::StdoutLock<'static>);

impl Out {
    fn unless_closed<R>(result: io::Result<R>, closed: R) -> io::Result<R> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(closed),
            result => result,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::unless_closed(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::unless_closed(self.0.flush(), ())
    }
}

/// Tells of something that is wrong. Nobody may be there to read it.
pub(crate) fn warn(what: impl Display) {
    let _ = writeln!(io::stderr(), "{}", shown(&what.to_string()));
}

/// Text for a terminal: what would control it is escaped. Names of files and tags may hold anything.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '"' | '\'' | '\\' => shown.push(letter),
            letter => shown.extend(letter.escape_debug()),
        }
    }
    // The library names its option, and an operator has another name for it.
    shown.replace("`Options::max_record`", "--max-record")
}

/// A name or a path, which begins no line of its own.
pub(crate) fn line(name: impl Display) -> String {
    shown(&name.to_string()).replace('\n', "\\n")
}

/// The errors as text, each of them once: a log is read twice, alone and with what it stands on.
pub(crate) fn each_once(errors: &[Error]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for error in errors.iter().map(ToString::to_string) {
        if !told.contains(&error) {
            told.push(error);
        }
    }
    told
}

/// The fields of an entry in JSON.
pub(crate) fn fields(prefix: &str, entry: RawEntry<'_>) -> String {
    let mut fields = Vec::new();
    if let Some(at) = entry.at {
        fields.push(format!("\"at\":{at}"));
    }
    if let Some(key) = entry.key {
        fields.push(value(&format!("{prefix}key"), key));
    }
    fields.push(value(&format!("{prefix}value"), entry.value));
    fields.join(",")
}

/// Bytes in hexadecimal, and as text with a point for each byte that is none.
pub(crate) fn value(name: &str, bytes: &[u8]) -> String {
    let mut hex = String::new();
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().chars().map(|letter| if letter.is_control() { '.' } else { letter }));
        text.extend(chunk.invalid().iter().map(|_| '.'));
    }
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    format!("\"{name}\":\"{hex}\",\"{name}_text\":{}", quoted(&text))
}

/// A string of JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => drop(write!(quoted, "\\u{:04x}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A time as RFC 3339 has it, in UTC.
pub(crate) fn time(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // H. Hinnant, "chrono-compatible low-level date algorithms": years begin in March, in eras of 400.
    let day_zero = days + 719_468;
    let (era, day_of_era) = (day_zero / 146_097, day_zero % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
