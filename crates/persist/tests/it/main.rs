//! What a user can see, on the real file system.

mod cli;
mod collections;
mod files;
mod killed;
mod readmes;
mod vectors;
