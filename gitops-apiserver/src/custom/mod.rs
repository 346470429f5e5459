//! Custom resources: definitions and what their structural schemas ask for.
