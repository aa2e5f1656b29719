//! Something that epoll, poll, select or kqueue can wait for: readable while it is set.

#[cfg(target_os = "linux")]
mod system {
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

        pub fn number(&self) -> isize {
            self.0.as_raw_fd() as isize
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io::{Read, Result, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    /// A pair of sockets: every system can wait for one, and Windows for little else.
    pub struct Descriptor {
        read: TcpStream,
        write: TcpStream,
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
            Ok(Descriptor { read, write })
        }

        pub fn set(&self) {
            let _ = (&self.write).write(&[1]);
        }

        pub fn clear(&self) {
            let mut bytes = [0; 64];
            while matches!((&self.read).read(&mut bytes), Ok(read) if read == bytes.len()) {}
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

pub use system::Descriptor;
