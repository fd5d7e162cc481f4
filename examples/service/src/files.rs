//! The limit of open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For what is no connection: the list, the log, the runtime.
const OTHERS: u64 = 64;

/// Raises the limit of open files as far as `connections` need it and the system allows. Returns how many connections there can be.
pub fn room_for(connections: u32) -> u32 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(connections) + OTHERS;
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let mut current = limit.current.unwrap_or(u64::MAX);
    if current < wanted {
        let raised = wanted.min(allowed);
        if setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).is_ok() {
            current = raised;
        }
    }
    let room = current.saturating_sub(OTHERS).max(1);
    connections.min(u32::try_from(room).unwrap_or(u32::MAX))
}
