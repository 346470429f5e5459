//! The server through a client, as its users meet it.

mod basics;
mod definitions;
mod faults;
