//! The guarantees of GUARANTEES.md, G1 to G12 and G14: a test for each, and that what the document names is there.

mod document;
mod in_order;
mod index;
mod on_threads;
mod ordered;
