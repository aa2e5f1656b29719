//! The floor: what a reader costs that does nothing but read. Frames by hand, UTF-8 checked, the
//! envelope's fields found and unescaped in one pass, and a C function called for each event. No
//! timers, no lookups, no state, no fragments.
//!
//!     floor PORT CHANNEL

use std::error::Error;
use std::ffi::c_void;
use std::hint::black_box;

use pusherws_benches::client::{Client, SLACK};
use pusherws_benches::fields::scan;
use pusherws_benches::measure::Meter;

/// Name, channel and data, as pointers and lengths; and what was handed over with the function.
/// Returns whether it has had enough.
type Callback = extern "C" fn(
    *const u8,
    usize,
    *const u8,
    usize,
    *const u8,
    usize,
    user_data: *mut c_void,
) -> bool;

extern "C" fn on_event(
    name: *const u8,
    name_len: usize,
    _channel: *const u8,
    _channel_len: usize,
    data: *const u8,
    data_len: usize,
    user_data: *mut c_void,
) -> bool {
    // SAFETY: the main loop hands over slices of checked text, and its meter.
    let (name, data, meter) = unsafe {
        let name = std::slice::from_raw_parts(name, name_len);
        let data = std::slice::from_raw_parts(data, data_len);
        (std::str::from_utf8_unchecked(name), data, &mut *user_data.cast::<Meter>())
    };
    meter.event(name, data)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, channel] = arguments.as_slice() else { return Err("floor PORT CHANNEL".into()) };
    let mut client = Client::connect(port.parse()?)?;
    client.subscribe(channel)?;

    let mut meter = Meter::default();
    let user_data = (&raw mut meter).cast::<c_void>();
    // Not known to the compiler, as a library's user is not.
    let callback: Callback = black_box(on_event);
    let mut memory = Vec::new();
    loop {
        let bytes = client.text()?;
        let length = bytes.len() - SLACK;
        simdutf8::basic::from_utf8(&bytes[..length])?;
        let fields = scan(bytes, length, &mut memory).ok_or("not an envelope")?;
        let (name, channel, data) = (fields.event, fields.channel, fields.data);
        if callback(
            name.as_ptr(),
            name.len(),
            channel.as_ptr(),
            channel.len(),
            data.as_ptr(),
            data.len(),
            user_data,
        ) {
            return Ok(());
        }
    }
}
