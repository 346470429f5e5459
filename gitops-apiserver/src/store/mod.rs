//! Objects by resource and name, with their history.
