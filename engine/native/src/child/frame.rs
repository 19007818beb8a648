//! What goes over the socket.

use std::io::{self, Read, Write};

/// The most bytes of a payload, with some room for what is around it.
const LARGEST: usize = (256 << 20) + 4096;
const HEAD: usize = 1 + 8 + 8 + 4 + 4 + 4;

/// What a frame is about. Numbers are part of what both sides, of one release, agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Child: it is up; `payload` says what it is, or why it isn't.
    Hello = 1,
    /// Host: open; `id` numbers the request.
    Open = 2,
    /// Child: opened, as `other`; or not, by `status` and `payload`.
    Opened = 3,
    /// Host: call operation `id` on handle `other`.
    Call = 4,
    /// Child: operation `id` is complete.
    Complete = 5,
    /// Host: tell operation `id` on handle `other` to end, for `status`.
    Cancel = 6,
    /// Host: close handle `other`.
    Close = 7,
    /// Child: asks something for operation `other`; `id` numbers it, 0 wants no answer.
    Ask = 8,
    /// Host: the answer to what was asked as `id`.
    Answer = 9,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Hello,
        Self::Open,
        Self::Opened,
        Self::Call,
        Self::Complete,
        Self::Cancel,
        Self::Close,
        Self::Ask,
        Self::Answer,
    ];
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) id: u64,
    pub(super) other: u64,
    pub(super) status: i32,
    pub(super) method: Vec<u8>,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn new(kind: Kind, id: u64, other: u64) -> Self {
        Self { kind, id, other, status: 0, method: Vec::new(), payload: Vec::new() }
    }

    pub(super) fn with(mut self, status: i32, payload: impl Into<Vec<u8>>) -> Self {
        self.status = status;
        self.payload = payload.into();
        self
    }

    pub(super) fn asking(mut self, method: impl Into<Vec<u8>>, payload: impl Into<Vec<u8>>) -> Self {
        self.method = method.into();
        self.payload = payload.into();
        self
    }

    /// Writes it whole.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.bytes()?)
    }

    /// The whole of it.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let length = |bytes: &[u8]| {
            let fits = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= LARGEST);
            fits.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a payload is too large"))
        };
        let mut bytes = Vec::with_capacity(HEAD + self.method.len() + self.payload.len());
        bytes.push(self.kind as u8);
        bytes.extend(self.id.to_le_bytes());
        bytes.extend(self.other.to_le_bytes());
        bytes.extend(self.status.to_le_bytes());
        bytes.extend(length(&self.method)?.to_le_bytes());
        bytes.extend(length(&self.payload)?.to_le_bytes());
        bytes.extend(&self.method);
        bytes.extend(&self.payload);
        Ok(bytes)
    }

    /// How many bytes the frame has whose first ones these are, if that can be told.
    pub(super) fn length(begins: &[u8]) -> Option<usize> {
        let lengths = begins.get(HEAD - 8..HEAD)?;
        let sum = lengths.chunks_exact(4).map(|four| {
            let four: [u8; 4] = four.try_into().ok()?;
            usize::try_from(u32::from_le_bytes(four)).ok()
        });
        sum.sum::<Option<usize>>()?.checked_add(HEAD)
    }

    /// Reads one; nothing sensible is an error, and so is the end.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let kind = take::<1>(from)?[0];
        let id = u64::from_le_bytes(take(from)?);
        let other = u64::from_le_bytes(take(from)?);
        let status = i32::from_le_bytes(take(from)?);
        let method = u32::from_le_bytes(take(from)?) as usize;
        let payload = u32::from_le_bytes(take(from)?) as usize;
        let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
        let kind = Kind::ALL.into_iter().find(|it| *it as u8 == kind);
        let kind = kind.ok_or_else(|| wrong("a frame of an unknown kind"))?;
        if method > 4096 || payload > LARGEST {
            return Err(wrong("a frame that is too large"));
        }
        Ok(Self { kind, id, other, status, method: bytes(from, method)?, payload: bytes(from, payload)? })
    }
}

fn take<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// So many bytes; memory is taken as they come, not as they are announced.
fn bytes(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(length as u64).read_to_end(&mut bytes)?;
    if read == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let frame = Frame::new(Kind::Call, 7, u64::MAX).asking("fetch", "{}").with(-3, "[1]");
        let mut bytes = Vec::new();
        frame.write(&mut bytes).unwrap();
        assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), frame);
        assert_eq!(Frame::length(&bytes), Some(bytes.len()));
        assert_eq!(
            (Frame::length(&bytes[..HEAD]), Frame::length(&bytes[..HEAD - 1])),
            (Some(bytes.len()), None)
        );
        for cut in 0..bytes.len() {
            assert!(Frame::read(&mut &bytes[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn nonsense_is_refused_before_memory_is_taken() {
        assert!(Frame::read(&mut [0xff; 64].as_slice()).is_err());
        let mut huge = Vec::new();
        Frame::new(Kind::Complete, 1, 0).write(&mut huge).unwrap();
        huge[25..29].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(Frame::read(&mut huge.as_slice()).is_err());
    }
}
