//! What a `pusher_client *` really is: a slot and a generation, not an address.
//!
//! A freed handle, one freed twice or one invented is found out by its generation, and refused
//! instead of followed.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Arc, MutexGuard};

use crate::engine::fork::ForkMutex;
use crate::error::{Error, Result, Status};

/// A ticket, from its low bits up: the slot, the generation, and the type that it is for, so that a
/// handle of another type is not taken for one's own.
const SLOT_BITS: u32 = usize::BITS / 2;
const SLOT_MASK: usize = (1 << SLOT_BITS) - 1;
const TAG_BITS: u32 = 3;
const GENERATIONS: usize = 1 << (usize::BITS - SLOT_BITS - TAG_BITS);

/// So many slots are free before one is used again, and it is the one that has rested longest. On 32 bits
/// there are few generations: with one slot in use all the time, the ticket that a program has forgotten to
/// forget would soon be good for something else.
const RESTING: usize = 64;

/// All live objects of one type.
pub struct Handles<T: 'static> {
    what: &'static str,
    tag: usize,
    inner: ForkMutex<Inner<T>>,
}

struct Inner<T> {
    slots: Vec<Slot<T>>,
    /// Those that were freed first come first.
    free: VecDeque<usize>,
}

struct Slot<T> {
    generation: usize,
    value: Option<Arc<T>>,
}

impl<T: Send + Sync> Handles<T> {
    /// `what` is the name of the type for messages; `tag` is this table's alone, and below 8.
    pub const fn new(what: &'static str, tag: usize) -> Handles<T> {
        assert!(tag < 1 << TAG_BITS);
        let inner = Inner { slots: Vec::new(), free: VecDeque::new() };
        Handles { what, tag, inner: ForkMutex::new(inner) }
    }

    pub fn insert<C>(&'static self, value: T) -> Result<*mut C> {
        let mut inner = self.lock();
        let slot = if inner.free.len() < RESTING && inner.slots.len() < SLOT_MASK {
            inner.slots.push(Slot { generation: 0, value: None });
            inner.slots.len() - 1
        } else {
            inner.free.pop_front().ok_or_else(|| {
                let text = format!("there are too many objects of type {}", self.what);
                Error::new(Status::System, text)
            })?
        };
        let entry = &mut inner.slots[slot];
        // Never 0, so that no handle is NULL.
        entry.generation =
            if entry.generation + 1 == GENERATIONS { 1 } else { entry.generation + 1 };
        entry.value = Some(Arc::new(value));
        let number = (self.high(entry.generation) << SLOT_BITS) | slot;
        Ok(std::ptr::without_provenance_mut::<c_void>(number).cast())
    }

    pub fn get<C>(&'static self, handle: *const C) -> Result<Arc<T>> {
        let mut inner = self.lock();
        let slot = self.find(&mut inner, handle.addr())?;
        slot.value.clone().ok_or_else(|| self.stale())
    }

    /// Takes it out: from here on the handle is stale.
    pub fn remove<C>(&'static self, handle: *const C) -> Result<Arc<T>> {
        let mut inner = self.lock();
        let slot = self.find(&mut inner, handle.addr())?;
        let value = slot.value.take().ok_or_else(|| self.stale())?;
        inner.free.push_back(handle.addr() & SLOT_MASK);
        Ok(value)
    }

    fn find<'a>(
        &self,
        inner: &'a mut MutexGuard<'_, Inner<T>>,
        number: usize,
    ) -> Result<&'a mut Slot<T>> {
        if number == 0 {
            return Err(Error::new(Status::Handle, format!("the {} is NULL", self.what)));
        }
        let slot = inner.slots.get_mut(number & SLOT_MASK);
        slot.filter(|slot| {
            self.high(slot.generation) == number >> SLOT_BITS && slot.value.is_some()
        })
        .ok_or_else(|| self.stale())
    }

    /// The high half of a ticket.
    fn high(&self, generation: usize) -> usize {
        self.tag * GENERATIONS + generation
    }

    fn stale(&self) -> Error {
        let text = format!("this {} has been freed, or never was one", self.what);
        Error::new(Status::Handle, text)
    }

    fn lock(&'static self) -> MutexGuard<'static, Inner<T>> {
        self.inner.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts and removes until the first slot has its turn.
    fn next_in_first_slot(handles: &'static Handles<u32>, value: u32) -> *mut u8 {
        for _ in 0..=RESTING {
            let handle: *mut u8 = handles.insert(value).unwrap();
            if handle.addr() & SLOT_MASK == 0 {
                return handle;
            }
            handles.remove(handle).unwrap();
        }
        panic!("it is not used again");
    }

    #[test]
    fn a_slot_rests_while_others_are_used() {
        static HANDLES: Handles<u32> = Handles::new("thing", 1);
        let turn = || -> usize {
            let handle: *mut u8 = HANDLES.insert(1).unwrap();
            HANDLES.remove(handle).unwrap();
            handle.addr() & SLOT_MASK
        };
        let first: Vec<usize> = (0..RESTING).map(|_| turn()).collect();
        assert_eq!(first, (0..RESTING).collect::<Vec<_>>());
        let then: Vec<usize> = (0..RESTING).map(|_| turn()).collect();
        assert_eq!(then, first, "and no more than that are needed");
    }

    #[test]
    fn a_stale_handle_is_an_error_even_when_its_slot_is_used_again() {
        static HANDLES: Handles<u32> = Handles::new("thing", 1);
        let handles = &HANDLES;
        let first: *mut u8 = handles.insert(1).unwrap();
        assert_eq!(*handles.get(first).unwrap(), 1);
        assert_eq!(*handles.remove(first).unwrap(), 1);
        let second = next_in_first_slot(handles, 2);
        assert_ne!(first, second);
        assert!(handles.get(first).is_err() && handles.remove(first).is_err());
        assert_eq!(*handles.get(second).unwrap(), 2);
    }

    #[test]
    fn what_never_was_a_handle_is_an_error() {
        static HANDLES: Handles<u32> = Handles::new("thing", 1);
        let handles = &HANDLES;
        let real: *mut u8 = handles.insert(1).unwrap();
        for number in [0, 1, 2, usize::MAX, real.addr() + 1, real.addr() ^ (1 << SLOT_BITS)] {
            let invented: *mut u8 = std::ptr::without_provenance_mut(number);
            assert_eq!(handles.get(invented).unwrap_err().status(), Status::Handle, "{number:#x}");
        }
    }

    #[test]
    fn a_handle_of_another_type_is_an_error() {
        static CATS: Handles<u32> = Handles::new("cat", 2);
        static DOGS: Handles<u32> = Handles::new("dog", 7);
        let cat: *mut u8 = CATS.insert(1).unwrap();
        let dog: *mut u8 = DOGS.insert(2).unwrap();
        assert!(DOGS.get(cat).is_err() && CATS.remove(dog).is_err());
        assert!(CATS.get(cat).is_ok() && DOGS.get(dog).is_ok());
    }

    #[test]
    fn generations_begin_anew_without_touching_the_type() {
        static THINGS: Handles<u32> = Handles::new("thing", 7);
        let first: *mut u8 = THINGS.insert(1).unwrap();
        THINGS.lock().slots[0].generation = GENERATIONS - 1;
        let last = first.map_addr(|number| number | ((GENERATIONS - 1) << SLOT_BITS));
        assert_eq!(*THINGS.remove(last).unwrap(), 1);
        let again = next_in_first_slot(&THINGS, 2);
        assert_eq!(again, first, "the first generation once more");
    }
}
