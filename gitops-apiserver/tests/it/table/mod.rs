//! Tables beside the real server's.

mod pods;
mod real_server;
