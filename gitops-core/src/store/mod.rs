//! Inventory stores that ship here.

mod file;

pub use file::FileStore;
