//! The real server, patch by patch.
