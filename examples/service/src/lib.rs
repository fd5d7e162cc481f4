//! `gatekeeper`: an HTTP service that checks domains against a block list, which it reloads while it answers.
//!
//! The library is what its two programs share: `gatekeeper`, and `contenders`, which answers the same checks from other tables.

pub mod admin;
pub mod busy;
pub mod changes;
pub mod check;
pub mod deltas;
// What a domain is, for the lines of a list and for what is asked alike.
#[path = "../../blocklist/domain.rs"]
mod domain;
pub mod files;
pub mod held;
pub mod history;
pub mod list;
pub mod log;
pub mod metrics;
pub mod options;
pub mod page;
pub mod patience;
pub mod places;
pub mod problem;
pub mod routes;
pub mod search;
pub mod secret;
pub mod server;
pub mod service;
pub mod signals;
pub mod source;
pub mod status;
pub mod threads;
