//! Linear hashing.
