"""What scripts/bench measures: each server with its own parley-load, pinned, stopped between turns.

Two cores: the server under test on SERVER_CORE, every parley-load on LOAD_CORE. Both are kept awake by
spinners of the SCHED_IDLE class in this POSIX session, because a core that may halt between bursts
makes the same work cost several times more processor time.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import bench_peers

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = pathlib.Path(os.environ.get("PARLEY_BENCH_BIN", ROOT / "build/release/bin"))
SERVER_CORE = 0
LOAD_CORE = 1
ANSWER_LIMIT_S = 300
# Between two turns of a server; its members' consent lasts for a minute at most.
LONGEST_REST_S = 20


class BenchError(Exception):
    """The measurement cannot go on; the text is for a person."""


@dataclasses.dataclass
class Contestant:
    """A server and the parley-load that drives it by one JSON line per command."""
    name: str           # limit, parley, janus, mumble: the report's `name`
    label: str          # for people, where one name comes in two variants
    version: str
    load: subprocess.Popen
    server_pid: int     # 0: nothing to stop between turns
    rooms: dict = dataclasses.field(default_factory=dict)  # (talkers, listeners) -> room
    notes: list = dataclasses.field(default_factory=list)
    # What it is asked to join: rooms of at most so many listeners, or only these.
    max_listeners: int = 100_000
    only_rooms: tuple = ()
    is_saturated: bool = True     # its highest rate is searched for
    last_turn: float = dataclasses.field(default_factory=time.monotonic)
    metrics_port: int = 0  # 0: it exports none
    heap_per_listener: int | None = None

    def command(self, **fields):
        try:
            self.load.stdin.write(json.dumps(fields) + "\n")
            self.load.stdin.flush()
        except BrokenPipeError:
            raise BenchError(f"the load of {self.label} has ended") from None
        if not select.select([self.load.stdout], [], [], ANSWER_LIMIT_S)[0]:
            raise BenchError(f"{self.label}: no answer within {ANSWER_LIMIT_S} s")
        line = self.load.stdout.readline()
        if not line:
            raise BenchError(f"the load of {self.label} has ended")
        return json.loads(line)

    def has_ended(self):
        """The server is gone or is about to be (a process of ours that nobody has waited for)."""
        if not self.server_pid:
            return False
        try:
            state = pathlib.Path(f"/proc/{self.server_pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return True
        return state[0] in ("Z", "X")

    @contextlib.contextmanager
    def turn(self):
        """The server runs only within its turns, so that it cannot disturb the others' windows."""
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)
            self.last_turn = time.monotonic()

    def refresh_if_due(self):
        """A stopped server would find all its members silent for too long."""
        if time.monotonic() - self.last_turn > LONGEST_REST_S:
            with self.turn():
                self.command(do="refresh")

    def _signal(self, number):
        if self.server_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.server_pid, number)

    def takes(self, room):
        return room in self.only_rooms if self.only_rooms else room[1] <= self.max_listeners

    def join_room(self, talkers, listeners, limit_seconds=120):
        """True when all of them joined; else a note says why not. Within a turn, if there are any."""
        report = self.command(do="join", talkers=talkers, listeners=listeners,
                              limit_seconds=limit_seconds)
        if report.get("error") or report["failed"]:
            why = report.get("error") or f"{report['failed']} of {talkers + listeners} failed"
            self.notes.append(f"{self.label}, {talkers} x {listeners}: join: {why}")
            return False
        self.rooms[(talkers, listeners)] = report["room"]
        return True


@contextlib.contextmanager
def spinners():
    """Both cores stay awake."""
    code = ("import os\n"
            "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\n"
            "while True: pass")
    running = [subprocess.Popen([sys.executable, "-c", code], preexec_fn=bench_peers.in_child(core))
               for core in (SERVER_CORE, LOAD_CORE)]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
            process.wait()


def version_of(program):
    shown = subprocess.run([BINARIES / program, "--version"], capture_output=True, text=True)
    return shown.stdout.strip()


@contextlib.contextmanager
def load_process(*arguments):
    command = [BINARIES / "parley-load", "--commands", *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               preexec_fn=bench_peers.in_child(LOAD_CORE))
    try:
        yield process
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def start_limit():
    with load_process("--target", "limit", "--set", f"core={SERVER_CORE}") as load:
        yield Contestant(name="limit", label="bare limit", load=load, server_pid=0,
                         version="AES-GCM and sendmmsg, " + version_of("parley-load"))


NODE_CONFIG = """\
log: {{level: warning}}
control:
  host: 127.0.0.1
  port: {port}
  ca_file: {pki}/ca.pem
  certificate_file: {pki}/node.pem
  key_file: {pki}/node.key
  server_name: parley-signaling
media:
  base_port: 0
  tcp: false
  workers: {workers}
  slots: {slots}
  max_peers: 20000
  max_room_peers: 10000
  consent_timeout_ms: 60000
metrics: {{port: {metrics_port}}}
"""


def wait_for(what, is_ready, process, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"{what} did not come up")
        time.sleep(0.05)


@contextlib.contextmanager
def start_parley(slots=4, workers=1, cores=(SERVER_CORE,), label="Parley"):
    """A node and the parley-load that it takes for the signaling service."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, \
            contextlib.ExitStack() as stack:
        metrics_port = bench_peers.free_port()
        folder = pathlib.Path(folder)
        pki = folder / "pki"
        subprocess.run([ROOT / "scripts/make_certificates", pki, "127.0.0.1"], check=True,
                       capture_output=True)
        ready = folder / "ready"
        log = (folder / "node.log").open("w")
        load = stack.enter_context(load_process("--pki", pki, "--ready-file", ready, "--set",
                                                f"slots={slots}"))
        wait_for("parley-load", ready.exists, load)
        port = int(ready.read_text().strip().removeprefix("control="))
        (folder / "sfu.yaml").write_text(NODE_CONFIG.format(
            port=port, pki=pki, slots=slots, workers=workers, metrics_port=metrics_port))
        node = subprocess.Popen([BINARIES / "parley-sfu", "--config", folder / "sfu.yaml"],
                                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                preexec_fn=bench_peers.in_child(cores[0]))
        stack.callback(bench_peers.stop, node)
        os.sched_setaffinity(node.pid, set(cores))
        contestant = Contestant(name="parley", label=label, version=version_of("parley-sfu"),
                                load=load, server_pid=node.pid, metrics_port=metrics_port)
        told = contestant.command(do="server", pid=node.pid)
        if told.get("error"):
            raise BenchError(told["error"])
        yield contestant


START_TRIES = 3    # Janus sometimes ends right after its start
START_CHECK_S = 1  # and has done so by then


@contextlib.contextmanager
def start_peer(name, rooms):
    labels = {"janus": "Janus", "janus-best": "Janus, one event loop", "mumble": "Mumble"}
    with contextlib.ExitStack() as stack:
        for _ in range(START_TRIES):
            peer = stack.enter_context(bench_peers.start(name, core=SERVER_CORE, rooms=rooms))
            settings = [part for key, value in peer.settings.items()
                        for part in ("--set", f"{key}={value}")]
            target = name.split("-")[0]
            load = stack.enter_context(
                load_process("--target", target, "--node-pid", peer.pid, *settings))
            with contextlib.suppress(subprocess.TimeoutExpired):
                load.wait(START_CHECK_S)
            if load.poll() is None:
                break
            stack.close()
        yield Contestant(name=target, label=labels[name], version=peer.version, load=load,
                         server_pid=peer.pid)


PUBLISHED_S = 2.5  # a worker publishes its figures every second; the rest is allowance


def heap_bytes(node):
    """Bytes that the node's allocator has given out, or None when the node does not tell."""
    time.sleep(PUBLISHED_S)
    return read_metric(node.metrics_port, "parley_sfu_heap_bytes")


def read_metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    return None


def resident_bytes(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def machine():
    """One line about where this was measured."""
    model = next((line.split(":", 1)[1].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown processor")
    release = pathlib.Path("/etc/os-release").read_text()
    system = next((line.split("=", 1)[1].strip('"') for line in release.splitlines()
                   if line.startswith("PRETTY_NAME=")), "Linux")
    return f"{model}, {os.cpu_count()} cores, {system}, Linux {os.uname().release}"
