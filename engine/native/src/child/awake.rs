//! Waiting awake for a moment: a core that went to sleep takes longer to wake up than most
//! answers take to come.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{RecvFlags, recv};

/// How long: it costs as much of a processor's time.
const MOMENT: Duration = Duration::from_micros(50);
/// After a moment in vain so many are passed over, so that waiting for what is slow costs next to
/// nothing.
const PASSED_OVER: u32 = 16;

/// With one processor, whoever is waited for could only begin when the waiting ends.
static ENOUGH: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1));

/// The moments in which one waits for the same.
#[derive(Default)]
pub(super) struct Moments {
    passed_over: AtomicU32,
}

impl Moments {
    /// Looks for something until it is there, for a moment; what there was.
    pub(super) fn look<T>(&self, mut found: impl FnMut() -> Option<T>) -> Option<T> {
        // Two who count at once may count once: it is a matter of cost only.
        let left = self.passed_over.load(Ordering::Relaxed);
        if !*ENOUGH || left > 0 {
            self.passed_over.store(left.saturating_sub(1), Ordering::Relaxed);
            return found();
        }
        let began = Instant::now();
        loop {
            let there = found();
            if there.is_some() {
                return there;
            }
            if began.elapsed() >= MOMENT {
                self.passed_over.store(PASSED_OVER, Ordering::Relaxed);
                return None;
            }
            // Others first: on a machine that has much to do it is them who are waited for.
            std::thread::yield_now();
        }
    }
}

/// What lies in a socket, without taking it: how many bytes of it fit, none at its end; nothing
/// when there is nothing yet, or it can't be told.
pub(super) fn peek(socket: &UnixStream, into: &mut [u8]) -> Option<usize> {
    recv(socket, into, RecvFlags::DONTWAIT | RecvFlags::PEEK).ok().map(|(taken, _)| taken)
}

/// Sleeps until a socket has something, or has ended; whether that could be told.
pub(super) fn sleep(socket: &UnixStream) -> bool {
    let mut sockets = [PollFd::new(socket, PollFlags::IN)];
    loop {
        match poll(&mut sockets, None) {
            Err(rustix::io::Errno::INTR) => {}
            told => return told.is_ok(),
        }
    }
}

/// A socket whose reader waits awake for a moment before it sleeps.
pub(super) struct Awake {
    socket: UnixStream,
    moments: Moments,
}

impl Awake {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { socket, moments: Moments::default() }
    }
}

impl Read for Awake {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let there = self.moments.look(|| recv(&self.socket, &mut *into, RecvFlags::DONTWAIT).ok());
        match there {
            Some((taken, _)) => Ok(taken),
            // Also what went wrong is told there.
            None => self.socket.read(into),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_there_or_comes_later_is_read_and_so_is_the_end() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut bytes = [0; 4];
        assert_eq!(peek(&ours, &mut bytes), None);
        theirs.write_all(b"now").unwrap();
        assert_eq!(peek(&ours, &mut bytes), Some(3));
        let mut ours = Awake::new(ours);
        assert_eq!(ours.read(&mut bytes).unwrap(), 3);
        let later = std::thread::spawn(move || {
            std::thread::sleep(MOMENT * 100);
            theirs.write_all(b"late").unwrap();
        });
        assert_eq!(ours.read(&mut bytes).unwrap(), 4);
        assert_eq!(&bytes, b"late");
        later.join().unwrap();
        assert_eq!((ours.read(&mut bytes).unwrap(), peek(&ours.socket, &mut bytes)), (0, Some(0)));
    }

    #[test]
    fn the_waiting_has_an_end_and_is_not_tried_again_at_once() {
        let moments = Moments::default();
        let looks = || {
            let mut looks = 0;
            let there = moments.look(|| {
                looks += 1;
                None::<()>
            });
            assert_eq!(there, None);
            looks
        };
        looks();
        for _ in 0..PASSED_OVER {
            assert_eq!(looks(), 1);
        }
        assert_eq!(moments.look(|| Some(7)), Some(7));
    }
}
