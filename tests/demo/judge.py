# SPDX-License-Identifier: GPL-2.0
"""Whether all that makes a round came, and what two rounds come to."""

ALWAYS = {
    "stun": "the stop of the machine, for the switch-over",
    "resume": "the machine's going on, on the other host",
}
AWARE = {
    "module": "the kernel module, loaded",
    "vmtoolsd": "VMware Tools, in the machine",
    "kernel-attached": "the helper's attachment to the kernel",
    "helper": "the announcement, at the helper",
    "kernel-start": "the announcement, at the kernel",
    "server-quiet": "the server, quiet",
    "acked-server": "the ack of the server",
    "rt-quiet": "the real-time loop, quiet",
    "acked-rt-loop": "the ack of the real-time loop",
    "kernel-quiesced": "the kernel's word that all are quiet",
    "notify": "the host's word on the ack",
    "kernel-stun": "the stun, as the kernel sees it",
    "end": "the host's announcement of the end",
    "kernel-end": "the end, at the kernel",
    "server-resumed": "the server, which takes requests again",
    "rt-resumed": "the real-time loop, which goes on",
}


def judge(known, record, aware):
    """Complaints about a round; none where it went as it is to go."""
    yield from known.complaints
    for what, text in {**ALWAYS, **(AWARE if aware else {})}.items():
        if what not in known.came:
            yield f"this did not come: {text}"
    over = known.over
    if over["ack"] != ("acked" if aware else "nobody"):
        yield f"acked to the host by: {over['ack']}"
    if aware and known.operation != over["operation_id"]:
        yield (f"the host has announced operation {over['operation_id']}, "
               f"the kernel had {known.operation}")
    yield from judge_after(record)
    yield from judge_quiet(record)


def judge_after(record):
    """The workload goes on, on the other host."""
    over_ms = record["figures"]["total_ms"]
    if not any(t["t_ms"] > over_ms for t in record["turns"]):
        yield "the real-time loop did not go on after the migration"
    if not any(r["t_ms"] > over_ms and r["result"] in ("ok", "late")
               for r in record["requests"]):
        yield "the server answered no request after the migration"


def judge_quiet(record):
    """Who got quiet for the stun is so all the time that it lasts."""
    stun = record["stun"]
    for name in ("server", "rt-loop"):
        quiet = [i for i in record["lanes"][name] if i["state"] == "quiet"]
        if quiet and not any(i["from_ms"] < stun["from_ms"] and
                             i["to_ms"] > stun["to_ms"] for i in quiet):
            yield f"{name} was not quiet all through the stun"


def duration(ms):
    if ms is None:
        return "-"
    if ms >= 10000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def paused_ms(record):
    return sum(i["to_ms"] - i["from_ms"] for i in record["lanes"]["rt-loop"]
               if i["state"] == "quiet") or None


def table(before, after, late_ms, failed_ms):
    """Rows of text: what, at rest, without, with."""
    rests = before["rest"], after["rest"]
    figures = before["figures"], after["figures"]
    seconds = sum(rest["seconds"] for rest in rests)

    def counted(key):
        rest = sum(r[key] for r in rests) / seconds
        return (f"{rest:.1f}/s" if rest else "0",
                *(str(f[key]) for f in figures))

    def worst(key):
        known = [r[key] for r in rests if r[key] is not None]
        return (duration(max(known, default=None)),
                *(duration(f[key]) for f in figures))

    def lasted(key):
        return ("", *(duration(f[key]) for f in figures))

    yield ("", "at rest", "without", "with vmopnotify")
    yield ("deadlines missed, real-time loop", *counted("missed"))
    yield ("its latest wake-up", *worst("worst_wakeup_ms"))
    yield (f"requests late, over {late_ms} ms", *counted("late"))
    yield (f"requests failed, after {failed_ms} ms", *counted("failed"))
    yield ("requests sent to another server", *counted("elsewhere"))
    yield ("longest wait for an answer", *worst("worst_latency_ms"))
    yield ("the loop paused on purpose for", "",
           *(duration(paused_ms(r)) for r in (before, after)))
    yield ("all quiet after", *lasted("quiesce_ms"))
    yield ("the host waited for the ack", *lasted("ack_ms"))
    yield ("nothing in the machine ran for", "",
           *(duration(r["stun"]["to_ms"] - r["stun"]["from_ms"])
             for r in (before, after)))
    yield ("of that, by QEMU's process stopped", *lasted("stun_ms"))
    yield ("and as the module measured it", *lasted("measured_stun_ms"))
    yield ("QEMU's own downtime", *lasted("downtime_ms"))
    yield ("the whole migration", *lasted("total_ms"))
