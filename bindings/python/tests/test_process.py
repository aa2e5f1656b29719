"""A guest in the interpreter: its end, forks, Ctrl-C, leaks. Each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from servers import PATIENCE, DevServer

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PACKAGE = Path(__file__).resolve().parents[1]

MODES = ["pusherws.Delivery()", "pusherws.Delivery(threaded=False)"]


@pytest.mark.parametrize("delivery", MODES)
def test_exit_with_live_clients(run_program: Run, server: DevServer, delivery: str) -> None:
    done = run_program(
        f"""
one, two = connected(delivery={delivery}), connected(delivery={delivery})
print("ends")
"""
    )
    assert done.stdout == "ends\n" and "Traceback" not in done.stderr
    server.wait(connections=0)


@pytest.mark.parametrize("how", ["sys.exit(3)", "raise SystemExit(3)", "os._exit(3)"])
def test_exit_while_handlers_run(run_program: Run, server: DevServer, how: str) -> None:
    done = run_program(
        f"""
import os, threading
pusher = connected()
seen = threading.Event()
def handler(event):
    if int(event.data) > 500:
        seen.set()
pusher.bind("tick", handler)
import urllib.request, json
body = json.dumps(dict(channel="news", event="tick", data="{{n}}", count=200000, numbered=True)).encode()
url = f"http://{{options['host']}}:{{options['port']}}/_dev/flood"
def flood():
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(urllib.request.Request(url, body)).read()
    except OSError:
        pass
threading.Thread(target=flood, daemon=True).start()
assert seen.wait({PATIENCE})
{how}
""",
        status=3,
    )
    assert "Traceback" not in done.stderr and "Fatal" not in done.stderr, done.stderr


def test_exit_in_the_middle_of_a_handler(run_program: Run, server: DevServer) -> None:
    done = run_program(
        f"""
import threading, time
pusher = connected()
inside = threading.Event()
def handler(event):
    inside.set()
    while True:
        time.sleep(0.001)
pusher.bind("tick", handler)
pusher.trigger("news", "tick")
assert inside.wait({PATIENCE})
print("ends")
"""
    )
    assert done.stdout == "ends\n" and "Traceback" not in done.stderr and "Fatal" not in done.stderr, done.stderr


def test_exit_from_a_thread_and_from_a_handler(run_program: Run, server: DevServer) -> None:
    done = run_program(
        f"""
import os, threading
pusher = connected()
pusher.bind("tick", lambda event: os._exit(5))
pusher.trigger("news", "tick")
threading.Event().wait({PATIENCE})
""",
        status=5,
    )
    assert "Fatal" not in done.stderr, done.stderr
    done = run_program(
        """
import threading
def work():
    pusher = connected()
    sys.exit(7)
thread = threading.Thread(target=work)
thread.start()
thread.join()
print("ends")
"""
    )
    assert done.stdout == "ends\n" and "Fatal" not in done.stderr, done.stderr


def test_exit_while_connecting_authorising_and_in_asyncio(run_program: Run, server: DevServer) -> None:
    server.order("faults", fault="hang_upgrade", times=1)
    run_program(f"pusherws.Pusher({server.key!r}, **options).connect()\nprint('ends')")
    done = run_program(
        f"""
import threading
asked = threading.Event()
def authorise(request):
    asked.set()
    threading.Event().wait()
pusher = pusherws.Pusher({server.key!r}, **dict(options, secret=None), auth=authorise)
pusher.connect()
pusher.subscribe("private-a")
assert asked.wait({PATIENCE})
"""
    )
    assert "Fatal" not in done.stderr, done.stderr
    done = run_program(
        f"""
import asyncio
async def main():
    global pusher
    pusher = pusherws.AsyncPusher({server.key!r}, **options)
    await pusher.connect()
    await pusher.subscribe("news")
asyncio.run(main())
print("ends")
"""
    )
    assert done.stdout == "ends\n" and "Traceback" not in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("delivery", MODES)
def test_fork_by_multiprocessing(run_program: Run, server: DevServer, delivery: str) -> None:
    server.order("faults", fault="ignore_subscribe", channel="slow")
    done = run_program(
        f"""
import multiprocessing, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of forks beside threads
def child(queue):
    try:
        pusher.publish("private-a", "x")
    except pusherws.ForkedError:
        try:
            old.wait(1)
        except pusherws.ForkedError:
            queue.put("refused")
    pusher.__repr__()
    own = connected()
    queue.put(own.ping().wait({PATIENCE}) > 0)
    own.close()
def idle():
    pass
pusher = connected(delivery={delivery})
old = pusher.subscribe("slow")._asked
context = multiprocessing.get_context("fork")
queue = context.Queue()
for target, arguments in ((child, (queue,)), (idle, ())):
    process = context.Process(target=target, args=arguments)
    process.start()
    if arguments:
        print(queue.get(timeout={PATIENCE}), queue.get(timeout={PATIENCE}))
    process.join({PATIENCE})
    print(process.exitcode)
print(pusher.ping().wait({PATIENCE}) > 0)
pusher.close()
"""
    )
    assert done.stdout.split() == ["refused", "True", "0", "0", "True"], (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_exits_as_usual_leaves_the_parent_alone(run_program: Run) -> None:
    done = run_program(
        f"""
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
pusher = connected()
if os.fork() == 0:
    del pusher
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
print(pusher.ping().wait({PATIENCE}) > 0)
pusher.close()
"""
    )
    assert done.stdout == "True\n" and "Traceback" not in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("delivery", MODES)
def test_a_child_leaves_a_with_as_it_wants(run_program: Run, delivery: str) -> None:
    done = run_program(
        f"""
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
with connected(delivery={delivery}) as pusher:
    if os.fork() == 0:
        sys.exit(7)
    print(os.waitstatus_to_exitcode(os.wait()[1]), pusher.ping().wait({PATIENCE}) > 0)
"""
    )
    assert done.stdout == "7 True\n" and "Traceback" not in done.stderr, done.stderr
    done = run_program(
        f"""
import asyncio, os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
async def main():
    async with pusherws.AsyncPusher("app-key", **options) as pusher:
        if os.fork() == 0:
            try:
                await pusher.close()
                await pusher.ping()
            except pusherws.ForkedError:
                os._exit(7)
        print(os.waitstatus_to_exitcode(os.wait()[1]), await pusher.ping({PATIENCE}) > 0)
asyncio.run(main())
"""
    )
    assert done.stdout == "7 True\n" and "Traceback" not in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_does_not_wait_for_a_turn_that_another_thread_had(run_program: Run) -> None:
    done = run_program(
        f"""
import os, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
pusher = connected(delivery=pusherws.Delivery(threaded=False))
inside, go_on = threading.Event(), threading.Event()
def handler(event):
    inside.set()
    go_on.wait({PATIENCE})
pusher.bind("tick", handler)
pusher.trigger("news", "tick")
thread = threading.Thread(target=pusher.run)
thread.start()
assert inside.wait({PATIENCE})
if os.fork() == 0:
    refused = 0
    for call in (lambda: pusher.dispatch({PATIENCE}), lambda: pusher.run({PATIENCE})):
        try:
            call()
        except pusherws.ForkedError:
            refused += 1
    pusher.close()
    os._exit(refused)
print(os.waitstatus_to_exitcode(os.wait()[1]))
go_on.set()
pusher.close()
thread.join()
"""
    )
    assert done.stdout == "2\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
@pytest.mark.parametrize("delivery", MODES)
@pytest.mark.parametrize(
    "wait", ["pusher.run()", "pusher.subscribe('slow').wait()", "pusher.subscribe('slow').wait(1000)", "pusher.ping().wait()"]
)
def test_ctrl_c_while_waiting(run_program: Run, server: DevServer, wait: str, delivery: str) -> None:
    server.order("faults", fault="ignore_subscribe", channel="slow")
    server.order("faults", fault="ignore_pings")
    done = run_program(
        f"""
import os, signal, threading
pusher = connected(delivery={delivery})
over = threading.Event()
def once(*_):
    if not over.is_set():
        over.set()
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, once)
def interrupt():
    # While the main thread is inside of the wait, which nobody can see: so again and again.
    while not over.wait(0.02):
        os.kill(os.getpid(), signal.SIGINT)
try:
    threading.Thread(target=interrupt, daemon=True).start()
    {wait}
except KeyboardInterrupt:
    print("interrupted", pusher.state.name)
pusher.close()
"""
    )
    assert done.stdout == "interrupted CONNECTED\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
def test_ctrl_c_in_asyncio(run_program: Run, server: DevServer) -> None:
    done = run_program(
        f"""
import asyncio, os, signal
async def main():
    async with pusherws.AsyncPusher({server.key!r}, **options) as pusher:
        channel = await pusher.subscribe("news")
        asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGINT)
        async for event in channel:
            pass
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    assert done.stdout == "interrupted\n", done.stderr
    assert "Traceback" not in done.stderr, done.stderr


def test_a_thousand_clients_leave_nothing_behind(run_program: Run) -> None:
    done = run_program(
        f"""
import gc, os, threading, tracemalloc, asyncio
def files():
    return len(os.listdir("/proc/self/fd"))
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def one(number):
    if number % 10:
        pusher = pusherws.Pusher("app-key", **options, delivery=pusherws.Delivery(threaded=number % 2 == 0))
        pusher.bind("tick", lambda event: pusher)
        pusher.channel("news").subscribe()
        pusher.close()
    else:
        pusher = connected()
        pusher.close()
async def many():
    for number in range(200):
        async with pusherws.AsyncPusher("app-key", **options, open_timeout=None) as pusher:
            pusher.channel("news").listen()
def all():
    for number in range(1000):
        one(number)
    asyncio.run(many())
def settle():
    gc.collect()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join({PATIENCE})
all()
settle()
before = files(), threading.active_count(), resident()
tracemalloc.start()
objects = len(gc.get_objects())
all()
settle()
after = files(), threading.active_count(), resident()
print(after[0] - before[0], after[1] - before[1])
print((after[2] - before[2]) >> 20, len(gc.get_objects()) - objects)
"""
    )
    counts = [int(number) for number in done.stdout.split()]
    assert counts[:2] == [0, 0], done.stdout
    # Megabytes, tracemalloc's own among them, and objects.
    assert counts[2] < 16 and counts[3] < 500, done.stdout


def test_importing_starts_nothing_and_needs_only_the_standard_library(run_program: Run) -> None:
    done = run_program(
        """
import threading
print(len(__import__("os").listdir("/proc/self/task")), threading.active_count())
print([name for name in sys.modules if name.startswith(("pytest", "attr", "requests"))])
"""
    )
    assert done.stdout == "1 1\n[]\n"


@pytest.mark.parametrize(
    "library,message", [("/nowhere/lib.so", "no such file"), (sys.executable, "cannot be loaded as the pusherws library")]
)
def test_a_library_that_is_none_is_an_import_error(library: str, message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import pusherws"],
        capture_output=True,
        text=True,
        env={**os.environ, "PUSHERWS_LIBRARY": library, "PYTHONPATH": str(PACKAGE)},
        check=False,
    )
    assert done.returncode == 1 and "ImportError" in done.stderr and message in done.stderr, done.stderr


def test_a_library_of_another_version_is_an_import_error(tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("unsigned pusher_abi_version(void) { return 77; }\n")
    library = tmp_path / "other.so"
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", "import pusherws"],
        capture_output=True,
        text=True,
        env={**os.environ, "PUSHERWS_LIBRARY": str(library), "PYTHONPATH": str(PACKAGE)},
        check=False,
    )
    assert "has version 77 of the binary interface" in done.stderr, done.stderr
