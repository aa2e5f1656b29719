#!/usr/bin/env python3
"""Writes fuzz/seeds: what servers really sent, and what the protocol's documentation shows.

    scripts/fuzz-seeds.py FRAMES.jsonl...

Each line of such a file is an object; those with "dir": "server->client" and a "text" count. Of
frames that differ only in numbers and names one is kept. Files that are there already stay: what
the fuzzer once found is among them.
"""

import base64
import hashlib
import json
import pathlib
import re
import struct
import sys

SEEDS = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "seeds"
LONGEST = 2000

DOCUMENTED = [
    r'{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}',
    r'{"event":"pusher:connection_established","data":{"activity_timeout":30,"socket_id":"1.2"}}',
    r'{"event":"pusher:error","data":{"message":"over quota","code":4004}}',
    r'{"event":"pusher:error","data":{"message":"m","code":null}}',
    r'{"event":"pusher:error","data":"{\"code\":4200,\"message\":\"Invalid message format\"}"}',
    r'{"event":"pusher:ping","data":"{}"}',
    r'{"event":"pusher:pong","data":{}}',
    r'{"event":"pusher:pong"}',
    r'{"event":"pusher_internal:subscription_succeeded","channel":"my-channel","data":"{}"}',
    r'{"event":"pusher_internal:subscription_succeeded","channel":"my-channel"}',
    r'{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\",\"2\"],\"hash\":{\"1\":{\"name\":\"A\"},\"2\":null},\"count\":2}}"}',
    r'{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":{"presence":{"ids":[1],"hash":[],"count":1}}}',
    r'{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"3\",\"user_info\":{\"name\":\"B\"}}"}',
    r'{"event":"pusher_internal:member_added","channel":"presence-x","data":{"user_id":3,"user_info":null}}',
    r'{"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":\"3\"}"}',
    r'{"event":"pusher_internal:subscription_count","channel":"c","data":"{\"subscription_count\":7}"}',
    r'{"event":"pusher:cache_miss","channel":"cache-c"}',
    r'{"event":"pusher:cache_miss","channel":"cache-c","data":"null"}',
    r'{"event":"pusher:subscription_error","channel":"c","data":{"type":"AuthError","error":"no","status":401}}',
    r'{"event":"pusher_internal:subscription_error","channel":"c","data":"{}"}',
    r'{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"12345\",\"user_info\":{}}"}}',
    r'{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"1\"]},{\"name\":\"offline\",\"user_ids\":[\"2\"]}]}"}',
    r'{"event":"offline","data":{"user_ids":["7"]}}',
    r'{"event":"my-event","channel":"my-channel","data":"{\"a\":1}"}',
    r'{"event":"client-typing","channel":"presence-c","data":{"data":{"a":1},"user_id":"3"},"user_id":"3"}',
    r'{"event":"e","channel":"private-encrypted-x","data":"{\"nonce\":\"4sVYwy4j/8dCcjyxtPCWyk19GaaViaW9\",\"ciphertext\":\"/GMESnFGlbNn01BuBjp31XYa3i9vZsGKR8fgR9EDhXKx3lzGiUD501A=\"}"}',
    r'{"event":"e","channel":"#server-to-user-12345","data":"\ud83d\ude00 \ud800"}',
    r'{"event":"a","event":"b","channel":null,"x":[{}],"data":[1,-2.5e3,true,null],"user_id":42}',
    '{"event":"e","data":' + "[" * 200 + "]" * 200 + "}",
]

ANSWERS = [
    '{"auth":"KEY:SIG"}',
    r'{"auth":"KEY:SIG","channel_data":"{\"user_id\":\"1\",\"user_info\":{}}"}',
    '{"auth":"KEY:SIG","shared_secret":"cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY="}',
    r'{"auth":"KEY:SIG","user_data":"{\"id\":\"7\"}"}',
    '{"private-a":{"auth":"k:s"},"private-b":{"status":200,"data":{"auth":"k:s"}},"private-c":{"status":403}}',
    '{"error":"The app does not exist","code":404}',
    '{"time_ms":1,"events":[{"name":"channel_occupied","channel":"c"}]}',
]

URLS = [
    "ws.example.com\n/realtime/v1\napp-key\nlocalhost,10.0.0.0/8",
    "::1\n/\nk/1?x\n*",
    "http://user:password@proxy.example.com:3128\na/../b\n..\nexample.com",
    "socks5h://10.0.0.1:1080\n/a b/%2f\n%2e%2e\n.example.com",
    "mt1\n\n278d425bdf160c739803\n",
    "presence-room\nsubscription_count,user_count\nprivate-a;b\nq",
]

# A code, the size of the pieces, and a server's frames, which are not masked: pings and closes; a text
# in two pieces with a ping between; a binary frame; too large; a length that lies.
STREAMS = [
    struct.pack("<HB", 4200, 5) + b"\x89\x02hi\x8a\x00\x88\x12\x10\x68Please reconnect",
    struct.pack("<HB", 1000, 1) + b"\x01\x02ab\x89\x00\x80\x02cd\x88\x02\x03\xe8",
    struct.pack("<HB", 1006, 255) + b"\x82\x03\x00\xff\x01\x88\x00",
    struct.pack("<HB", 1009, 255) + b"\x81\x7e\x08\x00" + b"x" * 2048,
    struct.pack("<HB", 4001, 9) + b"\x81\x7f\x00\x00\x00\x00\x7f\xff\xff\xff" + b"x" * 20,
]


def shape(value, key=""):
    """The value without its names and numbers."""
    if isinstance(value, dict):
        return {name: shape(inner, name) for name, inner in sorted(value.items()) if not name.isdigit()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    if not isinstance(value, str):
        return type(value).__name__
    if key == "event":
        return value if value.startswith("pusher") else "event"
    if key == "channel":
        return re.sub(r"((?:private-|presence-|encrypted-|cache-|#server-to-user-)*).*", r"\1", value)
    try:
        return "twice: " + json.dumps(shape(json.loads(value)))
    except ValueError:
        return "str"


def server_texts(path):
    """The texts of a file, one of each shape."""
    shapes = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            frame = json.loads(line)
            text = frame.get("text")
            if frame.get("dir") == "server->client" and text and len(text) <= LONGEST:
                shapes.setdefault(shape(text), text)
    return list(shapes.values())


def data_of(text):
    """A frame's data, once decoded, as JSON."""
    try:
        data = json.loads(text).get("data")
    except ValueError:
        return None
    if data is None:
        return None
    return data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))


def websocket(text):
    """The text as a server's frame, behind a close code and a size of pieces."""
    payload = text.encode()
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    return struct.pack("<HB", 4000 + len(payload) % 400, 100) + b"\x81" + size + payload


def write(target, content):
    content = content if isinstance(content, bytes) else content.encode()
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


def main():
    frames = DOCUMENTED + [text for path in sys.argv[1:] for text in server_texts(path)]
    for text in frames:
        write("envelope", text)
        data = data_of(text)
        if data and ("presence" in data or "user_id" in data):
            write("presence", data)
            write("presence", data + '\n{"user_id":"9","user_info":{"n":1}}\n-{"user_id":"1"}')
        if data and "ciphertext" in data:
            write("encrypted", data)
        if len(text) < 1000:
            write("close", websocket(text))
    for stream in STREAMS:
        write("close", stream)
    for secret in ("iBvNoPVYwByqSfg6anjPpEQ2j051b3rt1Vmnb+z5doo=", "short"):
        write("encrypted", secret)
    raw = base64.b64decode("cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY=")
    write("encrypted", raw + raw[:24] + b"\x05\x01" + '{"message":"grüße"}'.encode())
    for answer in ANSWERS:
        write("urls", "key\n" + answer)
    for lines in URLS:
        write("urls", lines)


if __name__ == "__main__":
    main()
