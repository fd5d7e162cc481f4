//! What the models share: how far they go, and what they saw.
