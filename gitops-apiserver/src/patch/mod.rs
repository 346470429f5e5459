//! The patches that are no applies: JSON patch, merge patch, strategic merge patch.
