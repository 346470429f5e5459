//! The objects that a cluster has from the start.
