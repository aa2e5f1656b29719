//! What the programs of the benches share. `benches/README.md` says how they play together.

pub mod client;
pub mod fields;
pub mod load;
pub mod measure;
pub mod payload;
pub mod server;
pub mod tls;
