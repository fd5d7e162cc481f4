//! The limit of open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For what is no connection: the list, the log, the runtime.
const OTHERS: u64 = 64;

/// For connections over the limit, which are told so. If there are few files, they have half of those that are left.
const TURNED_AWAY: u32 = 64;

/// How many connections there can be.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// Those that are served.
    pub connections: u32,
    /// Those over that limit, which are told so.
    pub turned_away: u32,
}

/// Raises the limit of open files as far as `connections` need it and the system allows. Returns how many connections there can be.
pub fn room_for(connections: u32) -> Files {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(connections) + u64::from(TURNED_AWAY) + OTHERS;
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let mut current = limit.current.unwrap_or(u64::MAX);
    if current < wanted {
        let raised = wanted.min(allowed);
        if setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).is_ok() {
            current = raised;
        }
    }
    let room = u32::try_from(current.saturating_sub(OTHERS)).unwrap_or(u32::MAX);
    let turned_away = TURNED_AWAY.min(room / 2);
    Files { connections: connections.min(room - turned_away).max(1), turned_away }
}
