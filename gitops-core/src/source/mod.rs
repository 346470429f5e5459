//! Sources that ship here.
