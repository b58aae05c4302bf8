"""scripts/bench ptt: how long a press takes, with real services and real clients on loopback.

A room of 50 members: one presses, one listens, 48 more are there. Measured twice: while nothing else
happens, and while another room talks. Times are taken from the wall clock of the bots' events, so
all of them are on this machine.
"""

import contextlib
import json
import math
import os
import pathlib
import random
import signal
import struct
import subprocess
import tempfile
import time
import wave

import bench_chart
import bench_peers
import bench_servers as servers

MEMBERS = 50
BURST_S, PAUSE_S = 0.5, 0.35
CLICK_S, CLICKS = 1.0, 20
GRACE_MS = 800            # of a pre-empted holder
EMERGENCY_GRACE_MS = 200
OTHER_TALKERS, OTHER_LISTENERS = 4, 30
RATE = 48_000
FRAME_S = 0.02
FIGURES = {"press_to_granted_ms": 20.0, "press_to_first_forward_ms": None, "node_to_ear_ms": None,
           "mouth_to_ear_ms": 300.0, "late_entry_ms": 350.0, "preemption_ms": None,
           "emergency_ms": None}

SIGNALING_CONFIG = """\
server: {{port: 0, certificate_file: pki/web.pem, key_file: pki/web.key, web_root: {web},
  public_url: "https://localhost:{port}"}}
control: {{port: 0, ca_file: pki/ca.pem, certificate_file: pki/signaling.pem,
  key_file: pki/signaling.key}}
store: {{file: state/parley.db}}
invitations: {{key_file: state/invitation.key}}
log: {{level: warning}}
"""
NODE_CONFIG = """\
control: {{host: localhost, port: {port}, ca_file: pki/ca.pem, certificate_file: pki/node.pem,
  key_file: pki/node.key, server_name: parley-signaling}}
media: {{base_port: 0}}
log: {{level: warning}}
"""


class Site:
    """A signaling service and a media node in a folder of their own, on core 0; bots on core 1."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        subprocess.run([servers.ROOT / "scripts/make_certificates", folder / "pki", "localhost"],
                       check=True, capture_output=True)
        (folder / "state").mkdir(mode=0o700)
        (folder / "web").mkdir()
        (folder / "web/index.html").write_text("<!doctype html><title>none</title>")
        self._write("signaling", SIGNALING_CONFIG.format(web=folder / "web", port=8443))
        ready = self._start("parley-signaling", "signaling")
        self.port = ready["https_port"]
        self._write("signaling", SIGNALING_CONFIG.format(web=folder / "web", port=self.port))
        self._write("sfu", NODE_CONFIG.format(port=ready["control_port"]))
        self._start("parley-sfu", "sfu")

    def _write(self, name, text):
        (self.folder / f"{name}.yaml").write_text(text)

    def _start(self, program, name):
        ready = self.folder / f"{name}.ready"
        log = (self.folder / f"{name}.log").open("w")
        process = subprocess.Popen(
            [servers.BINARIES / program, "--config", self.folder / f"{name}.yaml", "--ready-file",
             ready], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            preexec_fn=bench_peers.in_child(servers.SERVER_CORE))
        self.stack.callback(bench_peers.stop, process)
        servers.wait_for(program, ready.exists, process)
        return {key: int(value) for key, value in
                (part.split("=") for part in ready.read_text().split()) if value.isdigit()}

    def _operate(self, *arguments):
        shown = subprocess.run([servers.BINARIES / "parley-signaling", *arguments[:1], "--config",
                                self.folder / "signaling.yaml", *arguments[1:]],
                               capture_output=True, text=True)
        if shown.returncode != 0:
            raise servers.BenchError(f"parley-signaling {' '.join(arguments)}: {shown.stderr}")
        return shown.stdout.strip()

    def room(self, name, mode):
        self._operate("room", name, "--mode", mode)

    def bot(self, name, room, *arguments, script=None, tier=None):
        link = self._operate("invite", "--room", room, "--name", name,
                             *(["--tier", tier] if tier else [])).splitlines()[-1]
        return Bot(self, name, link, arguments, script)


class Bot:
    def __init__(self, site, name, link, arguments, script):
        self.name = name
        self.events_file = site.folder / f"{name}.events"
        command = [servers.BINARIES / "parley-bot", "join", "--link", link, "--ca",
                   site.folder / "pki/ca.pem", "--events-json", self.events_file, *arguments]
        if script:
            (site.folder / f"{name}.ptt").write_text(script)
            command += ["--ptt", site.folder / f"{name}.ptt", "--ptt-wait"]
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=bench_peers.in_child(servers.LOAD_CORE))
        site.stack.callback(bench_peers.stop, self.process)

    def wait_connected(self):
        servers.wait_for(f"the bot {self.name}", lambda: self.first("media_connected"),
                         self.process, 30)

    def begin(self):
        self.process.send_signal(signal.SIGHUP)

    def leave(self):
        bench_peers.stop(self.process)

    def events(self, *kinds):
        if not self.events_file.exists():
            return []
        read = []
        for line in self.events_file.read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):  # being written
                read.append(json.loads(line))
        return [one for one in read if one["event"] in kinds]

    def first(self, kind):
        return next(iter(self.events(kind)), None)


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


def press_series(count, seed):
    """Presses at irregular times, so that none keeps step with the frames of the microphone."""
    source = random.Random(seed)
    lines, at = [], 0.5
    for _ in range(count):
        lines += [f"{at:.4f} press", f"{at + BURST_S:.4f} release"]
        at += BURST_S + PAUSE_S + source.random() * 0.1
    return "\n".join(lines) + "\n", at + 1


def write_speech(file):
    """Ten seconds of a tone that changes in every frame, so that no two packets are alike."""
    source = random.Random(1)
    samples = []
    for frame in range(500):
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


def measure_presses(talker, ear):
    """Access times of each press, and what was lost at its ends."""
    granted = {one["req_id"]: one for one in talker.events("granted")}
    heard_first = {one["payload"]: one for one in ear.events("first_received")}
    heard_last = {one["payload"] for one in ear.events("last_received")}
    first_sent = talker.events("first_sent")
    figures = {"press_to_granted_ms": [], "press_to_first_forward_ms": [], "node_to_ear_ms": []}
    lost = {"start": 0, "end": 0, "inside": sum(one["gaps"] for one in ear.events("last_received"))}
    presses = talker.events("press")
    for press, sent in zip(presses, first_sent):
        if press["req_id"] in granted:
            figures["press_to_granted_ms"].append(milliseconds(granted[press["req_id"]], press))
        heard = heard_first.get(sent["payload"])
        if heard is None:
            lost["start"] += 1
            continue
        figures["press_to_first_forward_ms"].append(milliseconds(heard, press))
        figures["node_to_ear_ms"].append(milliseconds(heard, sent))
    lost["end"] = sum(one["payload"] not in heard_last for one in talker.events("last_sent"))
    return figures, lost, len(presses)


class Measurement:
    def __init__(self, site, quick):
        self.site = site
        self.presses = 20 if quick else 200
        self.entries = 3 if quick else 20
        self.preemptions = 3 if quick else 20
        self.round = 0
        self.speech = site.folder / "speech.wav"
        self.clicks = site.folder / "clicks.wav"
        write_speech(self.speech)
        write_clicks(self.clicks)
        site.room("Radio", "ptt")
        site.room("Other", "open")
        self.crowd = [site.bot(f"Member{i}", "Radio") for i in range(MEMBERS - 2)]
        for bot in self.crowd:
            bot.wait_connected()

    def bot(self, name, *arguments, **options):
        return self.site.bot(f"{name}{self.round}", "Radio", *arguments, **options)

    def run(self):
        self.round += 1
        figures, lost, presses = self.short_bursts()
        figures["mouth_to_ear_ms"] = self.mouth_to_ear()
        figures["late_entry_ms"] = self.late_entry()
        figures["preemption_ms"], figures["emergency_ms"] = self.preemption()
        result = {name: summary(values) for name, values in figures.items()}
        return result | {"presses": presses, "packets_lost_at_start": lost["start"],
                         "packets_lost_at_end": lost["end"], "packets_lost_inside": lost["inside"]}

    def short_bursts(self):
        script, seconds = press_series(self.presses, self.round)
        talker = self.bot("Talker", "--play", self.speech, "--loop", script=script)
        ear = self.bot("Ear")
        for bot in (talker, ear):
            bot.wait_connected()
        talker.begin()
        time.sleep(seconds)
        for bot in (talker, ear):
            bot.leave()
        return measure_presses(talker, ear)

    def mouth_to_ear(self):
        """From the moment in which a sample is spoken to the one in which it sounds."""
        record, stats, mouth = (self.site.folder / f"{name}{self.round}" for name in
                                ("ear.wav", "ear.json", "mouth.json"))
        talker = self.bot("Mouth", "--play", self.clicks, "--stats-json", mouth,
                          script=f"0.5 press\n{0.5 + CLICKS * CLICK_S} release\n")
        ear = self.bot("Listener", "--record", record, "--stats-json", stats)
        for bot in (talker, ear):
            bot.wait_connected()
        talker.begin()
        time.sleep(CLICKS * CLICK_S + 2)
        for bot in (talker, ear):
            bot.leave()
        # A frame is spoken while it is recorded, 20 ms before it can be sent.
        spoken = json.loads(mouth.read_text())["play_started_unix_us"] / 1e6 - FRAME_S
        began = json.loads(stats.read_text())["record_started_unix_us"] / 1e6
        heard = [began + at for at in onsets(record)]
        expected = [spoken + (i + 0.5) * CLICK_S for i in range(CLICKS)]
        delays = [min((at - click for at in heard if at > click), default=math.inf) * 1000
                  for click in expected[3:]]  # the jitter buffer has settled
        return [delay for delay in delays if delay < CLICK_S * 1000]

    def late_entry(self):
        """Somebody comes while a burst runs: from his media being connected to its next packet."""
        times = []
        talker = self.bot("Speaker", "--play", self.speech, "--loop",
                          script="\n".join(f"{0.5 + 20 * i} press\n{20 * i + 20} release"
                                           for i in range(4 + self.entries // 8)) + "\n")
        talker.wait_connected()
        talker.begin()
        time.sleep(1.5)
        for i in range(self.entries):
            late = self.bot(f"Late{i}_")
            late.wait_connected()
            servers.wait_for("a burst", lambda: late.first("first_received"), late.process, 30)
            times.append(milliseconds(late.first("first_received"), late.first("media_connected")))
            late.leave()
        talker.leave()
        return times

    def preemption(self):
        """From the press of the higher one to his grant, less the grace of who talks."""
        each, calls = 4.0, 4.0
        count = self.preemptions
        hold = "".join(f"{each * i + 0.5:.1f} press\n{each * i + 3:.1f} release\n"
                       for i in range(2 * count))
        higher = "".join(f"{each * i + 1.3 + 0.013 * i:.3f} press tier priority\n"
                         f"{each * i + 2.8 + 0.013 * i:.3f} release\n" for i in range(count))
        start = each * count
        alarm = "".join(f"{start + calls * i + 1.3 + 0.013 * i:.3f} emergency\n"
                        f"{start + calls * i + 1.4 + 0.013 * i:.3f} press\n"
                        f"{start + calls * i + 2.7 + 0.013 * i:.3f} release\n"
                        f"{start + calls * i + 3.2 + 0.013 * i:.3f} clear\n" for i in range(count))
        holder = self.bot("Holder", "--play", self.speech, "--loop", script=hold)
        other = self.bot("Higher", "--play", self.speech, "--loop", script=higher, tier="priority")
        caller = self.bot("Caller", "--play", self.speech, "--loop", script=alarm, tier="emergency")
        bots = (holder, other, caller)
        for bot in bots:
            bot.wait_connected()
        for bot in bots:
            bot.begin()
        time.sleep(each * count + calls * count + 3)
        for bot in bots:
            bot.leave()
        return self.granted_after(other, GRACE_MS), self.granted_after(caller, EMERGENCY_GRACE_MS)

    @staticmethod
    def granted_after(bot, grace_ms):
        granted = {one["req_id"]: one for one in bot.events("granted")}
        return [milliseconds(granted[press["req_id"]], press) - grace_ms
                for press in bot.events("press") if press["req_id"] in granted]


@contextlib.contextmanager
def other_room(site, speech):
    """Another room in which people talk and listen."""
    bots = [site.bot(f"Other{i}", "Other", *(["--play", speech, "--loop"] if i < OTHER_TALKERS
                                             else []))
            for i in range(OTHER_TALKERS + OTHER_LISTENERS)]
    for bot in bots:
        bot.wait_connected()
    try:
        yield
    finally:
        for bot in bots:
            bot.leave()


def run(options):
    os.sched_setaffinity(0, {servers.LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="parley-ptt-") as folder, \
            contextlib.ExitStack() as stack:
        measurement = Measurement(Site(pathlib.Path(folder), stack), options.quick)
        idle = measurement.run()
        with other_room(measurement.site, measurement.speech):
            loaded = measurement.run()
    report = idle | {"members": MEMBERS, "with_another_room": loaded,
                     "another_room": {"talkers": OTHER_TALKERS, "listeners": OTHER_LISTENERS}}
    show(idle, loaded)
    if options.svg:
        draw(idle, loaded, options.svg)
    return report


def show(idle, loaded):
    print(f"{MEMBERS} members on loopback; in brackets while another room of {OTHER_TALKERS} talkers "
          f"and {OTHER_LISTENERS} listeners talks\n")
    print(f"{'ms':<28}{'p50':>18}{'p95':>18}{'p99':>18}")
    for name in FIGURES:
        cells = [f"{idle[name][p]:.1f} ({loaded[name][p]:.1f})" if idle[name] and loaded[name]
                 else "-" for p in ("p50", "p95", "p99")]
        print(f"{name.removesuffix('_ms'):<28}" + "".join(f"{cell:>18}" for cell in cells))
    for where in ("start", "end", "inside"):
        name = f"packets_lost_{'at_' if where != 'inside' else ''}{where}"
        print(f"packets lost, {where}: {idle[name]} of {idle['presses']} bursts "
              f"({loaded[name]} of {loaded['presses']})")


def draw(idle, loaded, folder):
    values = {}
    for name in FIGURES:
        for label, figures in (("alone", idle), ("while another room talks", loaded)):
            if figures[name]:
                one = figures[name]
                values[(name.removesuffix("_ms").replace("_", " "), label)] = (
                    one["p95"], one["p50"], one["p99"])
    groups = list(dict.fromkeys(group for group, _ in values))
    (folder / "ptt.svg").write_text(bench_chart.bars(
        f"Push-to-talk with {MEMBERS} members on loopback: 95th percentile (50th to 99th)", groups,
        ["alone", "while another room talks"], values, "ms", ""))
