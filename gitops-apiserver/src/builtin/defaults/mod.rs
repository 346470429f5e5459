//! Defaults of the built-in kinds, as tables.
