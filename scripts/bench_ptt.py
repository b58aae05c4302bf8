"""scripts/bench ptt: how long a press takes, with real services and real clients on loopback.

A room of 50 members: one presses, one listens, 48 more are there. Measured three times: while nothing
else happens, while another room runs at full load, and while members of the room attack its floor.
Times are taken from the wall clock of the bots' events, so all of them are on this machine.
"""

import contextlib
import json
import math
import os
import pathlib
import random
import struct
import tempfile
import time
import wave

import bench_chart
import bench_servers as servers
import bench_site

MEMBERS = 50
BURST_S, PAUSE_S = 0.2, 0.16  # a shorter pause would not be told from loss by the listener
CLICK_S, CLICKS = 1.0, 13
EARS = 8
LATE_ENTRIES, PREEMPTIONS = 20, 14
TURN_S = 2.2  # one pre-emption
PREEMPTED_GRACE_MS, EMERGENCY_GRACE_MS = 800, 200
OTHER_TALKERS, OTHER_LISTENERS = 4, 300
RATE = 48_000
FRAME_S = 0.02
LIMITS = {  # 95th percentile; None: told, not held against anything
    "press_to_granted_ms": 20.0, "press_to_first_forward_ms": None, "in_node_ms": 1.0,
    "first_packet_ms": None, "mouth_to_ear_ms": 300.0, "late_entry_ms": 40.0,
    "late_entry_from_join_ms": 350.0, "preemption_ms": 20.0, "emergency_ms": 20.0}
MEASURED = {
    "press_to_granted_ms": "button down to Granted at the client",
    "press_to_first_forward_ms": "button down to the first packet of the burst at a listener; up to "
                                 "20 ms of it until the frame is complete",
    "in_node_ms": "request at the node to its grant with the gate open: upper bounds of a histogram",
    "first_packet_ms": "first packet of a burst leaves the talker, to its arrival at a listener",
    "mouth_to_ear_ms": "a sound is spoken, to the same sound played by a listener: frame, network, "
                       "jitter buffer",
    "late_entry_ms": "DTLS of somebody who joins is done, to his first packet of the burst that runs",
    "late_entry_from_join_ms": "he is told that he is in the room, to that packet: with ICE and DTLS",
    "preemption_ms": "press of a higher tier to its grant, beyond the grace of who talks",
    "preemption_with_grace_ms": f"the same with that grace of {PREEMPTED_GRACE_MS} ms",
    "emergency_ms": "emergency declared (which presses) to its grant while another talks, beyond "
                    "the grace of who talks",
    "emergency_with_grace_ms": f"the same with that grace of {EMERGENCY_GRACE_MS} ms"}
GRACELESS = {"preemption_ms": ", beyond grace", "emergency_ms": ", beyond grace"}
# Who presses a thousand times a second may not talk: one who may would simply have the floor.
ATTACKS = {"voice": [], "presses": ["--role", "listener"], "forgeries": [], "others": [],
           "chair": []}
HIGHEST_GROWTH_MS = 5.0  # of the 99th percentile of honest members
# What counts the attempts of an attack.
COUNTERS = {
    "voice": ["parley_sfu_floor_strikes_total", 'parley_sfu_drops_total{reason="no_floor"}'],
    "presses": ["parley_signaling_floor_limited_total",
                'parley_sfu_floor_denials_total{cause="receive_only"}',
                'parley_sfu_floor_denials_total{cause="rate_limit"}'],
    "forgeries": ["parley_sfu_floor_forged_total", "parley_sfu_floor_ignored_total",
                  'parley_sfu_floor_denials_total{cause="other"}'],
    "others": ["parley_sfu_floor_forged_total"],
    "chair": ['parley_sfu_floor_denials_total{cause="no_permission"}',
              "parley_sfu_floor_ignored_total"]}


# -- figures ---------------------------------------------------------------------------------------

def milliseconds(later, earlier):
    return (later["at_us"] - earlier["at_us"]) / 1000


def percentile(values, part):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def summary(values):
    if not values:
        return None
    return {"p50": round(percentile(values, 0.5), 2), "p95": round(percentile(values, 0.95), 2),
            "p99": round(percentile(values, 0.99), 2), "max": round(max(values), 2),
            "count": len(values)}


def histogram(before, after, name):
    """The bound under which each percentile lies; beyond the last bound it is told as ten times that."""
    prefix = f'{name}{{within_ms="'
    grown = {key[len(prefix):-2]: after[key] - before.get(key, 0) for key in after
             if key.startswith(prefix)}
    count = grown.pop("+Inf", 0)
    if not count:
        return None
    bounds = sorted(grown, key=float)
    found = {label: next((float(b) for b in bounds if grown[b] >= part * count),
                         10 * float(bounds[-1]))
             for label, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return found | {"count": int(count)}


def held(figures):
    """Each figure beside what it is to be: a bar, and whether the 95th percentile is within it."""
    return {name: {"bar": limit, "p95": figures[name]["p95"],
                   "held": figures[name]["p95"] <= limit}
            for name, limit in LIMITS.items() if limit is not None and figures.get(name)}


# -- sound -----------------------------------------------------------------------------------------

def write_speech(file):
    """Ten seconds of a tone that changes in every frame, so that no two packets are alike."""
    source = random.Random(1)
    samples = []
    for _ in range(500):
        hertz = 200 + 900 * source.random()
        samples += [int(9000 * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(960)]
    write_wav(file, samples)


def write_clicks(file):
    """Half a second of silence before each short burst of a tone."""
    period = int(CLICK_S * RATE)
    tone = [int(16000 * math.sin(2 * math.pi * 1000 * i / RATE)) for i in range(RATE // 20)]
    one = [0] * (period // 2) + tone + [0] * (period - period // 2 - len(tone))
    write_wav(file, one * CLICKS)


def write_wav(file, samples):
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def onsets(file):
    """Seconds at which a tone begins after silence."""
    with wave.open(str(file), "rb") as recorded:
        data = recorded.readframes(recorded.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    found, quiet_since = [], 0
    for i, sample in enumerate(samples):
        if abs(sample) < 2500:
            continue
        if i - quiet_since > RATE // 5:
            found.append(i / RATE)
        quiet_since = i
    return found


# -- what is measured ------------------------------------------------------------------------------

def press_series(count, seed):
    """Presses at irregular times, so that none keeps step with the frames of the microphone."""
    source = random.Random(seed)
    lines, at = [], 0.5
    for _ in range(count):
        lines += [f"{at:.4f} press", f"{at + BURST_S:.4f} release"]
        at += BURST_S + PAUSE_S + source.random() * 0.04
    return "\n".join(lines) + "\n", at + 1


def measure_presses(talker, ear):
    """Access times of each press, and what was lost at its ends."""
    granted = {one["req_id"]: one for one in talker.events("granted")}
    heard_first = {one["payload"]: one for one in ear.events("first_received")}
    heard = ear.events("last_received")
    heard_last = {one["payload"] for one in heard}
    last_sent = talker.events("last_sent")
    presses = talker.events("press")
    figures = {"press_to_granted_ms": [], "press_to_first_forward_ms": [], "first_packet_ms": []}
    for press in presses:
        if press["req_id"] in granted:
            figures["press_to_granted_ms"].append(milliseconds(granted[press["req_id"]], press))
    lost_at_start = 0
    for press, sent in zip(presses, talker.events("first_sent")):
        first = heard_first.get(sent["payload"])
        if first is None:
            lost_at_start += 1
            continue
        figures["press_to_first_forward_ms"].append(milliseconds(first, press))
        figures["first_packet_ms"].append(milliseconds(first, sent))
    return figures, {
        "presses": len(presses), "granted": len(figures["press_to_granted_ms"]),
        "bursts": len(last_sent), "packets": sum(one["packets"] for one in last_sent),
        "packets_lost_at_start": lost_at_start,
        "packets_lost_at_end": sum(one["payload"] not in heard_last for one in last_sent),
        "packets_lost_inside": sum(one["gaps"] for one in heard),
        "bursts_of_others_heard": sum(not one["sender"].startswith("Talker") for one in heard)}


class Measurement:
    def __init__(self, site, quick):
        self.site = site
        self.quick = quick
        self.round = 0
        self.speech = site.folder / "speech.wav"
        self.clicks = site.folder / "clicks.wav"
        write_speech(self.speech)
        write_clicks(self.clicks)
        site.room("Radio", "ptt")
        site.room("Other", "open")
        bench_site.crowd(site, "Radio", MEMBERS - 2).wait_ready()

    def count(self, full, quick):
        return quick if self.quick else full

    def bot(self, name, *arguments, **options):
        return self.site.bot(f"{name}{self.round}", "Radio", *arguments, **options)

    def run(self, presses):
        """One pass: everything once, and what it cost."""
        self.round += 1
        figures, totals, result = self.bursts(presses)
        figures["mouth_to_ear_ms"] = self.mouth_to_ear()
        figures["late_entry_ms"], figures["late_entry_from_join_ms"] = self.late_entry()
        figures |= self.preemption()
        result |= {name: summary(values) for name, values in figures.items()} | totals
        return result | {"figures": held(result)}

    def bursts(self, presses):
        """Short bursts of one talker, with the node's own times and the load meanwhile."""
        script, seconds = press_series(presses, self.round)
        talker = self.bot("Talker", "--play", self.speech, "--loop", script=script)
        ear = self.bot("Ear")
        for bot in (talker, ear):
            bot.wait_connected()
        metrics = self.site.metrics()
        times = self.site.processor_times()
        talker.begin()
        time.sleep(seconds)
        used = bench_site.shares(times, self.site.processor_times())
        for bot in (talker, ear):
            bot.leave()
        in_node = histogram(metrics, self.site.metrics(), "parley_sfu_floor_press_to_grant_total")
        figures, totals = measure_presses(talker, ear)
        return figures, totals, {"in_node_ms": in_node, "core_shares": used}

    def mouth_to_ear(self):
        """From the moment in which a sample is spoken to the one in which it sounds, for each of
        several listeners: between two of them the clocks of sound are out of step, within one they
        are not."""
        mouth = self.site.folder / f"mouth{self.round}.json"
        talker = self.bot("Mouth", "--play", self.clicks, "--stats-json", mouth,
                          script=f"0.5 press\n{0.5 + CLICKS * CLICK_S} release\n")
        ears = []
        for i in range(self.count(EARS, 2)):
            record, stats = (self.site.folder / f"ear{self.round}_{i}.{kind}"
                             for kind in ("wav", "json"))
            bot = self.bot(f"Listener{i}_", "--record", record, "--stats-json", stats)
            ears.append((bot, record, stats))
        for bot in (talker, *(bot for bot, _, _ in ears)):
            bot.wait_connected()
        talker.begin()
        time.sleep(CLICKS * CLICK_S + 2)
        for bot in (talker, *(bot for bot, _, _ in ears)):
            bot.leave()
        # A frame is spoken while it is recorded, 20 ms before it can be sent.
        spoken = json.loads(mouth.read_text())["play_started_unix_us"] / 1e6 - FRAME_S
        delays = []
        for _, record, stats in ears:
            began = json.loads(stats.read_text())["record_started_unix_us"] / 1e6
            heard = [began + at for at in onsets(record)]
            expected = [spoken + (i + 0.5) * CLICK_S for i in range(CLICKS)]
            delays += [min((at - click for at in heard if at > click), default=math.inf) * 1000
                       for click in expected[3:]]  # the jitter buffer has settled
        return [delay for delay in delays if delay < CLICK_S * 1000]

    def late_entry(self):
        """Somebody comes while a burst runs: from his media being connected to its next packet."""
        count = self.count(LATE_ENTRIES, 3)
        beyond, from_join = [], []
        talker = self.bot("Speaker", "--play", self.speech, "--loop",
                          script="\n".join(f"{0.5 + 20 * i} press\n{20 * i + 20} release"
                                           for i in range(4 + count // 8)) + "\n")
        talker.wait_connected()
        talker.begin()
        time.sleep(1.5)
        for i in range(count):
            late = self.bot(f"Late{i}_")
            late.wait_connected()
            servers.wait_for("a burst", lambda: late.first("first_received"), late.process, 30)
            first = late.first("first_received")
            beyond.append(milliseconds(first, late.first("media_connected")))
            from_join.append(milliseconds(first, late.first("joined")))
            late.leave()
        talker.leave()
        return beyond, from_join

    def preemption(self):
        """A higher tier, and then emergencies, each while another talks."""
        count = self.count(PREEMPTIONS, 3)

        def script(start, first_line, last_line=""):
            lines = []
            for i in range(count):
                at = start + TURN_S * i + 0.4 + 0.007 * i  # out of step with the frames
                lines += [f"{at:.3f} {first_line}", f"{at + 1.1:.3f} release"]
                lines += [f"{at + 1.2:.3f} {last_line}"] if last_line else []
            return "\n".join(lines) + "\n"
        hold = "".join(f"{TURN_S * i + 0.1:.1f} press\n{TURN_S * i + 1.9:.1f} release\n"
                       for i in range(2 * count))
        play = ("--play", self.speech, "--loop")
        holder = self.bot("Holder", *play, script=hold)
        higher = self.bot("Higher", *play, script=script(0, "press tier priority"), tier="priority")
        caller = self.bot("Caller", *play, script=script(TURN_S * count, "emergency", "clear"),
                          tier="emergency")
        bots = (holder, higher, caller)
        for bot in bots:
            bot.wait_connected()
        for bot in bots:
            bot.begin()
        time.sleep(2 * TURN_S * count + 2)
        for bot in bots:
            bot.leave()
        figures = {}
        for name, bot, grace_ms in (("preemption", higher, PREEMPTED_GRACE_MS),
                                    ("emergency", caller, EMERGENCY_GRACE_MS)):
            whole = preempting_grants(bot, holder)
            figures[f"{name}_with_grace_ms"] = whole
            figures[f"{name}_ms"] = [one - grace_ms for one in whole]
        return figures

    def attacked(self, presses):
        """Access times of an honest talker before and while five members attack the floor."""
        attackers = [bench_site.attacker(self.site, attack, "Radio", *rights)
                     for attack, rights in ATTACKS.items()]
        for one in attackers:
            one.wait_ready()
        self.round += 1
        before, totals_before, result_before = self.bursts(presses)
        counted = self.site.metrics()
        for one in attackers:
            one.begin()
        self.round += 1
        during, totals_during, result_during = self.bursts(presses)
        reports = [one.end() for one in attackers]
        now = self.site.metrics()
        passes = {"before": {name: summary(values) for name, values in before.items()}
                  | totals_before | result_before,
                  "during": {name: summary(values) for name, values in during.items()}
                  | totals_during | result_during}
        growth = {name: round(passes["during"][name]["p99"] - passes["before"][name]["p99"], 2)
                  for name in before}
        return passes | {
            "p99_growth_ms": growth,
            "figures": {"p99_growth_ms": {"bar": HIGHEST_GROWTH_MS, "worst": max(growth.values()),
                                          "held": max(growth.values()) <= HIGHEST_GROWTH_MS}},
            "attacks": reports,
            "counters": {attack: {name: int(now.get(name, 0) - counted.get(name, 0))
                                  for name in names} for attack, names in COUNTERS.items()}}


def preempting_grants(bot, holder):
    """From each press to its grant, of those that came while the holder talked."""
    granted = {one["req_id"]: one for one in bot.events("granted")}
    bursts = list(zip(holder.events("first_sent"), holder.events("last_sent")))
    return [milliseconds(granted[press["req_id"]], press) for press in bot.events("press")
            if press["req_id"] in granted
            and any(first["at_us"] < press["at_us"] < last["at_us"] for first, last in bursts)]


@contextlib.contextmanager
def other_room(site, speech, listeners):
    """Another room at full load: as many copies as one core of listeners can take."""
    talkers = [site.bot(f"Other{i}", "Other", "--play", speech, "--loop")
               for i in range(OTHER_TALKERS)]
    crowd = bench_site.crowd(site, "Other", listeners)
    for talker in talkers:
        talker.wait_connected()
    crowd.wait_ready()
    try:
        yield
    finally:
        for talker in talkers:
            talker.leave()
        crowd.end()


def run(options):
    os.sched_setaffinity(0, {servers.LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="parley-ptt-") as folder, \
            contextlib.ExitStack() as stack:
        measurement = Measurement(bench_site.Site(pathlib.Path(folder), stack), options.quick)
        listeners = measurement.count(OTHER_LISTENERS, 40)
        alone = measurement.run(measurement.count(400, 30))
        attacked = measurement.attacked(measurement.count(200, 30))
        with other_room(measurement.site, measurement.speech, listeners):
            loaded = measurement.run(measurement.count(200, 30))
    passes = [alone, loaded, attacked["before"], attacked["during"]]
    report = alone | {
        "members": MEMBERS, "measured": MEASURED, "with_another_room": loaded,
        "another_room": {"talkers": OTHER_TALKERS, "listeners": listeners},
        "attacked": attacked,
        "all_passes": {name: sum(one[name] for one in passes) for name in
                       ("bursts", "packets", "packets_lost_at_start", "packets_lost_at_end",
                        "packets_lost_inside", "bursts_of_others_heard")}}
    show(report)
    if options.svg:
        draw(report, options.svg)
    return report


# -- what is told ----------------------------------------------------------------------------------

def show(report):
    loaded, attacked = report["with_another_room"], report["attacked"]
    other = report["another_room"]
    print(f"{MEMBERS} members on loopback; in brackets while another room of {other['talkers']} "
          f"talkers and {other['listeners']} listeners talks\n")
    print(f"{'ms':<26}{'p50':>17}{'p95':>17}{'p99':>17}{'p95 asked':>11}")
    for name, limit in LIMITS.items():
        cells = [f"{report[name][p]:.1f} ({loaded[name][p]:.1f})" if report[name] and loaded[name]
                 else "-" for p in ("p50", "p95", "p99")]
        print(f"{name.removesuffix('_ms'):<26}" + "".join(f"{cell:>17}" for cell in cells)
              + (f"{limit:>11.0f}{verdict(report, loaded, name)}" if limit else ""))
    for name, one in (("alone", report), ("with the other room", loaded),
                      ("attacked", attacked["during"])):
        used = one["core_shares"]
        print(f"processor, {name}: node {used['node']:.0%}, signaling {used['signaling']:.0%} of a "
              f"core; members {used['clients']:.0%} of the other")
    whole = report["all_passes"]
    print(f"packets lost in {whole['bursts']} bursts of {whole['packets']} packets: "
          f"{whole['packets_lost_at_start']} at the start, {whole['packets_lost_at_end']} at the end, "
          f"{whole['packets_lost_inside']} inside")
    print("\nwhile five members attack, 99th percentile before / during:")
    for name, growth in attacked["p99_growth_ms"].items():
        print(f"  {name.removesuffix('_ms'):<26}{attacked['before'][name]['p99']:>8.1f} / "
              f"{attacked['during'][name]['p99']:.1f} ({growth:+.1f}; asked: at most "
              f"{HIGHEST_GROWTH_MS:+.0f})")
    for one in attacked["attacks"]:
        counted = ", ".join(f"{short(name)} {count}" for name, count in
                            attacked["counters"][one["attack"]].items())
        print(f"  {one['attack']:<10}{one['attempts']:>8} attempts: {counted}")


def short(counter):
    return counter.removeprefix("parley_").replace("_total", "")


def verdict(alone, loaded, name):
    return "" if all(one["figures"].get(name, {}).get("held") for one in (alone, loaded)) \
        else "  not held"


def draw(report, folder):
    panels = []
    for name, limit in LIMITS.items():
        bars = {label: one[name] for label, one in
                (("alone", report), ("another room at full load", report["with_another_room"]),
                 ("five members attack", report["attacked"]["during"])) if one.get(name)}
        if bars and name != "in_node_ms":
            title = name.removesuffix("_ms").replace("_", " ")
            panels.append((title + GRACELESS.get(name, ""), bars, limit))
    (folder / "ptt.svg").write_text(bench_chart.panels(
        f"Push-to-talk with {MEMBERS} members on loopback, ms: 95th percentile (line: 50th to 99th)",
        panels, ["alone", "another room at full load", "five members attack"]))
