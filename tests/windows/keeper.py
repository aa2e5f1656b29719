#!/usr/bin/env python3
"""Starts embedded servers for test programs that run under wine and cannot start one themselves.

For each connection it starts a server, answers with a line "PORT CA_FILE", and ends the server when the
connection ends. So a server lives as long as the program that asked for it, however that ends.
"""

import argparse
import os
import socket
import subprocess
import sys
import threading


def keep(connection: socket.socket, number: int, options: argparse.Namespace) -> None:
    ca_file = os.path.join(options.directory, f"ca-{os.getpid()}-{number}.pem")
    command = [options.server, "--port", "0", "--quiet", "--exit-with-stdin", "--tls", "--accept-plain"]
    with connection, subprocess.Popen(
        [*command, "--ca-out", ca_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        # "listening on 127.0.0.1:40001"
        port = int(server.stdout.readline().decode().rstrip().rpartition(":")[2])
        try:
            connection.sendall(f"{port} {options.drive}{ca_file}\n".encode())
            while connection.recv(64):
                pass
        except OSError:
            pass  # the program is gone, which is what is waited for
        server.stdin.close()
        server.wait()
    os.remove(ca_file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="the embedded server")
    parser.add_argument("--directory", required=True, help="for the certificates of its authorities")
    parser.add_argument("--drive", default="Z:", help="what stands for / in the program's paths")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        # It ends with the script that started it.
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        number = 0
        while True:
            connection, _ = listening.accept()
            number += 1
            threading.Thread(target=keep, args=(connection, number, options), daemon=True).start()


if __name__ == "__main__":
    main()
