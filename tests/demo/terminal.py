# SPDX-License-Identifier: GPL-2.0
"""What is shown to people, in colour where somebody sees that."""
import os
import sys

BOLD, DIM, RED = 1, 2, 31
WHO = {"host": 35, "helper": 36, "kernel": 33, "server": 32, "rt-loop": 32}

colourful = (sys.stdout.isatty() and not os.environ.get("NO_COLOR") and
             os.environ.get("TERM", "dumb") != "dumb")


def dye(text, colour):
    return f"\x1b[{colour}m{text}\x1b[0m" if colourful else text


def tell(text="", **options):
    print(text, flush=True, **options)


def heading(text):
    tell("\n" + dye(text, BOLD))


def step(text):
    tell(f"  {text} ... ", end="")


def step_done(seconds):
    tell(f"{seconds:.1f} s")


def show(ms, said):
    """A line of the timeline."""
    tell(f"{dye(f'{ms:6.0f}', DIM)}  {dye(f'{said.who:7}', WHO[said.who])} "
         f"{said.text}")


def table(rows):
    for number, (what, *values) in enumerate(rows):
        line = f"  {what:36}{values[0]:>15}{values[1]:>10}{values[2]:>17}"
        tell(line if number else dye(line, BOLD))


def failed(complaints):
    heading(dye("FAILED", RED))
    for complaint in complaints:
        tell(f"  {complaint}")
