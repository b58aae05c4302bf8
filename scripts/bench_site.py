"""A whole Parley for a measurement: both services on one core, native clients on the other."""

import contextlib
import json
import pathlib
import signal
import subprocess
import time
import urllib.request

import bench_peers
import bench_servers as servers

PROGRAMS = servers.BINARIES.parent / "hostile"  # test programs: floor_attacker, crowd, sessions
LINKS_AT_ONCE = 1000
SIGNALING_CONFIG = """\
server: {{port: {listen}, certificate_file: pki/web.pem, key_file: pki/web.key, web_root: {web},
  public_url: "https://localhost:{port}", max_connections_per_address: {per_address}}}
control: {{port: 0, ca_file: pki/ca.pem, certificate_file: pki/signaling.pem,
  key_file: pki/signaling.key}}
store: {{file: state/parley.db}}
admin: {{socket: state/admin.sock}}
metrics: {{port: {metrics_port}}}
log: {{level: warning}}
"""
NODE_CONFIG = """\
control: {{host: localhost, port: {port}, ca_file: pki/ca.pem, certificate_file: pki/node.pem,
  key_file: pki/node.key, server_name: parley-signaling}}
media: {{base_port: 0}}
metrics: {{port: {metrics_port}}}
log: {{level: warning}}
"""


class Site:
    """A signaling service and a media node in a folder of their own."""

    def __init__(self, folder, stack, connections_per_address=2000):
        self.folder, self.stack = folder, stack
        self.connections_per_address = connections_per_address
        self.clients = []  # processes of members, also of those who have left
        subprocess.run([servers.ROOT / "scripts/make_certificates", folder / "pki", "localhost"],
                       check=True, capture_output=True)
        (folder / "state").mkdir(mode=0o700)
        (folder / "web").mkdir()
        (folder / "web/index.html").write_text("<!doctype html><title>none</title>")
        self.metrics_ports = [bench_peers.free_port(), bench_peers.free_port()]
        self._configure_signaling(0, 8443)
        self.signaling, ready = self._start("parley-signaling", "signaling")
        self.port = ready["https_port"]
        self._configure_signaling(self.port, self.port)
        self._write("sfu", NODE_CONFIG.format(port=ready["control_port"],
                                              metrics_port=self.metrics_ports[1]))
        self.node, _ = self._start("parley-sfu", "sfu")

    def _configure_signaling(self, listen, port):
        self._write("signaling", SIGNALING_CONFIG.format(
            web=self.folder / "web", listen=listen, port=port,
            per_address=self.connections_per_address, metrics_port=self.metrics_ports[0]))

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
        return process, {key: int(value) for key, value in
                         (part.split("=") for part in ready.read_text().split())
                         if value.isdigit()}

    def administer(self, *arguments):
        shown = subprocess.run([servers.BINARIES / "parley-admin", "--socket",
                                self.folder / "state/admin.sock", *map(str, arguments)],
                               capture_output=True, text=True)
        if shown.returncode != 0:
            raise servers.BenchError(f"parley-admin {' '.join(map(str, arguments))}: {shown.stderr}")
        return shown.stdout.strip()

    def kill_signaling(self):
        self.signaling.kill()
        self.signaling.wait()

    def restart_signaling(self):
        (self.folder / "signaling.ready").unlink(missing_ok=True)
        self.signaling, _ = self._start("parley-signaling", "signaling")

    def room(self, name, mode):
        self.administer("rooms", "set", name, "--mode", mode)

    def invite(self, name, room, *rights):
        return self.administer("invite", "--room", room, "--name", name, *rights)

    def invite_many(self, room, count):
        """Links for so many guests."""
        links = []
        while len(links) < count:
            part = min(count - len(links), LINKS_AT_ONCE)
            links += self.administer("invite", "--room", room, "--count", part).splitlines()
        return links

    def start_client(self, command, **options):
        process = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL,
                                   preexec_fn=bench_peers.in_child(servers.LOAD_CORE), **options)
        self.stack.callback(bench_peers.stop, process)
        self.clients.append(process)
        return process

    def bot(self, name, room, *arguments, script=None, tier=None):
        link = self.invite(name, room, *(["--tier", tier] if tier else []))
        return Bot(self, name, link, arguments, script)

    def metrics(self):
        """Every counter of both services, by its name and label."""
        time.sleep(servers.PUBLISHED_S)
        found = {}
        for port in self.metrics_ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
            found |= {name: float(value) for name, value in
                      (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}
        return found

    def processor_times(self):
        """Seconds of processor time of the node, of signaling and of all members until now."""
        return {"node": thread_seconds(self.node), "signaling": thread_seconds(self.signaling),
                "clients": sum(thread_seconds(one) for one in self.clients), "at": time.monotonic()}


def thread_seconds(process):
    total = 0
    for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def shares(before, after):
    """Parts of one core that were used in between."""
    elapsed = after["at"] - before["at"]
    return {name: round((after[name] - before[name]) / elapsed, 3)
            for name in ("node", "signaling", "clients")}


class Bot:
    """A native client that writes what it sees of the floor."""

    def __init__(self, site, name, link, arguments, script):
        self.name = name
        self.events_file = site.folder / f"{name}.events"
        command = [servers.BINARIES / "parley-bot", "join", "--link", link, "--ca",
                   site.folder / "pki/ca.pem", "--events-json", self.events_file, *arguments]
        if script:
            (site.folder / f"{name}.ptt").write_text(script)
            command += ["--ptt", site.folder / f"{name}.ptt", "--ptt-wait"]
        self.process = site.start_client(command, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL)

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


class Program:
    """A test program that says "ready", and at its end what it has done."""

    def __init__(self, site, name, arguments, links=""):
        self.name = name
        self.output = site.folder / f"{name}.out"
        self.process = site.start_client([PROGRAMS / arguments[0], *arguments[1:]],
                                         stdin=subprocess.PIPE, stdout=self.output.open("w"))
        self.process.stdin.write(links.encode())
        self.process.stdin.close()

    def wait_ready(self, limit_s=300):
        servers.wait_for(self.name, lambda: "ready" in self.output.read_text(), self.process,
                         limit_s)

    def begin(self):
        self.process.send_signal(signal.SIGHUP)

    def end(self):
        bench_peers.stop(self.process)
        lines = [line for line in self.output.read_text().splitlines() if line.startswith("{")]
        return json.loads(lines[-1]) if lines else {}


def attacker(site, attack, room, *rights):
    link = site.invite(f"Attacker-{attack}", room, *rights)
    return Program(site, f"attacker-{attack}",
                   ["floor_attacker", link, site.folder / "pki/ca.pem", attack])


def crowd(site, room, count):
    links = site.invite_many(room, count)
    return Program(site, f"crowd-{room}", ["crowd", site.folder / "pki/ca.pem"], "\n".join(links) + "\n")
