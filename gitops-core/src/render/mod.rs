//! Renderers that ship here.

pub mod yaml;

pub use yaml::Yaml;
