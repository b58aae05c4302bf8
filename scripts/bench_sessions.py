"""scripts/bench sessions: what signed-in devices cost the signaling service, and storms of them.

Real services and real native sessions (TLS, WebSocket, enrolment, challenge and signature, rooms of 50)
without media: signaling on one core, all devices in one process on the other. Each device would have a
processor of its own; here they share one, so no more than AT_ONCE are on their way at a time, and what
others wait for that counts as theirs.
"""

import contextlib
import json
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import time

import bench_peers
import bench_servers as servers
import bench_site

DEVICES, ROOM = 5000, 50
AT_ONCE = 100
IDLE_S = 10
DOWN_S = 1
HONEST, HONEST_AT_ONCE = 400, 2
LORIS_SOCKETS, LORIS_ADDRESSES = 2000, 40
LORIS_BYTE_S = 0.5
LIMITS = {"back_s": 20.0, "loris_growth_ms": 500.0}
ORDER_LIMIT_S = 600


class Devices:
    """The test program `sessions` and its orders."""

    def __init__(self, site, count):
        links = []
        for room in range(count // ROOM):
            links += site.administer("invite", "--room", f"Room {room}", "--create-room", "--count",
                                     ROOM).splitlines()
        (site.folder / "links").write_text("\n".join(links) + "\n")
        self.process = site.start_client(
            [bench_site.PROGRAMS / "sessions", site.folder / "pki/ca.pem", site.folder / "links"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def report(self):
        if not select.select([self.process.stdout], [], [], ORDER_LIMIT_S)[0]:
            raise servers.BenchError(f"the devices did not report within {ORDER_LIMIT_S} s")
        line = self.process.stdout.readline()
        if not line:
            raise servers.BenchError("the devices' program ended")
        return json.loads(line)

    def carry_out(self, text):
        self.order(text)
        return self.report()


@contextlib.contextmanager
def slow_loris(port):
    """Sockets that each send a byte of a handshake now and then, and come again when they are closed."""
    process = subprocess.Popen([sys.executable, __file__, str(port)], stdout=subprocess.PIPE,
                               text=True, preexec_fn=bench_peers.in_child(servers.LOAD_CORE))
    try:
        process.stdout.readline()  # all are there
        yield
    finally:
        bench_peers.stop(process)


def loris_main(port):
    servers_name = ("127.0.0.1", port)
    client_hello = bytes.fromhex("16030102000100") + bytes(505)  # a record that says it is 512 long
    sockets = {}  # of each: bytes sent

    def connect(number):
        one = socket.socket()
        one.bind((f"127.0.1.{1 + number % LORIS_ADDRESSES}", 0))
        one.setblocking(False)
        one.connect_ex(servers_name)
        sockets[one] = 0

    for number in range(LORIS_SOCKETS):
        connect(number)
    print("ready", flush=True)
    made = LORIS_SOCKETS
    while True:
        until = time.monotonic() + LORIS_BYTE_S
        for one in list(sockets):
            sent = sockets[one]
            try:
                one.send(client_hello[sent:sent + 1])
                sockets[one] = sent + 1
                closed = one.recv(1) == b""
            except BlockingIOError:
                closed = False
            except OSError:
                closed = True
            if closed:
                one.close()
                del sockets[one]
                connect(made)
                made += 1
        time.sleep(max(0, until - time.monotonic()))


def measure_sign_in(site, devices, count):
    memory = servers.resident_bytes(site.signaling.pid)
    processor = bench_site.thread_seconds(site.signaling)
    report = devices.carry_out(f"sign-in {count} {AT_ONCE}")
    report["processor_s"] = bench_site.thread_seconds(site.signaling) - processor
    report["bytes_per_session"] = round(
        (servers.resident_bytes(site.signaling.pid) - memory) / count)
    processor = bench_site.thread_seconds(site.signaling)
    time.sleep(IDLE_S)
    report["idle_processor"] = (bench_site.thread_seconds(site.signaling) - processor) / IDLE_S
    print(f"{count} devices enrolled and signed in within {report['seconds']:.1f} s, "
          f"{report['processor_s'] / count * 1000:.2f} ms of signaling's processor each; "
          f"{report['bytes_per_session']} bytes resident each; idle {report['idle_processor']:.1%} of "
          "a core", flush=True)
    return report


def measure_storm(site, devices, count):
    devices.order(f"await-loss {AT_ONCE}")
    site.kill_signaling()
    time.sleep(DOWN_S)
    site.restart_signaling()
    report = devices.report()
    report["down_s"] = DOWN_S
    report["processor_s"] = bench_site.thread_seconds(site.signaling)
    report["within_limit"] = report["seconds"] <= LIMITS["back_s"]
    print(f"{count} devices lost at once (signaling killed, {DOWN_S} s away): all back "
          f"{report['seconds']:.1f} s after the loss, {report['processor_s'] / count * 1000:.2f} ms of "
          f"signaling's processor each, {report['attempts'] / count:.1f} attempts each, limit "
          f"{LIMITS['back_s']:.0f} s: {'held' if report['within_limit'] else 'NOT held'}", flush=True)
    return report


def measure_loris(site, devices, repeats):
    order = f"again {HONEST} {HONEST_AT_ONCE}"
    alone, attacked = [], []
    for _ in range(repeats):
        alone.append(devices.carry_out(order)["login_ms"]["p99"])
        with slow_loris(site.port):
            attacked.append(devices.carry_out(order)["login_ms"]["p99"])
    growth = [with_loris - without for with_loris, without in zip(attacked, alone, strict=True)]
    worst = max(growth)
    held = worst <= LIMITS["loris_growth_ms"]
    print(f"honest logins, 99th percentile of {HONEST}: alone {min(alone):.0f} to {max(alone):.0f} ms, "
          f"beside {LORIS_SOCKETS} sockets of a slow-loris {min(attacked):.0f} to {max(attacked):.0f} "
          f"ms; worst growth {worst:.0f} ms, limit {LIMITS['loris_growth_ms']:.0f} ms: "
          f"{'held' if held else 'NOT held'}", flush=True)
    return {"alone_p99_ms": alone, "attacked_p99_ms": attacked, "within_limit": held}


def run(options):
    count = 500 if options.quick else DEVICES
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = bench_site.Site(folder, stack, connections_per_address=2 * count)
        devices = Devices(site, count)
        return {"devices": count, "sign_in": measure_sign_in(site, devices, count),
                "slow_loris": measure_loris(site, devices, options.repeats),
                "storm": measure_storm(site, devices, count)}


if __name__ == "__main__":
    loris_main(int(sys.argv[1]))
