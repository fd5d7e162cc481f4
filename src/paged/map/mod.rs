//! A hash map in pages.
