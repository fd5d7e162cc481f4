//! `CowCell` by itself: its transactions, whom it tells, what it keeps, and when it drops what.

#[cfg(readmostly_backend = "arc_swap")]
mod beside_arc_swap;
mod drops;
mod history;
mod transactions;
mod watch;
