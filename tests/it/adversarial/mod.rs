//! Input, elements and callers that do their worst.

mod cell;
mod containers;
mod reentry;
