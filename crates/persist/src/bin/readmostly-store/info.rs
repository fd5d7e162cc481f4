//! What is in a folder, and what a start would make of it.

use crate::text::{line, shown, time};
use crate::{Fault, broken_tags, newest_bytes, reading};
use readmostly_persist::{ErrorKind, Info, Kind, Logged, RawTable, Store, Torn};
use std::io::{self, Write};

pub(crate) fn info(store: &Store<RawTable>, out: &mut impl Write) -> Result<bool, Fault> {
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
        writeln!(out, "unreadable   {}", shown(&skipped.reason.to_string()))?;
    }
    for info in files.iter().filter(|info| !info.tags.is_empty()) {
        writeln!(out, "tagged       {} {}", info.id, line(info.tags.join(", ")))?;
    }
    if let Some(error) = broken_tags(store) {
        writeln!(out, "tags         cannot be read: {}", shown(&error.to_string()))?;
    }
    let starts = match reading(store, newest_bytes(store), || store.load_logged()) {
        Ok(Some(logged)) => return info_of_logs(store, &logged, out),
        Ok(None) => true,
        Err(error) => {
            writeln!(out, "a start      fails: {}", shown(&error.to_string()))?;
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
            writeln!(out, "{start}finds nothing that is good: {}", shown(&error.to_string()))?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    // The files that were there at first may have gone.
    let files = store.list();
    let newest = files.iter().find(|info| info.id == loaded.id).ok_or("the files have changed meanwhile")?;
    writeln!(out, "{start}loads {}", newest.id)?;
    writeln!(out, "saved        {}", time(newest.time))?;
    writeln!(out, "holds        {:?}, {} entries, version {}", newest.shape, newest.entries, newest.version)?;
    info_of_file(newest, out)?;
    for skipped in &loaded.skipped {
        let what = format!("{}: {}", line(skipped.file.display()), skipped.reason);
        writeln!(out, "skips        {}", shown(&what))?;
    }
    Ok(starts)
}

fn info_of_file(info: &Info, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "schema       {}", info.schema)?;
    writeln!(out, "compression  {}", info.compression)?;
    writeln!(out, "encrypted    {}", if info.encrypted { "yes" } else { "no" })
}

/// What a start finds where there are logs.
fn info_of_logs(
    store: &Store<RawTable>,
    logged: &Logged<RawTable>,
    out: &mut impl Write,
) -> Result<bool, Fault> {
    for log in &logged.logs {
        writeln!(out, "log          {}", line(log.display()))?;
    }
    let (recovered, entries) = (&logged.recovered, logged.value.iter().count());
    writeln!(out, "a start      replays {} writes of the logs", recovered.updates)?;
    let files = store.list();
    let base = files.iter().find(|info| info.id == logged.base).ok_or("the files have changed meanwhile")?;
    writeln!(out, "on           {}, which was saved {}", base.id, time(base.time))?;
    writeln!(out, "holds        {:?}, {entries} entries, after {} writes", base.shape, logged.writes)?;
    info_of_file(base, out)?;
    if let Some(Torn { file, at, bytes, .. }) = &recovered.torn {
        writeln!(
            out,
            "drops        {bytes} bytes at byte {at} of {}: a write that was not confirmed, or was damaged later",
            line(file.display())
        )?;
    }
    for skipped in &recovered.skipped {
        let what = format!("{}: {}", line(skipped.file.display()), skipped.reason);
        writeln!(out, "skips        {}", shown(&what))?;
    }
    Ok(true)
}
