//! Masking of client frames (RFC 6455 section 5.3): each byte xor one of four key bytes.

/// Masks or unmasks `bytes`, which begin `offset` bytes into the payload.
///
/// Eight bytes at a time; the compiler makes vector instructions of it.
pub(crate) fn apply(bytes: &mut [u8], key: [u8; 4], offset: usize) {
    let turned: [u8; 4] = std::array::from_fn(|i| key[(offset + i) % 4]);
    let wide: [u8; 8] = std::array::from_fn(|i| turned[i % 4]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        for (byte, key) in word.iter_mut().zip(wide) {
            *byte ^= key;
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(wide) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn any_cut_of_a_payload_is_unmasked_like_the_whole() {
        let plain: Vec<u8> = (0..61).collect();
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let mut masked = plain.clone();
        apply(&mut masked, key, 0);
        assert_eq!(masked[5], plain[5] ^ key[1]);
        for cut in 0..plain.len() {
            let mut bytes = masked.clone();
            let (front, back) = bytes.split_at_mut(cut);
            apply(front, key, 0);
            apply(back, key, cut);
            assert_eq!(bytes, plain, "cut at {cut}");
        }
    }
}
