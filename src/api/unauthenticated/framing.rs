//! Follows the gRPC messages in the bytes of a body, without keeping them.

/// Length of the prefix of each message, in bytes: the compression flag and four bytes of length.
const PREFIX: u32 = 5;

/// The position in a sequence of messages.
#[derive(Debug, Default)]
pub(super) struct Framing {
    /// The bytes of the prefix received so far.
    prefix: u64,
    /// Their number.
    prefixed: u32,
    /// Bytes of the message that are still missing.
    missing: usize,
}

/// A prefix announces a message that exceeds the maximum length.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Framing {
    /// Reads the next bytes. Returns whether a message ended in them.
    pub(super) fn take(&mut self, mut bytes: &[u8], max_message: usize) -> Result<bool, TooLong> {
        let mut ended = false;
        loop {
            if self.prefixed == PREFIX {
                let here = self.missing.min(bytes.len());
                self.missing -= here;
                bytes = bytes.get(here..).unwrap_or_default();
                if self.missing > 0 {
                    return Ok(ended);
                }
                *self = Self::default();
                ended = true;
            }
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(ended);
            };
            bytes = rest;
            self.prefix = self.prefix << 8 | u64::from(*first);
            self.prefixed += 1;
            if self.prefixed == PREFIX {
                let length = self.prefix & u64::from(u32::MAX);
                self.missing = usize::try_from(length).unwrap_or(usize::MAX);
                if self.missing > max_message {
                    return Err(TooLong);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_followed_in_pieces_of_any_size() {
        let sent = [&b"\0\0\0\0\x03abc"[..], b"\0\0\0\0\0", b"\x01\0\0\0\x01x"].concat();
        for size in 1..=sent.len() {
            let mut framing = Framing::default();
            let ended = sent.chunks(size).map(|piece| framing.take(piece, 3));
            let ended: Vec<bool> = ended.collect::<Result<_, _>>().unwrap();
            assert_eq!(ended.last(), Some(&true), "{size}");
            if size == 1 {
                let messages = ended.iter().filter(|it| **it).count();
                assert_eq!(messages, 3);
            }
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_found_by_its_prefix() {
        let mut framing = Framing::default();
        assert_eq!(framing.take(b"\0\0\0\0\x04abcd", 4), Ok(true));
        assert_eq!(framing.take(b"\0\0\0\0", 4), Ok(false));
        assert_eq!(framing.take(b"\x05", 4), Err(TooLong));
        assert_eq!(
            Framing::default().take(b"\0\xff\xff\xff\xff", 4),
            Err(TooLong)
        );
    }
}
