#!/usr/bin/env python3
"""Starts another voice server for a comparison, on this machine only, and stops it again.

As a program it starts one server, prints one line of JSON ({"name", "version", "pid", "settings"}:
the settings are what parley-load takes by --set), and stops it when its input ends or on Ctrl-C:

    scripts/bench_peers.py mumble --core 0 --rooms 1

As a module: `with start("janus", core=0) as peer: peer.pid, peer.settings`.

  mumble      Mumble's server (Debian: mumble-server), one TLS and one UDP socket per member
  janus       Janus' videoroom (Debian: janus) with its default threads: one for each member
  janus-best  the same with one event loop for all members

Everything a server writes goes to a temporary folder. Janus does not use the loopback interface, so
it gets an address of its own on a pair of virtual interfaces (root is needed for that); packets
between two addresses of one machine never leave it.
"""

import argparse
import contextlib
import ctypes
import dataclasses
import ipaddress
import json
import os
import pathlib
import pwd
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

SCRIPTS = pathlib.Path(__file__).resolve().parent
NAMES = ["mumble", "janus", "janus-best"]

READY_LIMIT_S = 30  # from start to the first answer
STOP_LIMIT_S = 20   # from the request to the end; then the process is killed
DEBIAN_JANUS = pathlib.Path("/usr/lib/x86_64-linux-gnu/janus")
JANUS_ADDRESS = ipaddress.ip_interface("10.77.0.1/24")
JANUS_INTERFACES = ("parleybench0", "parleybench1")


class PeerError(Exception):
    """A server could not be started; the text is for a person."""


@dataclasses.dataclass
class Peer:
    name: str
    version: str
    pid: int
    settings: dict  # for parley-load: --set KEY=VALUE
    log: pathlib.Path


@contextlib.contextmanager
def start(name, core=None, rooms=1):
    """The running server; `core`: pinned to that processor; `rooms`: how many audiences it serves."""
    if name not in NAMES:
        raise PeerError(f"'{name}' is none of {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        with start_mumble(pathlib.Path(folder), core, rooms) if name == "mumble" else \
                start_janus(pathlib.Path(folder), core, name) as peer:
            yield peer


# -- processes ------------------------------------------------------------------------------------

def in_child(core):
    """What the child does before it becomes the server."""
    libc = ctypes.CDLL(None)

    def prepare():
        libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: it must not outlive a killed script
        if core is not None:
            os.sched_setaffinity(0, {core})
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return prepare


def stop(process):
    """Ends the process by its id, politely first."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)  # a bench may have stopped it meanwhile
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(command, core, log, is_ready):
    """Runs a server until the end of the block; enters it once is_ready() holds."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, preexec_fn=in_child(core))
    try:
        deadline = time.monotonic() + READY_LIMIT_S
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(errors="replace").strip().splitlines()[-5:]
                raise PeerError(f"{command[0]} did not come up; it said last:\n" + "\n".join(last))
            time.sleep(0.05)
        yield process
    finally:
        stop(process)


def program(name, package):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        raise PeerError(f"{name} is not installed: apt-get install {package}")
    return found


def package_version(package):
    shown = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True,
                           text=True)
    return f"{package} {shown.stdout}" if shown.returncode == 0 else package


def free_port():
    """A port that is free on the loopback address for TCP and UDP."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                return tcp.getsockname()[1]
    raise PeerError("no port is free for both TCP and UDP")


# -- Mumble ---------------------------------------------------------------------------------------

# No limit that a conversation would not meet either: what is measured is forwarding. The timeout is
# long because the members of parley-load send no keep-alives, which is work the server is spared.
MUMBLE_INI = """\
database={folder}/murmur.sqlite
logfile=
pidfile=
uname={user}
host=127.0.0.1
port={port}
users=10000
bandwidth=1000000000
timeout=1000000
opusthreshold=0
messageburst=1000
messagelimit=1000
autobanAttempts=0
autobanTimeframe=0
bonjour=false
allowping=false
sendversion=true
rememberchannel=false
welcometext=
logdays=-1
kdfIterations=1000
sslCert={folder}/web.pem
sslKey={folder}/web.key
"""


@contextlib.contextmanager
def start_mumble(folder, core, rooms):
    murmurd = program("murmurd", "mumble-server")
    port = free_port()
    certificates = subprocess.run([SCRIPTS / "make_certificates", folder, "127.0.0.1"],
                                  capture_output=True, text=True)
    if certificates.returncode != 0:
        raise PeerError("certificates could not be made: " + certificates.stderr.strip())
    ini = folder / "murmur.ini"
    ini.write_text(MUMBLE_INI.format(folder=folder, port=port,
                                     user=pwd.getpwuid(os.getuid()).pw_name))
    make_mumble_channels(murmurd, folder, ini, rooms)

    def is_ready():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False
    log = folder / "murmurd.log"
    with running([murmurd, "-ini", str(ini), "-fg"], core, log, is_ready) as process:
        yield Peer(name="mumble", version=package_version("mumble-server"), pid=process.pid, log=log,
                   settings={"address": "127.0.0.1", "port": str(port),
                             "ca": str(folder / "ca.pem"),
                             "certificate": str(folder / "node.pem"),
                             "key": str(folder / "node.key")})


def make_mumble_channels(murmurd, folder, ini, rooms):
    """Room 0 is the root channel; the others are made as its children, with the room's number."""
    if rooms <= 1:
        return
    # Any administrative run makes the database and ends.
    subprocess.run([murmurd, "-ini", str(ini), "-supw", os.urandom(16).hex()], capture_output=True)
    with contextlib.closing(sqlite3.connect(folder / "murmur.sqlite")) as database, database:
        database.executemany(
            "INSERT INTO channels (server_id, channel_id, parent_id, name, inheritacl)"
            " VALUES (1, ?, 0, ?, 1)", [(room, f"room-{room}") for room in range(1, rooms)])


# -- Janus ----------------------------------------------------------------------------------------

# Debian's defaults but for: one transport and one plugin, no STUN server, one address, ICE-lite as
# on any server with an address of its own, and no timeouts, since parley-load sends no keep-alives.
JANUS_JCFG = """\
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{folder}/plugins"
  transports_folder = "{folder}/transports"
  events_folder = "{folder}/none"
  loggers_folder = "{folder}/none"
  debug_level = 4
  debug_colors = false
  session_timeout = 0
  protected_folders = []
  {event_loops}
}}
certificates: {{ }}
media: {{ ipv6 = false }}
nat: {{
  nice_debug = false
  ice_lite = true
  ignore_mdns = true
  ice_enforce_list = "{address}"
}}
plugins: {{ }}
transports: {{ }}
"""
JANUS_PFUNIX = """\
general: {{ enabled = true, json = "compact", path = "{folder}/api" }}
admin: {{ admin_enabled = false }}
"""


# What Janus logs last before it serves, and how long it then needs to be out of its start.
JANUS_READY = "Unix Sockets thread started"
JANUS_SETTLE_S = 0.3


@contextlib.contextmanager
def start_janus(folder, core, name):
    janus = program("janus", "janus")
    for kind, library in (("plugins", "libjanus_videoroom.so"),
                          ("transports", "libjanus_pfunix.so")):
        (folder / kind).mkdir()
        (folder / kind / library).symlink_to(DEBIAN_JANUS / kind / library)
    (folder / "none").mkdir()
    event_loops = "event_loops = 1" if name == "janus-best" else ""
    config = folder / "janus.jcfg"
    config.write_text(JANUS_JCFG.format(folder=folder, address=JANUS_ADDRESS.ip,
                                        event_loops=event_loops))
    (folder / "janus.transport.pfunix.jcfg").write_text(JANUS_PFUNIX.format(folder=folder))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")

    log = folder / "janus.log"

    def is_ready():
        # Not by connecting: a client that comes and goes before Janus has counted its transports
        # makes it find none and end.
        if not log.exists() or JANUS_READY not in log.read_text(errors="replace"):
            return False
        time.sleep(JANUS_SETTLE_S)
        return True
    command = [janus, "--config", str(config), "--configs-folder", str(folder)]
    with own_address(), running(command, core, log, is_ready) as process:
        yield Peer(name=name, version=package_version("janus"), pid=process.pid, log=log,
                   settings={"socket": str(folder / "api"), "name": name,
                             "address": str(JANUS_ADDRESS.ip)})


_address_users = 0  # servers of this process that use the address
_address = contextlib.ExitStack()


@contextlib.contextmanager
def own_address():
    """The address of all servers of this process that need one; it goes with the last of them."""
    global _address_users
    if _address_users == 0:
        _address.enter_context(_made_address())
    _address_users += 1
    try:
        yield
    finally:
        _address_users -= 1
        if _address_users == 0:
            _address.close()


@contextlib.contextmanager
def _made_address():
    """An address that is neither loopback nor reachable: on a pair of interfaces joined together."""
    one, other = JANUS_INTERFACES
    # An abstract name is taken as long as its process lives: who has it owns the interfaces too.
    owner = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        owner.bind("\0parley-bench-janus")
    except OSError:
        owner.close()
        raise PeerError("another comparison with Janus is running on this machine") from None
    made = False
    try:
        subprocess.run(["ip", "link", "del", one], capture_output=True)  # of one that was killed
        for command in (["link", "add", one, "type", "veth", "peer", "name", other],
                        ["addr", "add", JANUS_ADDRESS.with_prefixlen, "dev", one],
                        ["link", "set", one, "up"], ["link", "set", other, "up"]):
            done = subprocess.run(["ip", *command], capture_output=True, text=True)
            if done.returncode != 0:
                raise PeerError("Janus needs a network interface of its own, which root may make: "
                                + done.stderr.strip())
            made = True
        yield
    finally:
        if made:
            subprocess.run(["ip", "link", "del", one], capture_output=True)
        owner.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--core", type=int, help="pin the server to this processor")
    parser.add_argument("--rooms", type=int, default=1, help="audiences it is to serve")
    parser.add_argument("--log", type=pathlib.Path, help="keep the server's log here")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with start(options.name, options.core, options.rooms) as peer:
            print(json.dumps({"name": peer.name, "version": peer.version, "pid": peer.pid,
                              "settings": peer.settings}), flush=True)
            try:
                sys.stdin.read()
            finally:
                if options.log:
                    shutil.copyfile(peer.log, options.log)
    except PeerError as problem:
        print(f"bench_peers: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
