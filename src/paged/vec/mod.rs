//! A vector in pages.
