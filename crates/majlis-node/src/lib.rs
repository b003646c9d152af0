//! A running replica: performs the core's effects over store and net.

pub mod api;
