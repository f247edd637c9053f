# SPDX-License-Identifier: GPL-2.0
"""Where lines come from: files that grow, pipes, and sockets of QEMU's."""
import os
import select
import socket
import time

# What prepare() returns where read() is to be called at each turn.
ALWAYS = object()

# How long hear() waits, and so how late a file's line is taken, in seconds.
MOMENT = 0.01


class Source:
    """Whole lines, of what comes in parts; take(now_ns, line) gets each."""

    def __init__(self, take):
        self.take = take
        self.rest = b""

    def prepare(self):
        """Return: what to wait for, ALWAYS, or None: it is not there now."""
        raise NotImplementedError

    def read(self):
        """Return: what has come; empty where nothing has."""
        raise NotImplementedError

    def hear(self):
        data = self.read()
        now_ns = time.monotonic_ns()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.take(now_ns, line.decode(errors="replace").rstrip("\r"))


class Growing(Source):
    """A file that is written to, from when it is there."""

    def __init__(self, path, take):
        super().__init__(take)
        self.path = path
        self.file = None

    def prepare(self):
        return ALWAYS

    def read(self):
        if not self.file:
            try:
                self.file = open(self.path, "rb")
            except FileNotFoundError:
                return b""
        return self.file.read()


class Pipe(Source):
    """A program's output, unbuffered."""

    def __init__(self, file, take):
        super().__init__(take)
        self.file = file

    def prepare(self):
        return self.file

    def read(self):
        return self.file.read(65536)


def connect(sock, path):
    """By way of its folder, as a whole path may be too long for a socket's."""
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        sock.connect(f"/proc/self/fd/{fd}/{name}")
    finally:
        os.close(fd)


class Port(Source):
    """A guest's port at one of the hosts, whenever QEMU runs there."""

    def __init__(self, path, take):
        super().__init__(take)
        self.path = path
        self.socket = None

    def prepare(self):
        if not self.socket:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                connect(self.socket, self.path)
            except OSError:
                self.hang_up()
        return self.socket

    def hang_up(self):
        self.socket.close()
        self.socket = None
        self.rest = b""

    def read(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.hang_up()
        return data

    def tell(self, line):
        self.socket.sendall(line.encode() + b"\n")


def hear(sources):
    """Takes what has come, or comes within a moment."""
    sources = [(source, source.prepare()) for source in sources]
    waited = [on for _, on in sources if on not in (ALWAYS, None)]
    ready = [ALWAYS, *select.select(waited, [], [], MOMENT)[0]]
    for source, on in sources:
        if on in ready:
            source.hear()
