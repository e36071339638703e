//! A PostgreSQL connection without notifications, as behind a pooler that lends connections: what the server says
//! without being asked does not arrive.

/// The kind of message by which a server tells of a `NOTIFY`.
const NOTIFICATION: u8 = b'A';
/// Kind and length.
const HEAD: usize = 5;

/// What a server sent, message by message, from the beginning of its connection.
#[derive(Debug, Default)]
pub(crate) struct NotificationFilter {
    /// The beginning of a message that is not there whole.
    rest: Vec<u8>,
    has_begun: bool,
}

impl NotificationFilter {
    /// What arrives of `bytes`, once the messages in it are whole.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(bytes.len());
        self.rest.extend_from_slice(bytes);
        // Asked for encryption, a server answers with one letter and nothing else.
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

    /// The length of the first message, if all of it is there.
    fn whole(&self) -> Option<usize> {
        let length = self.rest.get(1..HEAD)?.try_into().ok()?;
        // The kind is not counted.
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
