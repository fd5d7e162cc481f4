//! How much memory a process takes, by the account of the system.

use std::fs;

/// The bytes of a process and its children, each page that several have counted in parts; `None` where the system does not say.
#[must_use]
pub fn of_family(process: u32) -> Option<u64> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    // A child may end at any moment.
    Some(of(process)? + children.filter_map(of).sum::<u64>())
}

fn of(process: u32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}
