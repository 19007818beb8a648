//! What was written to the log and is held until the commit ends.

use std::ffi::c_int;

use libsqlite3_sys as ffi;

/// Length of the header before each page in the log.
const FRAME_HEADER: usize = 24;

/// How much is held at most. SQLite's own writing can't take 128 KiB at once.
const MOST: usize = 48 * 1024;

/// What was written to a log and is held.
#[derive(Debug)]
pub(super) struct Gathering {
    held: Vec<u8>,
    /// Where the next byte goes, as far as is known; nothing is held that goes elsewhere.
    end: i64,
    /// The header that was written last announced the page that ends a commit.
    ends_commit: bool,
}

impl Gathering {
    pub(super) fn new() -> Self {
        Self { held: Vec::with_capacity(MOST), end: -1, ends_commit: false }
    }

    /// Takes what is written at an offset; `write` writes to the file.
    pub(super) fn take(&mut self, data: &[u8], offset: i64, write: &impl Fn(&[u8], i64) -> c_int) -> c_int {
        let is_header = data.len() == FRAME_HEADER;
        if is_header {
            // How large the database is after this commit; 0 before the commit's last page.
            self.ends_commit = data.get(4..8) != Some(&[0; 4]);
        }
        let goes_on = offset == self.end;
        if !goes_on || self.held.len() + data.len() > MOST {
            let code = self.write(write);
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        self.end = offset.saturating_add(i64::try_from(data.len()).unwrap_or(i64::MAX));
        if !goes_on || data.len() > MOST {
            return self.heed(write(data, offset));
        }
        self.held.extend_from_slice(data);
        if self.ends_commit && !is_header { self.write(write) } else { ffi::SQLITE_OK }
    }

    /// Writes what is held.
    pub(super) fn write(&mut self, write: &impl Fn(&[u8], i64) -> c_int) -> c_int {
        if self.held.is_empty() {
            return ffi::SQLITE_OK;
        }
        let start = self.end.saturating_sub(i64::try_from(self.held.len()).unwrap_or(i64::MAX));
        let code = write(&self.held, start);
        self.held.clear();
        self.heed(code)
    }

    /// After an error SQLite gives up the transaction, and where it writes next isn't known.
    fn heed(&mut self, code: c_int) -> c_int {
        if code != ffi::SQLITE_OK {
            self.end = -1;
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use proptest::prelude::*;

    use super::*;

    const PAGE: usize = 512;

    /// A file, what was asked of it, and whether it takes anything more.
    #[derive(Default)]
    struct File {
        bytes: RefCell<Vec<u8>>,
        writes: Cell<usize>,
        full: Cell<bool>,
    }

    impl File {
        fn write(&self, data: &[u8], offset: i64) -> c_int {
            if self.full.get() {
                return ffi::SQLITE_FULL;
            }
            self.writes.set(self.writes.get() + 1);
            let (offset, mut bytes) = (usize::try_from(offset).unwrap(), self.bytes.borrow_mut());
            let end = (offset + data.len()).max(bytes.len());
            bytes.resize(end, 0);
            bytes[offset..offset + data.len()].copy_from_slice(data);
            ffi::SQLITE_OK
        }
    }

    /// The header and the page of a frame; `size` is what the database has after a commit.
    fn frame(fill: u8, size: u8) -> [Vec<u8>; 2] {
        let mut header = vec![fill; FRAME_HEADER];
        header[4..8].copy_from_slice(&[0, 0, 0, size]);
        [header, vec![fill; PAGE]]
    }

    /// Where a frame begins.
    fn place(frame: usize) -> i64 {
        i64::try_from(32 + frame * (FRAME_HEADER + PAGE)).unwrap()
    }

    fn put(gathering: &mut Gathering, file: &File, frame: &[Vec<u8>; 2], mut offset: i64) -> c_int {
        for part in frame {
            let code = gathering.take(part, offset, &|data, offset| file.write(data, offset));
            if code != ffi::SQLITE_OK {
                return code;
            }
            offset += i64::try_from(part.len()).unwrap();
        }
        ffi::SQLITE_OK
    }

    #[test]
    fn a_commit_is_written_at_once_when_it_ends() {
        let (file, mut gathering) = (File::default(), Gathering::new());
        assert_eq!(put(&mut gathering, &file, &frame(1, 9), place(0)), ffi::SQLITE_OK);
        let (before, length) = (file.writes.get(), file.bytes.borrow().len());
        for number in 1..=10 {
            assert_eq!(file.bytes.borrow().len(), length, "frame {number} came alone");
            let size = if number == 10 { 9 } else { 0 };
            assert_eq!(put(&mut gathering, &file, &frame(2, size), place(number)), ffi::SQLITE_OK);
        }
        assert_eq!(file.writes.get(), before + 1);
        assert_eq!(i64::try_from(file.bytes.borrow().len()).unwrap(), place(11));
    }

    #[test]
    fn a_disk_that_is_full_is_told_to_the_commit_that_it_fails() {
        let (file, mut gathering) = (File::default(), Gathering::new());
        assert_eq!(put(&mut gathering, &file, &frame(1, 9), place(0)), ffi::SQLITE_OK);
        file.full.set(true);
        assert_eq!(put(&mut gathering, &file, &frame(2, 0), place(1)), ffi::SQLITE_OK);
        assert_eq!(put(&mut gathering, &file, &frame(3, 9), place(2)), ffi::SQLITE_FULL);
        file.full.set(false);
        // Tried again, at the same place.
        assert_eq!(put(&mut gathering, &file, &frame(4, 9), place(1)), ffi::SQLITE_OK);
        assert_eq!(i64::try_from(file.bytes.borrow().len()).unwrap(), place(2));
        assert_eq!(file.bytes.borrow()[usize::try_from(place(1)).unwrap()], 4);
    }

    proptest! {
        /// Whatever SQLite writes (commits, transactions given up, a log begun anew, headers
        /// written again), the file says the same as without this VFS when a commit ends, and
        /// when anything else is asked.
        #[test]
        fn what_was_committed_is_in_the_file(
            steps in prop::collection::vec((0_usize..80, 0_u8..2, 0_u8..10, any::<u8>()), 1..60)
        ) {
            let (file, plain, mut gathering) = (File::default(), File::default(), Gathering::new());
            let mut next = 0_usize;
            for (pages, ends, what, fill) in steps {
                let begun = next;
                match what {
                    0 => {
                        let header = vec![fill; 32];
                        let through = |data: &[u8], offset| file.write(data, offset);
                        prop_assert_eq!(gathering.take(&header, 0, &through), ffi::SQLITE_OK);
                        plain.write(&header, 0);
                        next = 0;
                    }
                    1 => {
                        // A header is written again, by itself.
                        let [header, _] = frame(fill, ends);
                        let at = place(next.saturating_sub(1));
                        let through = |data: &[u8], offset| file.write(data, offset);
                        prop_assert_eq!(gathering.take(&header, at, &through), ffi::SQLITE_OK);
                        plain.write(&header, at);
                    }
                    _ => {}
                }
                for page in 0..=pages {
                    let size = if page == pages { ends } else { 0 };
                    let frame = frame(fill.wrapping_add(u8::try_from(page).unwrap()), size);
                    prop_assert_eq!(put(&mut gathering, &file, &frame, place(next)), ffi::SQLITE_OK);
                    let mut offset = place(next);
                    for part in &frame {
                        plain.write(part, offset);
                        offset += i64::try_from(part.len()).unwrap();
                    }
                    next += 1;
                }
                if ends == 0 {
                    // Given up: the next transaction goes to the same place.
                    prop_assert_eq!(
                        gathering.write(&|data, offset| file.write(data, offset)), ffi::SQLITE_OK
                    );
                    next = begun.min(next);
                }
                prop_assert_eq!(&*file.bytes.borrow(), &*plain.bytes.borrow());
            }
        }
    }
}
