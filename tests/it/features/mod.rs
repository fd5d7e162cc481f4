//! What the optional features bring. The tests have all of them.

mod serde;
mod stream;
