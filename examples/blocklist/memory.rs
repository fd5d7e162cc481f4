//! How much memory the process holds: what it has allocated, and what is resident.

use std::fs;

use peak_alloc::PeakAlloc;

/// The system's allocator, and a count of the bytes.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Bytes at one moment, or at the peak of some time. Where the system does not tell, nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// What is allocated: exact, without what the allocator keeps for itself.
    pub(crate) heap: usize,
    /// What is resident, by the system's account.
    pub(crate) resident: Option<usize>,
}

/// What is held now.
pub(crate) fn now() -> Memory {
    Memory { heap: HEAP.current_usage(), resident: resident("VmRSS:") }
}

/// Watches for the most that is held at once.
#[derive(Debug)]
pub(crate) struct Peak {
    /// The system's own peak could be set back. If not, it is that of the whole run, and is of no use here.
    resident: bool,
}

impl Peak {
    /// Starts from what is held now.
    pub(crate) fn start() -> Self {
        HEAP.reset_peak_usage();
        Self { resident: fs::write("/proc/self/clear_refs", "5").is_ok() }
    }

    /// The most since the start.
    pub(crate) fn read(&self) -> Memory {
        Memory { heap: HEAP.peak_usage(), resident: self.resident.then(|| resident("VmHWM:")).flatten() }
    }
}

/// A line of Linux's `/proc/self/status`, which counts in units of 1,024 bytes.
fn resident(line: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|text| text.strip_prefix(line))?.split_whitespace().next()?;
    kilobytes.parse::<usize>().ok().map(|count| count * 1024)
}
