//! Randomness that nobody can foresee.

use crate::error::{Error, Result, Status};

/// What a frame on its way to a server is masked by.
pub fn mask() -> [u8; 4] {
    rand::random()
}

/// A number that is never used twice, for an encrypted message.
pub fn nonce() -> Result<[u8; 24]> {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).map_err(|error| {
        Error::new(Status::System, format!("the system gives no random numbers: {error}"))
    })?;
    Ok(nonce)
}
