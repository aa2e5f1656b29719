//! Events packed one after another into one buffer, to be handed to another thread as a whole.

use std::ops::Range;
use std::time::Duration;

use crate::error::Status;
use crate::session::{ConnectionState, DataFormat, Event, EventKind, RequestId};

/// A buffer that grew larger than this for one burst is given back afterwards.
const KEPT_BYTES: usize = 256 * 1024;

/// A run of events and the text they refer to.
#[derive(Debug, Default)]
pub struct Batch {
    /// Every text is followed by a NUL byte, for C.
    text: String,
    records: Vec<Record>,
}

#[derive(Debug)]
struct Record {
    kind: EventKind,
    status: Status,
    code: i32,
    request: RequestId,
    value: i64,
    state: ConnectionState,
    previous_state: ConnectionState,
    retry_in: Option<Duration>,
    data_format: DataFormat,
    name: Place,
    channel: Place,
    data: Place,
    user_id: Place,
    socket_id: Place,
}

/// Where a text stands, with its NUL. A range that may be missing is three times as large, and each
/// event has five.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    /// 0 where there is no text.
    len: u32,
}

impl Place {
    const NOWHERE: Place = Place { start: 0, len: 0 };

    /// Nowhere for what is beyond 4 GiB, of which no queue allows a tenth.
    #[allow(clippy::cast_possible_truncation)] // It has just been compared.
    fn new(start: usize, end: usize) -> Place {
        if end > u32::MAX as usize {
            return Place::NOWHERE;
        }
        Place { start: start as u32, len: (end - start) as u32 }
    }

    fn range(self) -> Option<Range<usize>> {
        let start = self.start as usize;
        (self.len > 0).then(|| start..start + self.len as usize)
    }

    fn shifted(self, by: usize) -> Place {
        self.range().map_or(self, |range| Place::new(range.start + by, range.end + by))
    }
}

/// Text that is followed by a NUL byte in memory, so that C can read it where it stands: its bytes, since
/// to cut a `str` out of others asks at both ends whether a character begins there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CText<'a>(&'a [u8]);

impl<'a> CText<'a> {
    /// `text` has to end in NUL.
    fn new(text: &'a [u8]) -> CText<'a> {
        debug_assert!(text.ends_with(b"\0"));
        CText(text)
    }

    /// The text without its NUL.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.split_last().map_or(&[], |(_, text)| text)
    }

    /// The text with its NUL.
    pub fn as_bytes_with_nul(self) -> &'a [u8] {
        self.0
    }
}

/// An event out of a batch.
#[derive(Clone, Copy)]
pub struct Delivered<'a> {
    batch: &'a Batch,
    record: &'a Record,
}

impl Batch {
    pub fn push(&mut self, event: &Event<'_>) {
        let name = self.store(event.name);
        let mut store = |text: Option<&str>| text.map_or(Place::NOWHERE, |text| self.store(text));
        let channel = store(event.channel);
        let data = store(event.data);
        let user_id = store(event.user_id);
        let socket_id = store(event.socket_id);
        self.records.push(Record {
            kind: event.kind,
            status: event.status,
            code: event.code,
            request: event.request,
            value: event.value,
            state: event.state,
            previous_state: event.previous_state,
            retry_in: event.retry_in,
            data_format: event.data_format,
            name,
            channel,
            data,
            user_id,
            socket_id,
        });
    }

    /// Adds an event of another batch.
    pub fn copy(&mut self, event: &Delivered<'_>) {
        self.push(&event.to_event());
    }

    fn store(&mut self, text: &str) -> Place {
        let start = self.text.len();
        self.text.push_str(text);
        self.text.push('\0');
        Place::new(start, self.text.len())
    }

    /// Moves all events of `later` behind those here, leaving it empty.
    pub fn append(&mut self, later: &mut Batch) {
        if self.is_empty() {
            std::mem::swap(self, later);
            return;
        }
        let shift = self.text.len();
        self.text.push_str(&later.text);
        self.records.extend(later.records.drain(..).map(|record| Record {
            name: record.name.shifted(shift),
            channel: record.channel.shifted(shift),
            data: record.data.shifted(shift),
            user_id: record.user_id.shifted(shift),
            socket_id: record.socket_id.shifted(shift),
            ..record
        }));
        later.clear();
    }

    pub fn clear(&mut self) {
        self.records.clear();
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.records.shrink_to(KEPT_BYTES / size_of::<Record>());
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Worth handing over, although there may be more: beyond this it would grow past what is kept,
    /// and every burst would allocate anew.
    pub fn is_large(&self) -> bool {
        self.text.len() >= KEPT_BYTES / 4 * 3
    }

    /// The bytes of text held.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// All text, in one piece.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn iter(&self) -> impl Iterator<Item = Delivered<'_>> {
        self.iter_from(0)
    }

    /// Those behind the first `begun`, without a step for each of these: some ask for one at a time.
    pub fn iter_from(&self, begun: usize) -> impl Iterator<Item = Delivered<'_>> {
        let rest = self.records.get(begun..).unwrap_or_default();
        rest.iter().map(|record| Delivered { batch: self, record })
    }
}

impl<'a> Delivered<'a> {
    fn text(&self, place: Place) -> Option<CText<'a>> {
        place.range().map(|range| CText::new(&self.batch.text.as_bytes()[range]))
    }

    fn str(&self, place: Place) -> Option<&'a str> {
        place.range().map(|range| &self.batch.text[range.start..range.end - 1])
    }

    pub fn kind(&self) -> EventKind {
        self.record.kind
    }

    pub fn status(&self) -> Status {
        self.record.status
    }

    pub fn code(&self) -> i32 {
        self.record.code
    }

    pub fn request(&self) -> RequestId {
        self.record.request
    }

    pub fn value(&self) -> i64 {
        self.record.value
    }

    pub fn state(&self) -> ConnectionState {
        self.record.state
    }

    pub fn previous_state(&self) -> ConnectionState {
        self.record.previous_state
    }

    pub fn retry_in(&self) -> Option<Duration> {
        self.record.retry_in
    }

    pub fn data_format(&self) -> DataFormat {
        self.record.data_format
    }

    pub fn c_name(&self) -> CText<'a> {
        self.text(self.record.name).unwrap_or(CText::new(b"\0"))
    }

    pub fn c_channel(&self) -> Option<CText<'a>> {
        self.text(self.record.channel)
    }

    pub fn c_data(&self) -> Option<CText<'a>> {
        self.text(self.record.data)
    }

    pub fn c_user_id(&self) -> Option<CText<'a>> {
        self.text(self.record.user_id)
    }

    pub fn c_socket_id(&self) -> Option<CText<'a>> {
        self.text(self.record.socket_id)
    }

    pub fn name(&self) -> &'a str {
        self.str(self.record.name).unwrap_or_default()
    }

    pub fn channel(&self) -> Option<&'a str> {
        self.str(self.record.channel)
    }

    pub fn data(&self) -> Option<&'a str> {
        self.str(self.record.data)
    }

    pub fn user_id(&self) -> Option<&'a str> {
        self.str(self.record.user_id)
    }

    pub fn socket_id(&self) -> Option<&'a str> {
        self.str(self.record.socket_id)
    }

    /// The bytes of its text in the batch.
    pub fn bytes(&self) -> usize {
        let Record { name, channel, data, user_id, socket_id, .. } = self.record;
        [name, channel, data, user_id, socket_id].iter().map(|place| place.len as usize).sum()
    }

    /// The same event as a value of its own, in a batch of one.
    pub fn to_batch(&self) -> Batch {
        let mut batch = Batch::default();
        batch.copy(self);
        batch
    }

    fn to_event(self) -> Event<'a> {
        Event {
            kind: self.kind(),
            status: self.status(),
            code: self.code(),
            request: self.request(),
            value: self.value(),
            state: self.state(),
            previous_state: self.previous_state(),
            retry_in: self.retry_in(),
            name: self.name(),
            channel: self.channel(),
            data: self.data(),
            data_format: self.data_format(),
            user_id: self.user_id(),
            socket_id: self.socket_id(),
        }
    }
}

impl std::fmt::Debug for Delivered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind())
            .field("name", &self.name())
            .field("channel", &self.channel())
            .field("data", &self.data())
            .field("status", &self.status())
            .field("code", &self.code())
            .field("request", &self.request())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: usize) -> (String, String) {
        (format!("event-{n}"), "x".repeat(n % 50))
    }

    fn batch(numbers: Range<usize>) -> Batch {
        let mut batch = Batch::default();
        for n in numbers {
            let (name, data) = event(n);
            let channel = n.is_multiple_of(2).then_some("channel");
            batch
                .push(&Event { channel, ..Event::new(EventKind::Message, &name).with_text(&data) });
        }
        batch
    }

    #[test]
    fn what_goes_in_comes_out_in_order_across_appends() {
        let mut all = Batch::default();
        for start in [0, 100, 101, 170] {
            let end =
                [100, 101, 170, 300][[0, 100, 101, 170].iter().position(|s| *s == start).unwrap()];
            let mut next = batch(start..end);
            all.append(&mut next);
            assert!(next.is_empty() && next.bytes() == 0);
        }
        assert_eq!(all.len(), 300);
        for (n, delivered) in all.iter().enumerate() {
            let (name, data) = event(n);
            assert_eq!(delivered.name(), name);
            assert_eq!(delivered.data(), Some(data.as_str()));
            assert_eq!(delivered.channel(), n.is_multiple_of(2).then_some("channel"));
            assert_eq!(delivered.c_name().as_bytes_with_nul().last(), Some(&0));
        }
    }

    /// What languages rely on that split the text at its NULs, see `pusher_events_text`.
    #[test]
    fn the_text_is_what_the_events_have_in_order_and_nothing_else() {
        let mut all = batch(0..5);
        all.append(&mut batch(5..9));
        let presence = Event { user_id: Some("7"), ..Event::new(EventKind::Message, "hello") };
        all.push(&presence.with_text("data"));
        let expected: Vec<String> = (0..9)
            .flat_map(|n| {
                let (name, data) = event(n);
                let channel = n.is_multiple_of(2).then(|| "channel".to_owned());
                [Some(name), channel, Some(data)]
            })
            .flatten()
            .chain(["hello", "data", "7"].map(str::to_owned))
            .map(|text| text + "\0")
            .collect();
        assert_eq!(all.text(), expected.concat());
    }

    #[test]
    fn a_copy_is_the_same_event() {
        let batch = batch(4..5);
        let original = batch.iter().next().unwrap();
        let copy = original.to_batch();
        assert_eq!(format!("{original:?}"), format!("{:?}", copy.iter().next().unwrap()));
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back() {
        let mut batch = Batch::default();
        let big = "x".repeat(4 * KEPT_BYTES);
        batch.push(&Event::new(EventKind::Message, "e").with_text(&big));
        batch.clear();
        assert!(batch.text.capacity() <= KEPT_BYTES);
    }
}
