#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""picture DEMO.JSON - draws what is in there, as SVG, to stdout

Two panels of one scale of time, without and with vmopnotify: what clients and
the real-time loop saw of the migration, and what the parts did meanwhile.
record.py describes the data.
"""
import json
import math
import sys
from xml.sax.saxutils import escape

WIDTH = 1200
LEFT, RIGHT = 150, 1176
HEAD, PANEL, FOOT = 70, 384, 36
HEIGHT = HEAD + 2 * PANEL + FOOT

INK, FAINT, GRID = "#1c2733", "#5b6875", "#e3e8ed"
RED, ORANGE, BLUE, GREEN = "#c62828", "#e07b00", "#2467b3", "#2e8b4a"
STATES = {
    "detached": "#eceff1", "idle": "#d5dde4", "works": "#bcd7f2",
    "quiescing": "#ffd35c", "quiesced": "#7cc68d", "expired": "#ef7d6d",
    "quiet": "#7cc68d", "none": "#f4f6f8",
}
RESULTS = {"ok": BLUE, "late": ORANGE, "failed": RED, "elsewhere": GREEN}

# What of the migration is told apart, and in which colour.
# Of the words, those are taken for which there is room.
PHASES = {
    "notify": ("#ffd35c",),
    "precopy": ("#d3dff0", "memory is copied, the machine runs on",
                "memory is copied", "copy"),
    "stun": ("#f2a9a2", "the stun"),
}
PREPARES = ("#e9edf1", "the hosts prepare", "prepare")
IN_STUN = {"stun", "last-changes", "switch-over", "resume"}


def text(x, y, what, size=12, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"'
            f' text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(what)}</text>")


def box(x, y, width, height, colour, opacity=1.0):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
            f' height="{height:.1f}" fill="{colour}"'
            f' fill-opacity="{opacity}"/>')


def line(x1, y1, x2, y2, colour=GRID, dash=""):
    return (f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" fill="none"'
            f' stroke="{colour}"'
            + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")


def dots(points, colour, size):
    """As one path: each is a line of no length, with a round end."""
    where = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    return (f'<path d="{where}" stroke="{colour}" stroke-width="{size}"'
            ' stroke-linecap="round" fill="none"/>') if where else ""


def fitting(words, width, size=11):
    """The first for which there is room; letters are half as wide as high."""
    return next((w for w in words if len(w) * size * 0.58 < width - 6), "")


def duration(ms):
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms"


def counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


class Scale:
    """Logarithmic, from bottom to top; what is beyond is at the edge."""

    def __init__(self, bottom, top, low, high):
        self.bottom, self.top = bottom, top
        self.low, self.high = low, high

    def y(self, value):
        value = min(max(value, self.low), self.high)
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.bottom - part * (self.bottom - self.top)


class Panel:
    def __init__(self, y, data, span):
        self.y0 = y
        self.data = data
        self.from_ms, self.to_ms = span
        self.svg = []

    def x(self, ms):
        part = (ms - self.from_ms) / (self.to_ms - self.from_ms)
        return LEFT + min(max(part, 0), 1) * (RIGHT - LEFT)

    def add(self, *parts):
        self.svg += parts

    def label(self, y, *lines):
        for number, what in enumerate(lines):
            self.add(text(LEFT - 12, y + 14 * number, what, 12,
                          FAINT if number else INK, "end"))

    def centre(self, y, from_ms, to_ms, *words, colour=INK):
        """Words in the middle of a time, where there is room."""
        left, right = self.x(from_ms), self.x(to_ms)
        what = fitting(words, right - left)
        if what:
            self.add(text((left + right) / 2, y, what, 11, colour, "middle"))

    def band(self, y, height, from_ms, to_ms, colour, *words):
        x = self.x(from_ms)
        self.add(box(x, y, self.x(to_ms) - x, height, colour))
        self.centre(y + height / 2 + 4, from_ms, to_ms, *words)

    def headline(self, title, sentence):
        self.add(text(LEFT, self.y0 + 18, title, 17, weight="bold"),
                 text(LEFT, self.y0 + 37, sentence, 13))

    def stun(self, y, height):
        stun = self.data["stun"]
        x = self.x(stun["from_ms"])
        self.add(box(x, y, self.x(stun["to_ms"]) - x, height, RED, 0.13),
                 text(x, y - 5, "\u25be nothing in it runs for "
                      f"{duration(stun['to_ms'] - stun['from_ms'])}", 11))

    def phases(self, y):
        """Those that say nothing to people are one, where they follow."""
        merged = []
        for phase in self.data["phases"]:
            name = "stun" if phase["name"] in IN_STUN else phase["name"]
            kind = PHASES.get(name, PREPARES)
            if merged and merged[-1][0] == kind:
                merged[-1][2] = phase["to_ms"]
            else:
                merged.append([kind, phase["from_ms"], phase["to_ms"]])
        self.label(y + 13, "the migration")
        for (colour, *words), from_ms, to_ms in merged:
            self.band(y, 18, from_ms, to_ms, colour, *words)
            if colour == PHASES["notify"][0] and self.data["figures"]["ack_ms"]:
                self.add(text(self.x(from_ms), y - 5, "\u25be the host waits "
                              f"{duration(to_ms - from_ms)} for the guest's "
                              "ack", 11))

    def axes(self, scale, marks):
        for value, what in marks:
            y = scale.y(value)
            self.add(line(LEFT, y, RIGHT, y),
                     text(LEFT - 12, y + 4, what, 10, FAINT, "end"))

    def requests(self, y, late_ms, failed_ms):
        scale = Scale(y + 104, y, 0.3, failed_ms)
        self.add(text(12, y + 38, "requests", 12),
                 text(12, y + 52, "answered", 12),
                 text(12, y + 66, "after", 12))
        self.axes(scale, [(1, "1 ms"), (10, "10 ms"), (100, "100 ms"),
                          (1000, "1 s")])
        self.add(line(LEFT, scale.y(late_ms), RIGHT, scale.y(late_ms), ORANGE,
                      "2 4"))
        rows = {result: [] for result in RESULTS}
        for request in self.data["requests"]:
            if self.from_ms <= request["t_ms"] <= self.to_ms:
                at = request["latency_ms"]
                rows[request["result"]].append(
                    (self.x(request["t_ms"]),
                     y + 118 if at is None else scale.y(at)))
        for result, points in rows.items():
            self.add(dots(points, RESULTS[result], 4))
        self.add(text(LEFT - 12, y + 122, "by another server", 11, FAINT,
                      "end"))
        self.explain_quiet(y + 60, "server", "drained: clients use another "
                           "server", "drained")

    def explain_quiet(self, y, name, *words):
        """Before the stun, where that is in the time in which it is quiet."""
        for part in self.data["lanes"][name]:
            if part["state"] == "quiet":
                self.centre(y, part["from_ms"],
                            min(part["to_ms"], self.data["stun"]["from_ms"]),
                            *words, colour=FAINT)

    def turns(self, y, period_ms):
        scale = Scale(y + 64, y, 0.1, 1000)
        self.add(text(12, y + 20, "real-time", 12),
                 text(12, y + 34, "loop wakes", 12),
                 text(12, y + 48, "late by", 12))
        self.axes(scale, [(0.1, "0.1 ms"), (1, "1 ms"), (30, "30 ms"),
                          (1000, "1 s")])
        kept, missed = "", ""
        for turn in self.data["turns"]:
            late_ms = turn["worst_ms"]
            right = self.x(turn["t_ms"])
            left = self.x(turn["t_ms"] - max(10, late_ms))
            bar = (f"M{left:.1f} {scale.bottom:.1f}V{scale.y(late_ms):.1f}"
                   f"H{right:.1f}V{scale.bottom:.1f}Z")
            if turn["missed"]:
                missed += bar
            else:
                kept += bar
        self.explain_quiet(y + 36, "rt-loop", "paused on purpose: it has no "
                           "deadlines", "paused")
        self.add(f'<path d="{kept}" fill="{BLUE}"/>' if kept else "",
                 f'<path d="{missed}" fill="{RED}" fill-opacity="0.75"/>'
                 if missed else "",
                 line(LEFT, scale.y(period_ms), RIGHT, scale.y(period_ms),
                      FAINT, "2 4"))

    def lanes(self, y):
        for number, (name, what) in enumerate((
                ("kernel", "vmopnotify"), ("server", "server"),
                ("rt-loop", "real-time loop"))):
            top = y + 19 * number
            self.label(top + 12, what)
            lane = self.data["lanes"][name]
            if not lane:
                self.band(top, 16, self.from_ms, self.to_ms, STATES["none"],
                          "not loaded")
            for part in lane:
                self.band(top, 16, part["from_ms"], part["to_ms"],
                          STATES.get(part["state"], STATES["none"]),
                          part["state"])

    def seconds(self, y):
        first = math.ceil(self.from_ms / 500)
        for half in range(first, int(self.to_ms // 500) + 1):
            x = self.x(half * 500)
            self.add(line(x, y, x, y + 4, FAINT),
                     text(x, y + 15, f"{half / 2:g} s", 10, FAINT, "middle"))


def sentence_without(figures):
    return (f"It stands still in the middle of its work: "
            f"{counted(figures['missed'], 'deadline')} missed; of "
            f"{counted(figures['requests'], 'request')} "
            f"{figures['late']} late, {figures['failed']} failed, "
            "an answer took up to "
            f"{duration(figures['worst_latency_ms'])}.")


def sentence_with(figures):
    return (f"All were quiet {duration(figures['quiesce_ms'])} after the "
            "notice, and before the stun: "
            f"{counted(figures['missed'], 'deadline')} missed; of "
            f"{counted(figures['requests'], 'request')} "
            f"{figures['late']} late, {figures['failed']} failed, "
            f"{figures['elsewhere']} sent to another server.")


LEGEND = [
    (BLUE, "answered"), (ORANGE, "late"), (RED, "failed, or deadlines missed"),
    (GREEN, "sent to another server"),
]


def legend(y, demo):
    x = LEFT
    late = {"late": f"late: after more than {demo['late_ms']} ms"}
    for colour, what in LEGEND:
        what = late.get(what, what)
        yield dots([(x + 4, y - 4)], colour, 8)
        yield text(x + 14, y, what, 11, FAINT)
        x += 30 + 6.1 * len(what)
    rests = [one["rest"] for one in demo["rounds"]]
    rate = (sum(rest["missed"] for rest in rests) /
            sum(rest["seconds"] for rest in rests))
    yield text(RIGHT, y, f"At rest, in emulation: {rate:.1f} deadlines missed "
               "a second.", 11, FAINT, "end")


def panel(y, data, demo, title, sentence):
    p = Panel(y, data, span(demo))
    p.headline(title, sentence)
    p.phases(y + 62)
    p.requests(y + 90, demo["late_ms"], demo["failed_ms"])
    p.turns(y + 222, demo["period_ms"])
    p.lanes(y + 296)
    p.stun(y + 62, 291)
    p.seconds(y + 354)
    return p.svg


def span(demo):
    """Of the same length in both panels, to compare."""
    return -700, max(r["figures"]["total_ms"] for r in demo["rounds"]) + 700


def draw(demo):
    without, with_it = demo["rounds"]
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
        f' height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="DejaVu Sans, Verdana, Helvetica, sans-serif">',
        "<title>A live migration, without and with vmopnotify</title>",
        box(0, 0, WIDTH, HEIGHT, "#ffffff"),
        text(LEFT, 30, "The same virtual machine, live-migrated twice", 21,
             weight="bold"),
        text(LEFT, 51, "vmopnotify tells those in it before, and the host "
             "when they are quiet. Time counts from when the host begins.", 13,
             FAINT),
    ]
    svg += panel(HEAD, without, demo,
                 "Without: nobody in the machine knows",
                 sentence_without(without["figures"]))
    svg += panel(HEAD + PANEL, with_it, demo,
                 "With vmopnotify: all who take part are quiet before",
                 sentence_with(with_it["figures"]))
    svg += legend(HEIGHT - 14, demo)
    svg.append("</svg>")
    return "\n".join(part for part in svg if part) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: picture DEMO.JSON")
    with open(sys.argv[1]) as file:
        sys.stdout.write(draw(json.load(file)))


if __name__ == "__main__":
    main()
