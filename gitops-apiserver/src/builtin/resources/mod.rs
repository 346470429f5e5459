//! The resources of a stock cluster, as its discovery lists them.
