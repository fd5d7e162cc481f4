//! What the stress program and the controls of `ThreadSanitizer` share.

pub mod tsan;
