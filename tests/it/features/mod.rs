//! What the optional features bring. The tests have all of them.

mod rayon;
mod rayon_index;
mod rayon_ordered;
mod serde;
mod stream;
