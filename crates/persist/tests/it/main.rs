//! What a user can see, on the real file system.

mod collections;
mod files;
mod killed;
mod readmes;
mod vectors;
