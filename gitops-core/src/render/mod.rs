//! Renderers that ship here.
