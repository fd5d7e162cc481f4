//! A hash set in pages.
