"""The types of the C API: structs, handles and callbacks, as include/pusherws.h has them."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_uint64,
    c_void_p,
)

# Handles are tickets, not addresses: each has a type of its own, so that one is not taken for another.


class pusher_batch(c_void_p):
    pass


class pusher_channels(c_void_p):
    pass


class pusher_client(c_void_p):
    pass


class pusher_config(c_void_p):
    pass


class pusher_events(c_void_p):
    pass


class pusher_members(c_void_p):
    pass


class pusher_metrics(c_void_p):
    pass


class pusher_queue(c_void_p):
    pass


# Texts in structs are addresses and lengths: they may hold NUL bytes, where ctypes would cut a c_char_p.


class pusher_event(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("kind", c_int32),
        ("status", c_int32),
        ("code", c_int32),
        ("request", c_uint64),
        ("value", c_int64),
        ("state", c_int32),
        ("previous_state", c_int32),
        ("retry_in_ms", c_int64),
        ("data_format", c_int32),
        ("reserved", c_int32),
        ("name", c_void_p),
        ("name_len", c_size_t),
        ("channel", c_void_p),
        ("channel_len", c_size_t),
        ("data", c_void_p),
        ("data_len", c_size_t),
        ("user_id", c_void_p),
        ("user_id_len", c_size_t),
        ("socket_id", c_void_p),
        ("socket_id_len", c_size_t),
        ("client", pusher_client),
    ]


class pusher_member(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("is_me", c_int32),
        ("user_id", c_void_p),
        ("user_id_len", c_size_t),
        ("user_info", c_void_p),
        ("user_info_len", c_size_t),
    ]


class pusher_totals(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("state", c_int32),
        ("connected_since_ms", c_uint64),
        ("events", c_uint64),
        ("messages", c_uint64),
        ("dropped", c_uint64),
        ("frames_in", c_uint64),
        ("bytes_in", c_uint64),
        ("frames_out", c_uint64),
        ("bytes_out", c_uint64),
        ("unsent_bytes", c_uint64),
        ("queue_depth", c_uint64),
        ("queue_bytes", c_uint64),
        ("queue_high_water", c_uint64),
        ("tries", c_uint64),
        ("connects", c_uint64),
        ("losses", c_uint64),
        ("failed_tries", c_uint64),
        ("pongs", c_uint64),
        ("ping_last_us", c_uint64),
        ("ping_min_us", c_uint64),
        ("ping_max_us", c_uint64),
        ("ping_p50_us", c_uint64),
        ("ping_p90_us", c_uint64),
        ("ping_p99_us", c_uint64),
    ]


class pusher_channel_metrics(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("state", c_int32),
        ("messages", c_uint64),
        ("bytes", c_uint64),
        ("last_ms", c_uint64),
        ("name", c_void_p),
        ("name_len", c_size_t),
    ]


pusher_event_callback = CFUNCTYPE(None, POINTER(pusher_event), c_void_p)
pusher_drop_callback = CFUNCTYPE(None, c_void_p)
pusher_wakeup_callback = CFUNCTYPE(None, c_void_p)


class pusher_callback(Structure):
    _fields_ = [
        ("call", pusher_event_callback),
        ("drop", pusher_drop_callback),
        ("user_data", c_void_p),
    ]


class pusher_wakeup(Structure):
    _fields_ = [
        ("call", pusher_wakeup_callback),
        ("drop", pusher_drop_callback),
        ("user_data", c_void_p),
    ]


STRUCTS = {
    "pusher_event": pusher_event,
    "pusher_member": pusher_member,
    "pusher_callback": pusher_callback,
    "pusher_wakeup": pusher_wakeup,
    "pusher_totals": pusher_totals,
    "pusher_channel_metrics": pusher_channel_metrics,
}

# Names for the types of arguments, as the table in _raw.py uses them.

I32 = c_int32
U32 = c_uint32
SIZE = c_size_t
TEXT = c_char_p
ADDRESS = c_void_p
BUFFER = POINTER(c_char)
TEXTS = POINTER(c_char_p)
REQUEST = c_uint64
BINDING = c_uint64

BATCH = pusher_batch
CHANNELS = pusher_channels
CLIENT = pusher_client
CONFIG = pusher_config
EVENTS = pusher_events
MEMBERS = pusher_members
METRICS = pusher_metrics
QUEUE = pusher_queue
EVENT = POINTER(pusher_event)
MEMBER = POINTER(pusher_member)
TOTALS = POINTER(pusher_totals)
CHANNEL_METRICS = POINTER(pusher_channel_metrics)
CALLBACK = POINTER(pusher_callback)
WAKEUP = POINTER(pusher_wakeup)

OUT_SIZE = POINTER(c_size_t)
OUT_U32 = POINTER(c_uint32)
OUT_U64 = POINTER(c_uint64)
OUT_REQUEST = POINTER(c_uint64)
OUT_BINDING = POINTER(c_uint64)
OUT_DESCRIPTOR = POINTER(c_ssize_t)
OUT_CLIENT = POINTER(pusher_client)
OUT_CHANNELS = POINTER(pusher_channels)
OUT_EVENT = POINTER(EVENT)
OUT_EVENTS = POINTER(pusher_events)
OUT_MEMBERS = POINTER(pusher_members)
OUT_METRICS = POINTER(pusher_metrics)
OUT_QUEUE = POINTER(pusher_queue)
