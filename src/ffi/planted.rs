//! Bugs on order, behind the feature `planted-faults`: for tests of what a bug must not do, and for
//! the tools that have to find one. The function is not in the header; who calls it declares it.

use std::alloc::{Layout, alloc};
use std::cell::UnsafeCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Status};
use crate::ffi::client::client;
use crate::ffi::guard::guard;
use crate::ffi::types::pusher_client;

/// Plants a bug. `client` is looked at by 2 and 3 only.
///
/// | `fault` | |
/// |---|---|
/// | 1 | a panic inside this very function |
/// | 2 | a panic on the network thread, in the client's driver |
/// | 3 | a panic on the client's delivery thread |
/// | 10 | reads memory after it was freed |
/// | 11 | leaks memory |
/// | 12 | two threads write to the same place without a lock |
/// | 13 | decides by memory that was never written |
#[unsafe(no_mangle)]
pub extern "C" fn pusherws_plant(client: *mut pusher_client, fault: i32) -> i32 {
    guard(|| match fault {
        1 => panic!("planted in an export"),
        2 => self::client(client)?.plant_in_driver().map(drop),
        3 => self::client(client)?.plant_in_delivery(),
        10 => {
            use_after_free();
            Ok(())
        }
        11 => {
            black_box(Box::into_raw(Box::new([7_u64; 16])));
            Ok(())
        }
        12 => {
            data_race();
            Ok(())
        }
        13 => {
            uninitialised();
            Ok(())
        }
        _ => Err(Error::new(Status::Argument, format!("there is no fault {fault}"))),
    })
}

fn use_after_free() {
    let place: *mut u64 = black_box(Box::into_raw(Box::new(7)));
    // SAFETY: freeing is sound; reading afterwards is the bug that was ordered.
    unsafe {
        drop(Box::from_raw(place));
        black_box(place.read_volatile());
    }
}

struct Unlocked(UnsafeCell<u64>);

// SAFETY: it is not safe: that is the bug which was ordered.
unsafe impl Sync for Unlocked {}

fn data_race() {
    static PLACE: Unlocked = Unlocked(UnsafeCell::new(0));
    // Both are there while both write. Relaxed, since anything more would order them after all.
    let there = AtomicU32::new(0);
    let wait_for_all = |number| {
        there.fetch_add(1, Ordering::Relaxed);
        while there.load(Ordering::Relaxed) < number {
            std::thread::yield_now();
        }
    };
    let count = || {
        wait_for_all(2);
        for _ in 0..100 {
            // SAFETY: as above.
            unsafe { *black_box(PLACE.0.get()) += 1 };
        }
        wait_for_all(4);
    };
    std::thread::scope(|scope| {
        scope.spawn(count);
        scope.spawn(count);
    });
}

fn uninitialised() {
    // SAFETY: the layout is not empty; reading what nobody wrote is the bug that was ordered. The
    // memory is freed as it was allocated.
    unsafe {
        let layout = Layout::new::<u64>();
        let place: *mut u64 = black_box(alloc(layout).cast());
        if !place.is_null() {
            if place.read_volatile() == 42 {
                black_box("42");
            }
            std::alloc::dealloc(place.cast(), layout);
        }
    }
}
