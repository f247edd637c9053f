# SPDX-License-Identifier: GPL-2.0
"""A round as data: what is in demo.json, and all that the picture is made of.

	late_ms, failed_ms	from when an answer is late, and given up
	period_ms		of the real-time loop
	rounds			two, without and with vmopnotify; of each:
	  name			of the round
	  from_ms, to_ms	what is told of; 0 is when the migration began, and
				all that ends in _ms is milliseconds
	  requests		when sent (t_ms), latency_ms, null where it went
				elsewhere, and result: ok, late, failed, elsewhere
	  turns			of the loop, about 10 ms of them each: until when
				(t_ms), turns, deadlines missed, worst_ms: the
				latest wake-up
	  phases		of the migration: name, from_ms, to_ms
	  lanes			kernel, server, rt-loop: state, from_ms, to_ms
	  stun			from_ms, to_ms: when the guest stood still
	  said			t_ms, who, text: the lines in the terminal
	  figures		of the migration, from its begin to its end, and
				until all have resumed, and a moment more
	  rest			the same figures of the time before it, and its
				seconds

Of the figures, those that one round has nothing to tell of are null.
"""
BEFORE_MS = 2000
AFTER_MS = 1000
MOMENT_MS = 100
NSEC_PER_MSEC = 1e6


def maximum(numbers):
    return max((n for n in numbers if n is not None), default=None)


def count(requests, result):
    return sum(request["result"] == result for request in requests)


def load_figures(requests, turns, from_ms, to_ms):
    """What server and loop did for those who count on them."""
    requests = [r for r in requests if from_ms <= r["t_ms"] < to_ms]
    # What counts of a turn is when it was due.
    turns = [t for t in turns
             if from_ms <= t["t_ms"] - t["worst_ms"] < to_ms]
    return {
        "missed": sum(t["missed"] for t in turns),
        "worst_wakeup_ms": maximum(t["worst_ms"] for t in turns),
        "requests": len(requests),
        "late": count(requests, "late"),
        "failed": count(requests, "failed"),
        "elsewhere": count(requests, "elsewhere"),
        "worst_latency_ms": maximum(r["latency_ms"] for r in requests),
    }


def intervals(changes, from_ms, to_ms):
    """What began, and lasted until something else began."""
    changes = [change for before, change in zip([(0, None), *changes], changes)
               if before[1] != change[1]]
    ends = [at for at, _ in changes[1:]] + [to_ms]
    for (at, state), end in zip(changes, ends):
        if end > from_ms and at < to_ms and end > at:
            yield {"state": state, "from_ms": max(at, from_ms),
                   "to_ms": min(end, to_ms)}


def record(known):
    """A timeline.Round that is over, as data."""
    def ms(ns):
        return round((ns - known.began_ns) / NSEC_PER_MSEC, 3)

    def at(moment):
        return ms(known.at(moment))

    over, end = known.over, known.end
    total_ms = ms(over["t_ns"])
    from_ms, to_ms = -BEFORE_MS, total_ms + AFTER_MS

    def shown(rows):
        return sorted((row for row in rows if from_ms <= row["t_ms"] < to_ms),
                      key=lambda row: row["t_ms"])

    requests = shown({
        "t_ms": ms(r["t_ns"]), "result": r["result"],
        "latency_ms": r["latency_us"] and r["latency_us"] / 1000,
    } for r in known.requests)
    turns = shown({
        "t_ms": at(moment), "turns": t["turns"], "missed": t["missed"],
        "worst_ms": t["worst_us"] / 1000,
    } for moment, t in known.ticks)
    phases = [{"name": p["name"], "from_ms": at(p["from"]),
               "to_ms": at(p["to"])} for p in known.phases]
    by_name = {p["name"]: p for p in phases}
    lanes = {"kernel": known.states, "server": known.turns["server"],
             "rt-loop": known.turns["rt"]}
    lanes = {
        name: list(intervals([(at(m), state) for m, state in lane],
                             from_ms, to_ms))
        for name, lane in lanes.items()
    }
    over_ms = max([total_ms, *(i["from_ms"] for name in ("server", "rt-loop")
                               for i in lanes[name])]) + MOMENT_MS

    return {
        "name": known.name, "from_ms": from_ms, "to_ms": to_ms,
        "requests": requests, "turns": turns, "phases": phases,
        "lanes": lanes,
        "stun": {"from_ms": by_name["stun"]["from_ms"],
                 "to_ms": by_name["resume"]["to_ms"]},
        "said": [{"t_ms": at(s.moment), "who": s.who, "text": s.text}
                 for s in sorted(known.said, key=lambda s: at(s.moment))],
        "figures": {
            **load_figures(requests, turns, 0, over_ms),
            "quiesce_ms": end.get("quiesce_us", 0) / 1000 or None,
            "ack_ms": over.get("ack_ms"),
            "stun_ms": over["stun_ms"],
            "measured_stun_ms": end.get("stun_us", 0) / 1000 or None,
            "downtime_ms": over["downtime_ms"],
            "total_ms": over["total_ms"],
        },
        "rest": {"seconds": BEFORE_MS / 1000,
                 **load_figures(requests, turns, from_ms, 0)},
    }
