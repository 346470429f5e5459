//! What the server sets, keeps and drops when a built-in kind is written.
