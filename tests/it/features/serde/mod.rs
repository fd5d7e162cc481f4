//! What a format holds of the collections, the containers and the deltas, and what is read from it.

mod delta;
mod hostile;
mod round_trips;
