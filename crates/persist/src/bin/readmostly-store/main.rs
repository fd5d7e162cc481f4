//! `readmostly-store`: looks into a store, checks it, and mends what can be mended, without the program that writes to it.
//!
//! It does not know the types of a table, so it shows bytes: in hexadecimal, and as text where they are text.

mod info;
mod text;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use readmostly_persist::{
    Compression, Error, ErrorKind, Id, Info, Key, Kind, Loaded, Options, RawChange, RawTable, Store,
};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use text::{Out, each_once, fields, line, quoted, shown, time, value, warn};

/// Looks into a folder of readmostly-persist.
///
/// `info`, `list`, `verify`, `dump` and `diff` only read, also while a process writes to the store. `compact`, `prune`
/// and `tag` write, and need it for themselves.
///
/// A FILE is an id or the beginning of one, a tag, or `newest`: what a start loads. In the folder of a durable table that is with the writes
/// of its log.
///
/// Exit codes: 0 all is well; 1 `verify` has found damage, `info` finds that a start would fail, or `diff` a difference; 2 it could not be
/// done, or there is nothing in the folder to do it with.
#[derive(Parser)]
#[command(version, name = "readmostly-store")]
struct Args {
    /// A file with the key: 32 bytes, or 64 hexadecimal digits.
    #[arg(long, value_name = "FILE", global = true)]
    key_file: Option<PathBuf>,
    /// The most bytes that a record may have.
    #[arg(long, value_name = "BYTES", global = true, default_value_t = 128 << 20)]
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
    /// Makes the newest state one full file, and removes old generations. Files of another schema or collection stay.
    Compact {
        folder: PathBuf,
        /// How many full files stay.
        #[arg(long, default_value_t = 3)]
        keep: usize,
        /// `none`, `lz4`, or `zstd` [default: that of the newest file].
        #[arg(long, value_name = "NAME")]
        compression: Option<String>,
    },
    /// Removes old generations, and writes nothing: for a disk that is full. Also in the folder of a durable table. Files of another schema or
    /// collection stay.
    Prune {
        folder: PathBuf,
        /// How many full files stay. With 1 all logs of a durable table but the newest go as well, when that was read.
        #[arg(long)]
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

/// What a start loads, as a FILE.
const NEWEST: &str = "newest";
const NOTHING: &str = "nothing was ever saved here";

type Fault = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            warn(format_args!("readmostly-store: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool, Fault> {
    let mut options = Options::new().max_record(args.max_record);
    if let Some(file) = &args.key_file {
        options = options.key(Key::new(read_key(file)?));
    }
    let mut out = BufWriter::new(Out(io::stdout().lock()));
    let read = |folder: &PathBuf| Store::<RawTable>::open_read_only(folder, options.clone());
    let all_is_well = match &args.command {
        Command::Info { folder } => info::info(&read(folder)?, &mut out)?,
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
        Command::Compact { folder, keep, compression } => {
            let newest = read(folder)?.list().pop().ok_or(NOTHING)?;
            let compression = compression_of(compression.as_ref().unwrap_or(&newest.compression))?;
            let options = options.keep(*keep).compression(compression);
            let store = to_write(folder, options)?;
            let compacted = reading(&store, newest_bytes(&store), || store.compact())?;
            match compacted.saved {
                Some(saved) => writeln!(out, "wrote {} of {} bytes", saved.id, saved.bytes)?,
                None => writeln!(out, "the newest state is one full file already")?,
            }
            writeln!(out, "removed {} files of {} bytes", compacted.removed, compacted.freed)?;
            others_stay(&store, &mut out)?;
            true
        }
        Command::Prune { folder, keep } => {
            read(folder)?.list().pop().ok_or(NOTHING)?;
            let pruned = Store::<RawTable>::prune(folder, options.clone().keep(*keep))?;
            writeln!(out, "removed {} files of {} bytes", pruned.removed, pruned.freed)?;
            others_stay(&read(folder)?, &mut out)?;
            true
        }
        Command::Tag { folder, name, file, delete } => {
            let newest = read(folder)?.list().pop().ok_or(NOTHING)?;
            let options = options.compression(compression_of(&newest.compression)?);
            let store = to_write(folder, options)?;
            if *delete {
                store.tagged(name)?;
                store.untag(name)?;
            } else if name == NEWEST {
                return Err(
                    "`newest` is what a start loads, and no name for a state; take another one".into()
                );
            } else {
                store.tag(find(&store, file)?, name)?;
            }
            true
        }
    };
    out.flush()?;
    Ok(all_is_well)
}

fn compression_of(name: &str) -> Result<Compression, Fault> {
    match name {
        "none" => Ok(Compression::None),
        "lz4" => Ok(Compression::Lz4),
        // A file does not say of which level it is. This one is the default of zstd.
        "zstd" => Ok(Compression::Zstd(3)),
        name => Err(format!("there is no compression {name:?}; take `none`, `lz4` or `zstd`").into()),
    }
}

/// Opens a store to write to it. A folder that is mistyped is not made.
fn to_write(folder: &PathBuf, options: Options) -> Result<Store<RawTable>, Fault> {
    std::fs::read_dir(folder)?;
    Store::open(folder, options).map_err(|error| {
        if error.kind() == ErrorKind::InUse {
            let what = "the folder is that of a durable table, in which only the program that has it writes files; `prune` makes room there, and to keep a \
                        state copy the folder while no program has it open";
            return format!("{}: {what}", folder.display()).into();
        }
        error.into()
    })
}

/// Tells of files that are not of the table that the newest one has.
fn others_stay(store: &Store<RawTable>, out: &mut impl Write) -> io::Result<()> {
    let files = store.list();
    let Some(newest) = files.last() else { return Ok(()) };
    let others =
        files.iter().filter(|info| (info.schema, info.shape) != (newest.schema, newest.shape)).count();
    if others == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "left {others} files of another schema or collection; `list --json` shows them, and if no program needs them remove them by hand"
    )
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
    if file == NEWEST {
        return Ok(newest(store)?.id);
    }
    let mut begins: Vec<Id> = store
        .list()
        .iter()
        .map(|info| info.id)
        .filter(|id| id.to_string().starts_with(&file.to_ascii_lowercase()))
        .collect();
    begins.dedup();
    match (store.tagged(file), &begins[..]) {
        (_, [id]) if id.to_string() == file.to_ascii_lowercase() => Ok(*id),
        (Ok(tagged), []) => Ok(tagged),
        (Ok(tagged), [id]) if tagged == *id => Ok(tagged),
        (Ok(tagged), _) => {
            Err(format!("{file:?} is the tag of {tagged}, and other ids begin so; give the whole id").into())
        }
        (Err(_), [id]) => Ok(*id),
        // Perhaps it cannot be told, since the tags cannot be read.
        (Err(error), []) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        (Err(_), []) => {
            Err(format!("nothing has the id or the tag {file:?}; `list` shows what there is").into())
        }
        (Err(_), _) => Err(format!("{} files have ids that begin with {file:?}", begins.len()).into()),
    }
}

/// What a start loads where there is no log.
fn newest(store: &Store<RawTable>) -> Result<Loaded<RawTable>, Fault> {
    let loaded = reading(store, newest_bytes(store), || store.load())?.ok_or(NOTHING)?;
    for skipped in &loaded.skipped {
        warn(format_args!("skipped {}: {}", line(skipped.file.display()), skipped.reason));
    }
    Ok(loaded)
}

/// What is wrong with the tags, if they cannot be read.
fn broken_tags(store: &Store<RawTable>) -> Option<Error> {
    // There is no such tag; all else is something wrong with the tags.
    store.tagged("").err().filter(|error| error.kind() != ErrorKind::NotFound)
}

/// What a start finds, or what a file holds.
fn state(store: &Store<RawTable>, file: &str) -> Result<RawTable, Fault> {
    if file == NEWEST {
        if let Some(logged) = reading(store, newest_bytes(store), || store.load_logged())? {
            return Ok(logged.value);
        }
        return Ok(newest(store)?.value);
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
            loop {
                bar.set_position(store.bytes_read() - from);
                bar.tick();
                if done.load(Ordering::Relaxed) {
                    break;
                }
                thread::park_timeout(Duration::from_millis(100));
            }
        });
        let _done = Done(&done, shown.thread());
        f()
    });
    bar.finish_and_clear();
    result
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
            let (time, tags) = (time(info.time), line(info.tags.join(", ")));
            writeln!(
                out,
                "{id}  {kind:5}  {time}  version {version:<8}  {entries:>10} entries  {bytes:>12} bytes  {tags}"
            )?;
        }
    }
    for skipped in store.unreadable() {
        warn(skipped.reason);
    }
    if let Some(error) = broken_tags(store) {
        warn(error);
    }
    Ok(true)
}

fn verify(store: &Store<RawTable>, out: &mut impl Write) -> Result<bool, Fault> {
    let mut damaged: Vec<Error> = store.unreadable().into_iter().map(|skipped| skipped.reason).collect();
    // What is too large for this run is not damaged: it was not read.
    let mut unread: Vec<Error> = Vec::new();
    let mut other_key: Vec<Error> = Vec::new();
    let mut good = 0;
    let mut tell = |result: Result<(), Error>| match result {
        Ok(()) => good += 1,
        Err(error) => match error.kind() {
            ErrorKind::TooLarge => unread.push(error),
            ErrorKind::NoKey | ErrorKind::WrongKey | ErrorKind::NotEncrypted => other_key.push(error),
            _ => damaged.push(error),
        },
    };
    let bytes = store.list().iter().map(|info| info.bytes).sum();
    reading(store, bytes, || store.verify_all(|_, result| tell(result)));
    let mut is_empty = store.list().is_empty();
    store.verify_logs(|file, result| {
        is_empty = false;
        if let Ok(Some(torn)) = &result {
            warn(format_args!(
                "{}: the end from byte {} is dropped by a start",
                line(file.display()),
                torn.at
            ));
        }
        tell(result.map(drop));
    })?;
    match reading(store, newest_bytes(store), || store.load_logged()) {
        Ok(None) => {}
        Ok(Some(logged)) => writeln!(out, "the logs are good: {} writes", logged.recovered.updates)?,
        Err(error) => tell(Err(error)),
    }
    broken_tags(store).map(Err).into_iter().for_each(&mut tell);
    // Beside files that the key fits, somebody has put or changed these.
    let no_key_fits = good == 0 && !other_key.is_empty();
    if no_key_fits { &mut unread } else { &mut damaged }.append(&mut other_key);
    if is_empty && good == 0 && damaged.is_empty() && unread.is_empty() {
        return Err(NOTHING.into());
    }
    let (damaged, unread) = (each_once(&damaged), each_once(&unread));
    for error in damaged.iter().chain(&unread) {
        writeln!(out, "{}", shown(error))?;
    }
    writeln!(out, "{good} files are good, {} are not", damaged.len())?;
    if damaged.is_empty() && !unread.is_empty() {
        out.flush()?;
        let what = if no_key_fits { "give their key by --key-file, or none" } else { "raise --max-record" };
        return Err(format!("some files were not checked; {what}").into());
    }
    Ok(damaged.is_empty())
}
