# SPDX-License-Identifier: GPL-2.0
"""What the parts of the demo say in one round, and what it comes to.

A round is one migration, and some time before and after it.  What comes in is
what the parts say, as they say it: the host's log of the migration, what comes
out of the guest by the port lab.trace, and the client's lines.  What comes out
is a line for people for what is worth one, figures, and all of it as data.

Moments in the guest are by its own clock.  That stands still while the guest
does, and goes on on the other host, so that each host has its own difference to
the clock here: the smallest with which a line has come.
"""
import collections
import json

# Deadlines missed in one go that are worth a line.
STALL_MS = 100

# Of what the host says: what is worth a line, and how it begins.
TOLD_PHASES = {
    ("notify", "note"): "",
    ("notify", "done"): "",
    ("precopy", "begin"): "copies the memory, the machine runs on",
    ("precopy", "done"): "has copied it: ",
    ("stun", "done"): "the stun: ",
    ("resume", "done"): "",
    ("end", "done"): "the end: ",
}

NAMES = {"rt": "rt-loop", "server": "server"}

Moment = collections.namedtuple("Moment", "ns clock")
Said = collections.namedtuple("Said", "moment who text what")


class Clock:
    """A clock by which some of what is said is stamped."""

    def __init__(self):
        self.behind_ns = None

    def see(self, there_ns, here_ns):
        late = here_ns - there_ns
        if self.behind_ns is None or late < self.behind_ns:
            self.behind_ns = late


def milliseconds(us):
    return f"{us / 1000:.0f} ms"


class Round:
    """All that is known of one round.

    came: what has come of what is waited for, see judge.py
    complaints: what is wrong, in words
    over: the host's last line on the migration
    """

    def __init__(self, name):
        self.name = name
        self.clocks = collections.defaultdict(Clock)
        self.said = []
        self.shown = set()
        self.came = set()
        self.complaints = []
        self.requests = []
        self.answered_ns = []
        self.ticks = []
        self.phases = []
        self.states = []
        self.turns = collections.defaultdict(list)
        self.operation = None
        self.end = {}
        self.over = None
        self.began_ns = None

    def at(self, moment):
        """A moment by the clock here."""
        if moment.clock is None:
            return moment.ns
        return moment.ns + self.clocks[moment.clock].behind_ns

    def say(self, moment, who, text, what=None):
        self.said.append(Said(moment, who, text, what))
        if what:
            self.came.add(what)

    def ready(self, until_ns):
        """Lines that were not shown yet, up to a moment, in their order."""
        new = [(self.at(said.moment), number, said)
               for number, said in enumerate(self.said)
               if number not in self.shown]
        for at, number, said in sorted(new):
            if at <= until_ns:
                self.shown.add(number)
                yield at, said

    # The host: lines of vmotion.log

    def take_host(self, line):
        moment = Moment(line["t_ns"], None)
        phase, event = line["phase"], line["event"]
        if self.began_ns is None:
            self.began_ns = line["t_ns"]
        if event == "begin":
            self.phases.append({"name": phase, "from": moment, "to": moment})
        elif phase == "over":
            self.over = line
        elif event in ("done", "failed"):
            self.phases[-1]["to"] = moment
        if event == "failed":
            self.complaints.append(f"{phase}: {line['text']}")
        if (phase, event) in TOLD_PHASES:
            text = line["text"].partition(" in which ")[0]
            self.say(moment, "host", TOLD_PHASES[phase, event] + text, phase)

    # The guest: lines from the port lab.trace, of QEMU on one of the hosts

    def take_guest(self, host, now_ns, line):
        here = Moment(now_ns, None)
        if line.startswith("vmopnotifyd: "):
            self.take_helper(here, line.removeprefix("vmopnotifyd: "))
        elif line.startswith("not ok "):
            self.complaints.append("failed: " + line.partition("- ")[2])
        elif line.startswith("# ") and self.complaints:
            self.complaints.append("  " + line[2:])
        elif line.startswith("{"):
            self.take_object(host, here, json.loads(line))

    def take_object(self, host, here, line):
        if line.get("who") == "guest":
            self.came.add(line["event"])
            return
        ns = line["time_ns"] if "time_ns" in line else line["t_ns"]
        self.clocks[host].see(ns, here.ns)
        moment = Moment(ns, host)
        if "time_ns" in line:
            self.take_kernel(moment, line)
        elif line["event"] == "tick":
            self.take_tick(moment, line)
        else:
            self.take_turn(moment, line)

    def take_helper(self, here, text):
        if "the host announces " in text:
            text = text[text.index("the host "):].partition(", told ")[0]
            self.say(here, "helper", text, "helper")

    def take_tick(self, moment, line):
        self.ticks.append((moment, line))
        if line["worst_us"] >= STALL_MS * 1000:
            self.say(moment, "rt-loop",
                     f"wakes {milliseconds(line['worst_us'])} late: "
                     f"{line['missed']} deadlines missed")

    def take_turn(self, moment, line):
        who, quiet = line["who"], line["state"] == "quiet"
        turns = self.turns[who]
        turns.append((moment, line["state"]))
        if len(turns) == 1:
            return
        text = {
            ("server", True): "quiet: all in hand is answered, new requests "
                              "go elsewhere",
            ("server", False): "takes requests again",
            ("rt", True): "quiet: pauses, and has no deadlines",
            ("rt", False): "goes on with its turns",
        }[who, quiet]
        self.say(moment, NAMES[who], text,
                 f"{who}-{'quiet' if quiet else 'resumed'}")

    # Of the kernel: objects of "vmopnotifyctl monitor --json"

    def take_kernel(self, moment, line):
        event = line["event"]
        self.states.append((moment, line.get("state", "unknown")))
        self.came.add("kernel-" + event)
        take = getattr(self, "kernel_" + event, None)
        if take:
            self.say(moment, "kernel", take(line))

    def kernel_start(self, line):
        self.operation = str(line["operation_id"])
        return (f"quiescing: {line['operation_type']}, "
                f"its {line['members']} consumers are to get quiet")

    def kernel_prepare(self, line):
        return f"stage {line['stage']}: get quiet"

    def kernel_acked(self, line):
        if line["result"]:
            self.complaints.append(f"{line['consumer']} did not get quiet: "
                                   f"{line['result_name']}")
        self.came.add("acked-" + line["consumer"])
        return (f"{line['consumer']} acks after "
                f"{milliseconds(line.get('took_us', 0))}, "
                f"{line['pending']} outstanding")

    def kernel_quiesced(self, line):
        return (f"quiesced: all are quiet after "
                f"{milliseconds(line['quiesce_us'])}, the host may go on")

    def kernel_expired(self, line):
        self.complaints.append(f"no ack of {line['missing']} in time")
        return f"expired: no ack of {line['missing']} in time"

    def kernel_end(self, line):
        self.end = line
        stun = milliseconds(line.get("stun_us", 0))
        return (f"idle: the end, {line['status']}; "
                f"measured a stun of {stun}; all resume")

    # The client: a line for each request

    def take_request(self, line):
        self.requests.append(line)
        if line["result"] in ("ok", "late"):
            self.answered_ns.append(line["t_ns"])
