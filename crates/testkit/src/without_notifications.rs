//! A PostgreSQL connection without notifications, as through a pooler that lends connections for one transaction:
//! unsolicited messages of the server are removed.

/// The type of a server's message for a `NOTIFY`.
const NOTIFICATION: u8 = b'A';
/// Type and length.
const HEAD: usize = 5;

/// Filters a server's bytes, message by message, from the beginning of its connection.
#[derive(Debug, Default)]
pub(crate) struct NotificationFilter {
    /// The beginning of an incomplete message.
    rest: Vec<u8>,
    has_begun: bool,
}

impl NotificationFilter {
    /// Returns the complete messages of `bytes` that pass.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(bytes.len());
        self.rest.extend_from_slice(bytes);
        // A request for encryption is answered with a single letter.
        if !std::mem::replace(&mut self.has_begun, true) && self.rest.len() == 1 {
            return std::mem::take(&mut self.rest);
        }
        while let Some(message) = self.whole() {
            let message: Vec<u8> = self.rest.drain(..message).collect();
            if message[0] != NOTIFICATION {
                passed.extend_from_slice(&message);
            }
        }
        passed
    }

    /// The length of the first message, if it is complete.
    fn whole(&self) -> Option<usize> {
        let length = self.rest.get(1..HEAD)?.try_into().ok()?;
        // The length does not include the type.
        let length = 1 + usize::try_from(u32::from_be_bytes(length)).ok()?;
        (self.rest.len() >= length).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_alone_are_lost_wherever_the_bytes_are_cut() {
        let message = |kind: u8, text: &[u8]| {
            let length = u32::try_from(text.len() + 4).unwrap().to_be_bytes();
            [&[kind][..], &length, text].concat()
        };
        let (one, other) = (message(b'R', b"authenticated"), message(b'Z', b"I"));
        let sent = [&one[..], &message(NOTIFICATION, b"....touched"), &other].concat();
        for cut in 2..sent.len() {
            let mut filter = NotificationFilter::default();
            assert_eq!(filter.pass(b"N"), b"N");
            let passed = [filter.pass(&sent[..cut]), filter.pass(&sent[cut..])].concat();
            assert_eq!(passed, [&one[..], &other].concat(), "{cut}");
        }
    }
}
