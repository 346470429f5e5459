//! How built-in kinds are written, beside the real server.

mod table;
