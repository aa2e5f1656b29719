//! The boundary: no panic crosses it, and the last error of each thread is kept.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::module;
use crate::error::{Error, Result, Status};
use crate::ffi::numbers::pusher_status;

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the body of an exported function. What fails becomes a status and the thread's last error;
/// a panic becomes `PUSHER_ERR_PANIC`.
pub fn guard(body: impl FnOnce() -> Result<()>) -> i32 {
    guard_value(body).map_or_else(pusher_status::of, |()| pusher_status::PUSHER_OK as i32)
}

/// The same for a function that returns a value of its own where all is well.
pub fn guard_value<T>(body: impl FnOnce() -> Result<T>) -> Result<T, Status> {
    module::stay();
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        Err(Error::new(Status::Panic, "a bug in pusherws was caught; please report it"))
    });
    result.map_err(|error| {
        set_last_error(error.message());
        error.status()
    })
}

fn set_last_error(message: &str) {
    // At the end of a thread its last error may be gone before the last call of a destructor.
    let _ = LAST_ERROR.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            last.clear();
            last.push_str(message);
        }
    });
}

pub fn last_error() -> String {
    module::stay();
    LAST_ERROR.try_with(|last| last.borrow().clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status() {
        let status = guard(|| panic!("on purpose"));
        assert_eq!(status, pusher_status::PUSHER_ERR_PANIC as i32);
        assert!(last_error().contains("report"));
    }

    #[test]
    fn an_error_is_kept_for_its_thread_only() {
        guard(|| Err(Error::new(Status::Argument, "here")));
        assert_eq!(last_error(), "here");
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(last_error(), ""));
        });
    }
}
