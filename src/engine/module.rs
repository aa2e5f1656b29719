//! The library stays in memory once it has been used.
//!
//! On Windows a program may take a DLL away (`FreeLibrary`) at any moment. A thread of the library that
//! still runs, of a client that lives or of one that was freed in its own callback, would run on in memory
//! that is no more. And one that is loaded and taken away again and again would use up the process's places
//! for thread-local values, of which there are about a thousand: the standard library gives none back.
//!
//! On Unix the shared library says so itself: build.rs marks it as one that is never unloaded.

/// From here on the library is not unloaded before the process ends. Cheap after the first call.
pub fn stay() {
    #[cfg(windows)]
    system::stay();
}

#[cfg(windows)]
mod system {
    use std::ptr::null_mut;
    use std::sync::Once;

    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };

    #[allow(unsafe_code)] // The standard library knows nothing of modules.
    pub fn stay() {
        static PINNED: Once = Once::new();
        PINNED.call_once(|| {
            let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
            let address = stay as fn() as *const u16;
            let mut module = null_mut();
            // SAFETY: with these flags the "name" is any address in the module, and is not followed. It
            // cannot fail for an address in a module that is loaded.
            unsafe { GetModuleHandleExW(flags, address, &mut module) };
        });
    }
}
