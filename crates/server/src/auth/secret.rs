//! Secrets of 128 bits and more: shown once, kept only as their SHA-256.
//!
//! Such a secret cannot be guessed, so a fast hash is enough to keep it by, and looking it up by
//! that hash tells nobody anything by its time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlor_live::Ambient;
use parlor_store::write::SecretHash;
use sha2::{Digest as _, Sha256};

/// What no secret of ours is longer than; more is not hashed.
const LONGEST: usize = 128;

/// A session's token: 256 bits, as 43 characters of base64url.
pub fn token(ambient: &Ambient) -> String {
    URL_SAFE_NO_PAD.encode(ambient.secret::<32>())
}

/// An invite's code: 128 bits, as 22 characters of base64url.
pub fn invite_code(ambient: &Ambient) -> String {
    URL_SAFE_NO_PAD.encode(ambient.secret::<16>())
}

/// An owner link's secret: 256 bits, as 43 characters of base64url.
pub fn claim_token(ambient: &Ambient) -> String {
    token(ambient)
}

/// What is kept of a secret, and what it is looked up by.
pub fn hash(secret: &str) -> SecretHash {
    let secret = if secret.len() > LONGEST { "" } else { secret };
    SecretHash(Sha256::digest(secret.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_sha256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash("abc").0[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(hash("abc"), hash("abd"));
        assert_eq!(hash(&"x".repeat(10_000)), hash(""));
    }
}
