//! Something that epoll, poll, select or kqueue can wait for: readable while it is set.

#[cfg(target_os = "linux")]
mod event {
    use std::fs::File;
    use std::io::{Read, Result, Write};
    use std::os::fd::{AsRawFd, FromRawFd};

    /// An eventfd.
    pub struct Descriptor(File);

    impl Descriptor {
        #[allow(unsafe_code)] // The standard library has no eventfd.
        pub fn new() -> Result<Descriptor> {
            // SAFETY: a system call without pointers.
            let number = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if number < 0 {
                return Err(std::io::Error::last_os_error());
            }
            // SAFETY: just made, and nobody else's.
            Ok(Descriptor(unsafe { File::from_raw_fd(number) }))
        }

        pub fn set(&self) {
            // Fails only where it is set more often than 64 bits can count.
            let _ = (&self.0).write(&1_u64.to_ne_bytes());
        }

        pub fn clear(&self) {
            // Fails where it was not set.
            let _ = (&self.0).read(&mut [0; 8]);
        }

        /// Nothing is ever under way.
        pub fn is_to_come(&self) -> bool {
            false
        }

        pub fn number(&self) -> isize {
            self.0.as_raw_fd() as isize
        }
    }
}

// Under test on Linux, too.
#[cfg(any(not(target_os = "linux"), test))]
mod socket_pair {
    use std::io::{Read, Result, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A pair of sockets: every system can wait for one. On Windows `select`, `WSAPoll` and the event
    /// loops built on them wait for nothing else, and `WSAEventSelect` makes an event of it for those
    /// who wait for handles.
    pub struct Descriptor {
        read: TcpStream,
        write: TcpStream,
        /// Bytes that were written and not read yet. They need a moment from one end to the other.
        under_way: AtomicUsize,
    }

    impl Descriptor {
        pub fn new() -> Result<Descriptor> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let write = TcpStream::connect(listener.local_addr()?)?;
            // Whoever else connects in this moment is not our other end.
            let read = loop {
                let (read, peer) = listener.accept()?;
                if peer == write.local_addr()? {
                    break read;
                }
            };
            read.set_nonblocking(true)?;
            write.set_nonblocking(true)?;
            write.set_nodelay(true)?;
            Ok(Descriptor::of(read, write))
        }

        pub(super) fn of(read: TcpStream, write: TcpStream) -> Descriptor {
            Descriptor { read, write, under_way: AtomicUsize::new(0) }
        }

        pub fn set(&self) {
            // Fails only where so much was written and not read that it is set anyway.
            let written = (&self.write).write(&[1]).unwrap_or(0);
            self.under_way.fetch_add(written, Ordering::Relaxed);
        }

        pub fn clear(&self) {
            let mut bytes = [0; 64];
            while let Ok(read) = (&self.read).read(&mut bytes) {
                self.under_way.fetch_sub(read, Ordering::Relaxed);
                if read < bytes.len() {
                    break;
                }
            }
        }

        /// Whether it becomes readable, although it was cleared: what was written had not arrived. Then
        /// it has to be cleared again, or who watches it would be called for nothing, for ever.
        pub fn is_to_come(&self) -> bool {
            self.under_way.load(Ordering::Relaxed) != 0
        }

        #[cfg(unix)]
        pub fn number(&self) -> isize {
            std::os::fd::AsRawFd::as_raw_fd(&self.read) as isize
        }

        #[cfg(windows)]
        pub fn number(&self) -> isize {
            std::os::windows::io::AsRawSocket::as_raw_socket(&self.read) as isize
        }
    }
}

#[cfg(target_os = "linux")]
pub use event::Descriptor;
#[cfg(not(target_os = "linux"))]
pub use socket_pair::Descriptor;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::{event, socket_pair};

    /// Whether poll calls it readable; `patience_ms` as for poll.
    fn is_readable(number: isize, patience_ms: i32) -> bool {
        let fd = number.try_into().unwrap();
        let mut asked = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: one valid pollfd.
        #[allow(unsafe_code)]
        let ready = unsafe { libc::poll(&mut asked, 1, patience_ms) };
        ready == 1 && asked.revents == libc::POLLIN
    }

    macro_rules! readable_while_it_is_set {
        ($descriptor:expr) => {
            let descriptor = $descriptor.unwrap();
            for sets in [1, 2, 64, 1000] {
                assert!(!is_readable(descriptor.number(), 0), "before {sets}");
                (0..sets).for_each(|_| descriptor.set());
                assert!(is_readable(descriptor.number(), 10_000), "after {sets}");
                assert!(is_readable(descriptor.number(), 0), "until it is cleared");
                descriptor.clear();
                // What is under way between two sockets comes a moment later.
                while descriptor.is_to_come() {
                    assert!(is_readable(descriptor.number(), 10_000), "what is to come comes");
                    descriptor.clear();
                }
            }
        };
    }

    #[test]
    fn an_event_is_readable_while_it_is_set() {
        readable_while_it_is_set!(event::Descriptor::new());
    }

    #[test]
    fn a_pair_of_sockets_is_readable_while_it_is_set() {
        readable_while_it_is_set!(socket_pair::Descriptor::new());
    }

    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    #[test]
    fn what_arrives_after_it_was_cleared_is_to_come_and_can_be_cleared() {
        // The test is the wire.
        let ((read, mut arrives), (write, mut leaves)) = (connection(), connection());
        read.set_nonblocking(true).unwrap();
        let descriptor = socket_pair::Descriptor::of(read, write);
        assert!(!descriptor.is_to_come());
        descriptor.set();
        descriptor.clear();
        assert!(descriptor.is_to_come() && !is_readable(descriptor.number(), 0));
        let mut byte = [0];
        leaves.read_exact(&mut byte).unwrap();
        arrives.write_all(&byte).unwrap();
        assert!(is_readable(descriptor.number(), 10_000));
        descriptor.clear();
        assert!(!descriptor.is_to_come() && !is_readable(descriptor.number(), 0));
    }
}
