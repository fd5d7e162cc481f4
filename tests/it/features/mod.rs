//! What the optional features bring. The tests have all of them.

mod rayon;
mod serde;
mod stream;
