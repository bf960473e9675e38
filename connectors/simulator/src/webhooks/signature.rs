//! `X-Hub-Signature-256` of GitHub and `X-Hub-Signature` of Jira: HMAC (RFC 2104) over SHA-256.

use sha2::{Digest as _, Sha256};

/// SHA-256 works on blocks of this many bytes.
const BLOCK: usize = 64;

/// The header's value for a body.
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    let digest = hmac(secret, body);
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256={hex}")
}

fn hmac(secret: &[u8], body: &[u8]) -> [u8; 32] {
    let mut key = [0; BLOCK];
    let short = if secret.len() > BLOCK { Sha256::digest(secret).to_vec() } else { secret.to_vec() };
    for (to, from) in key.iter_mut().zip(short) {
        *to = from;
    }
    let inner = Sha256::new().chain_update(key.map(|b| b ^ 0x36)).chain_update(body).finalize();
    Sha256::new().chain_update(key.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_in_githubs_own_example() {
        assert_eq!(
            sign(b"It's a Secret to Everybody", b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    #[test]
    fn a_secret_longer_than_a_block_is_hashed_first() {
        // RFC 4231, test case 6.
        assert_eq!(
            sign(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
