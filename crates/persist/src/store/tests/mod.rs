//! The store on a disk that fails, and on files that are not what they were.

mod background;
mod chains;
mod changed;
mod destructors;
mod faults;
mod keeps;
mod kit;
mod old;
mod others;
mod random;
