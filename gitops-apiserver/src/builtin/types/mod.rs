//! The Go types of the built-in kinds, as data.
