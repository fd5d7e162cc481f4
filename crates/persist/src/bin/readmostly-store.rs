//! `readmostly-store`: looks into a store, checks it, and mends what can be mended, without the program that writes to it.
//!
//! It does not know the types of a table, so it shows bytes: in hexadecimal, and as text where they are text.

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use readmostly_persist::{
    Error, ErrorKind, Id, Info, Key, Kind, Logged, Options, RawChange, RawEntry, RawTable, Store, Torn,
};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// Looks into a folder of readmostly-persist.
///
/// `info`, `list`, `verify`, `dump` and `diff` only read, also while a process writes to the store. `compact` and `tag` write, and
/// need it for themselves.
///
/// A FILE is an id or the beginning of one, a tag, or `newest`: what a start loads. In the folder of a durable table that is with the writes
/// of its log.
///
/// Exit codes: 0 all is well; 1 `verify` has found damage, `info` finds that a start would fail, or `diff` a difference; 2 it could not be
/// done.
#[derive(Parser)]
#[command(version, name = "readmostly-store")]
struct Args {
    /// A file with the key: 32 bytes, or 64 hexadecimal digits.
    #[arg(long, value_name = "FILE", global = true)]
    key_file: Option<PathBuf>,
    /// The most bytes that a record may have.
    #[arg(long, value_name = "BYTES", global = true, default_value_t = 64 << 20)]
    max_record: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Says what is there, and what a start would load.
    Info { folder: PathBuf },
    /// Lists the files, the oldest first.
    List {
        folder: PathBuf,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Reads and checks every byte.
    Verify { folder: PathBuf },
    /// Writes all entries of a state as JSON, one a line.
    Dump {
        folder: PathBuf,
        #[arg(default_value = "newest")]
        file: String,
    },
    /// Writes what differs between two states as JSON, one a line.
    Diff { folder: PathBuf, a: String, b: String },
    /// Makes the newest state one full file, and removes old generations.
    Compact {
        folder: PathBuf,
        /// How many full files stay.
        #[arg(long, default_value_t = 3)]
        keep: usize,
    },
    /// Gives a state a name, so that it stays; or takes a name away.
    Tag {
        folder: PathBuf,
        name: String,
        #[arg(default_value = "newest")]
        file: String,
        /// Takes it away.
        #[arg(long)]
        delete: bool,
    },
}

type Fault = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Who reads our output has seen enough.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("readmostly-store: {error}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(args: &Args) -> Result<bool, Fault> {
    let mut options = Options::new().max_record(args.max_record);
    if let Some(file) = &args.key_file {
        options = options.key(Key::new(read_key(file)?));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let read = |folder: &PathBuf| Store::<RawTable>::open_read_only(folder, options.clone());
    let all_is_well = match &args.command {
        Command::Info { folder } => info(&read(folder)?, &mut out)?,
        Command::List { folder, json } => list(&read(folder)?, *json, &mut out)?,
        Command::Verify { folder } => verify(&read(folder)?, &mut out)?,
        Command::Dump { folder, file } => {
            for entry in state(&read(folder)?, file)?.iter() {
                writeln!(out, "{{{}}}", fields("", entry))?;
            }
            true
        }
        Command::Diff { folder, a, b } => {
            let store = read(folder)?;
            let (a, b) = (state(&store, a)?, state(&store, b)?);
            let mut same = true;
            for change in a.diff(&b) {
                same = false;
                let line = match change {
                    RawChange::Added(entry) => format!("\"change\":\"added\",{}", fields("", entry)),
                    RawChange::Removed(entry) => format!("\"change\":\"removed\",{}", fields("", entry)),
                    RawChange::Updated { old, new } => {
                        format!("\"change\":\"updated\",{},{}", fields("", new), value("old", old.value))
                    }
                    _ => return Err("this change is not known".into()),
                };
                writeln!(out, "{{{line}}}")?;
            }
            same
        }
        Command::Compact { folder, keep } => {
            let store = Store::<RawTable>::open(existing(folder)?, options.keep(*keep))?;
            let compacted = reading(&store, newest_bytes(&store), || store.compact())?;
            match compacted.saved {
                Some(saved) => writeln!(out, "wrote {} of {} bytes", saved.id, saved.bytes)?,
                None => writeln!(out, "the newest state is one full file already")?,
            }
            writeln!(out, "removed {} files of {} bytes", compacted.removed, compacted.freed)?;
            true
        }
        Command::Tag { folder, name, file, delete } => {
            let store = Store::<RawTable>::open(existing(folder)?, options)?;
            if *delete {
                store.tagged(name)?;
                store.untag(name)?;
            } else {
                store.tag(find(&store, file)?, name)?;
            }
            true
        }
    };
    out.flush()?;
    Ok(all_is_well)
}

/// A folder that is mistyped is not made.
fn existing(folder: &PathBuf) -> io::Result<&PathBuf> {
    std::fs::read_dir(folder).map(|_| folder)
}

fn read_key(file: &PathBuf) -> Result<[u8; 32], Fault> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let wrong = || format!("{}: a key is 32 bytes, or 64 hexadecimal digits", file.display());
    if let Ok(key) = bytes[..].try_into() {
        return Ok(key);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?.trim();
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() == 64).ok_or_else(wrong)?;
    Ok(std::array::from_fn(|at| digits[2 * at] << 4 | digits[2 * at + 1]))
}

/// Finds a file by its id, the beginning of it, a tag, or `newest`.
fn find(store: &Store<RawTable>, file: &str) -> Result<Id, Fault> {
    let files = store.list();
    if file == "newest" {
        return Ok(files.last().ok_or("nothing was ever saved here")?.id);
    }
    if let Ok(id) = store.tagged(file) {
        return Ok(id);
    }
    let mut begins: Vec<Id> = files
        .iter()
        .map(|info| info.id)
        .filter(|id| id.to_string().starts_with(&file.to_ascii_lowercase()))
        .collect();
    begins.dedup();
    match begins[..] {
        [id] => Ok(id),
        [] => Err(format!("nothing has the id or the tag {file:?}; `list` shows what there is").into()),
        _ => Err(format!("{} files have ids that begin with {file:?}", begins.len()).into()),
    }
}

/// What a start finds, or what a file holds.
fn state(store: &Store<RawTable>, file: &str) -> Result<RawTable, Fault> {
    if file == "newest" {
        if let Some(logged) = reading(store, newest_bytes(store), || store.load_logged())? {
            return Ok(logged.value);
        }
    }
    let id = find(store, file)?;
    Ok(reading(store, chain(store, id), || store.load_at(id))?.value)
}

/// How many bytes a file has, and what it stands on.
fn chain(store: &Store<RawTable>, id: Id) -> u64 {
    let files = store.list();
    let (mut next, mut bytes) = (Some(id), 0);
    for info in files.iter().rev() {
        if Some(info.id) == next {
            (next, bytes) = (info.parent, bytes + info.bytes);
        }
    }
    bytes
}

fn newest_bytes(store: &Store<RawTable>) -> u64 {
    store.list().last().map_or(0, |info| chain(store, info.id))
}

/// Shows how far a reading of so many bytes is, on a terminal.
fn reading<R>(store: &Store<RawTable>, of: u64, f: impl FnOnce() -> R) -> R {
    /// Ends the bar, also where `f` panics.
    struct Done<'a>(&'a AtomicBool, &'a thread::Thread);

    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
            self.1.unpark();
        }
    }

    let bar = ProgressBar::new(of).with_style(
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    if bar.is_hidden() {
        return f();
    }
    let (from, done) = (store.bytes_read(), AtomicBool::new(false));
    let result = thread::scope(|scope| {
        let shown = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                bar.set_position(store.bytes_read() - from);
                bar.tick();
                thread::park_timeout(Duration::from_millis(100));
            }
        });
        let _done = Done(&done, shown.thread());
        f()
    });
    bar.finish_and_clear();
    result
}

fn info(store: &Store<RawTable>, out: &mut impl Write) -> Result<bool, Fault> {
    let (files, unreadable) = (store.list(), store.unreadable());
    let bytes: u64 = files.iter().map(|info| info.bytes).sum();
    let full = files.iter().filter(|info| info.kind == Kind::Full).count();
    writeln!(
        out,
        "files        {} full, {} deltas, {} unreadable",
        full,
        files.len() - full,
        unreadable.len()
    )?;
    writeln!(out, "bytes        {bytes}")?;
    for skipped in &unreadable {
        writeln!(out, "unreadable   {}", skipped.reason)?;
    }
    for info in files.iter().filter(|info| !info.tags.is_empty()) {
        writeln!(out, "tagged       {} {}", info.id, info.tags.join(", "))?;
    }
    let starts = match reading(store, newest_bytes(store), || store.load_logged()) {
        Ok(Some(logged)) => return info_of_logs(&logged, out),
        Ok(None) => true,
        Err(error) => {
            writeln!(out, "a start      fails: {error}")?;
            false
        }
    };
    let start = if starts { "a start      " } else { "without log  " };
    let loaded = match reading(store, newest_bytes(store), || store.load()) {
        Ok(Some(loaded)) => loaded,
        Ok(None) => {
            writeln!(out, "{start}finds that nothing was ever saved here")?;
            return Ok(starts);
        }
        Err(error) if error.kind() == ErrorKind::NothingLoads => {
            writeln!(out, "{start}finds nothing that is good: {error}")?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let newest = files.iter().find(|info| info.id == loaded.id).ok_or("the files have changed meanwhile")?;
    writeln!(out, "{start}loads {}", newest.id)?;
    writeln!(out, "saved        {}", time(newest.time))?;
    writeln!(out, "holds        {:?}, {} entries, version {}", newest.shape, newest.entries, newest.version)?;
    writeln!(out, "schema       {}", newest.schema)?;
    writeln!(out, "compression  {}", newest.compression)?;
    writeln!(out, "encrypted    {}", if newest.encrypted { "yes" } else { "no" })?;
    for skipped in &loaded.skipped {
        writeln!(out, "skips        {}: {}", skipped.file.display(), skipped.reason)?;
    }
    Ok(starts)
}

/// What a start finds where there are logs.
fn info_of_logs(logged: &Logged<RawTable>, out: &mut impl Write) -> Result<bool, Fault> {
    for log in &logged.logs {
        writeln!(out, "log          {}", log.display())?;
    }
    let (recovered, entries) = (&logged.recovered, logged.value.iter().count());
    writeln!(out, "a start      replays {} writes of the logs", recovered.updates)?;
    writeln!(out, "holds        {entries} entries, after {} writes", logged.writes)?;
    if let Some(Torn { file, at, bytes, .. }) = &recovered.torn {
        writeln!(
            out,
            "drops        {bytes} bytes at byte {at} of {}: a write that was never confirmed",
            file.display()
        )?;
    }
    for skipped in &recovered.skipped {
        writeln!(out, "skips        {}: {}", skipped.file.display(), skipped.reason)?;
    }
    Ok(true)
}

fn list(store: &Store<RawTable>, json: bool, out: &mut impl Write) -> Result<bool, Fault> {
    for info in store.list() {
        let kind = if info.kind == Kind::Full { "full" } else { "delta" };
        if json {
            let parent = info.parent.map_or_else(|| "null".to_owned(), |parent| format!("\"{parent}\""));
            let tags: Vec<String> = info.tags.iter().map(|tag| quoted(tag)).collect();
            writeln!(
                out,
                "{{\"id\":\"{}\",\"file\":{},\"kind\":\"{kind}\",\"shape\":\"{:?}\",\"parent\":{parent},\"sequence\":{},\"time\":\"{}\",\
                 \"version\":{},\"entries\":{},\"bytes\":{},\"schema\":{},\"compression\":{},\"encrypted\":{},\"tags\":[{}]}}",
                info.id,
                quoted(&info.file.to_string_lossy()),
                info.shape,
                info.sequence,
                time(info.time),
                info.version,
                info.entries,
                info.bytes,
                info.schema,
                quoted(&info.compression),
                info.encrypted,
                tags.join(","),
            )?;
        } else {
            let Info { id, version, entries, bytes, .. } = &info;
            let (time, tags) = (time(info.time), info.tags.join(", "));
            writeln!(
                out,
                "{id}  {kind:5}  {time}  version {version:<8}  {entries:>10} entries  {bytes:>12} bytes  {tags}"
            )?;
        }
    }
    for skipped in store.unreadable() {
        eprintln!("{}", skipped.reason);
    }
    Ok(true)
}

fn verify(store: &Store<RawTable>, out: &mut impl Write) -> Result<bool, Fault> {
    let mut damaged: Vec<Error> = store.unreadable().into_iter().map(|skipped| skipped.reason).collect();
    let mut good = 0;
    let bytes = store.list().iter().map(|info| info.bytes).sum();
    reading(store, bytes, || {
        store.verify_all(|_, result| match result {
            Ok(()) => good += 1,
            Err(error) => damaged.push(error),
        });
    });
    match reading(store, newest_bytes(store), || store.load_logged()) {
        Ok(None) => {}
        Ok(Some(logged)) => {
            damaged.extend(logged.recovered.skipped.iter().map(|skipped| skipped.reason.clone()));
            writeln!(out, "the logs are good: {} writes", logged.recovered.updates)?;
        }
        Err(error) => damaged.push(error),
    }
    if let Err(error) = store.tagged("") {
        // There is no such tag; all else is something wrong with the tags.
        damaged.extend((error.kind() != ErrorKind::NotFound).then_some(error));
    }
    for error in &damaged {
        writeln!(out, "{error}")?;
    }
    writeln!(out, "{good} files are good, {} are not", damaged.len())?;
    Ok(damaged.is_empty())
}

/// The fields of an entry in JSON.
fn fields(prefix: &str, entry: RawEntry<'_>) -> String {
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
fn value(name: &str, bytes: &[u8]) -> String {
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
fn quoted(text: &str) -> String {
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
fn time(time: SystemTime) -> String {
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
