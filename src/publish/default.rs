//! The backend where none is chosen: `model` in a loom model, `hazard` on Linux, whose readers need no fence there, and `epoch`
//! elsewhere.

#[cfg_attr(readmostly_loom, path = "model.rs")]
#[cfg_attr(all(not(readmostly_loom), target_os = "linux"), path = "hazard/mod.rs")]
#[cfg_attr(not(any(readmostly_loom, target_os = "linux")), path = "epoch.rs")]
mod chosen;

use super::Version;
pub(crate) use chosen::{Guard, Link, NAME, Retired, Slot};
