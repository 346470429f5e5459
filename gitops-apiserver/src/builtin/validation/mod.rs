//! Rules of the built-in kinds, as tables.
