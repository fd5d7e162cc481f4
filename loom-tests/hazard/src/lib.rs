//! The proofs are in `tests/`.
