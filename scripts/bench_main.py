#!/usr/bin/env python3
"""The measurements of scripts/bench; see its --help."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
from statistics import median

import bench_fanout
import bench_peers
import bench_ptt
import bench_servers as servers
import bench_sessions

JOINS = 1000
OLD_LISTENERS = 10  # of the talk that runs while others join


def handshakes(count):
    """Processor time of the server's side of one handshake, in ms, on the server's core."""
    shown = subprocess.run([servers.BINARIES / "parley-load", "--handshakes", str(count)],
                           capture_output=True, text=True, check=True,
                           preexec_fn=bench_peers.in_child(servers.SERVER_CORE))
    return json.loads(shown.stdout)["server_ms"] / count


def join_once(count):
    pure_before = handshakes(count)
    with servers.start_parley() as node:
        if not node.join_room(1, OLD_LISTENERS):
            raise servers.BenchError(node.notes[-1])
        report = node.command(do="join", room=0, talkers=0, listeners=count, at_once=count,
                              talking_rate=50)
    if report.get("error"):
        raise servers.BenchError(report["error"])
    pure = median([pure_before, handshakes(count)])
    return {"joins": count, "joined": report["joined"], "failed": report["failed"],
            "all_hear_ms": report["all_hear_ms"], "pure_handshakes_ms": pure * count,
            "ratio_to_handshakes": round(report["all_hear_ms"] / (pure * count), 2),
            "first_voice_ms": report["first_voice_ms"], "node_cpu_ms": report["cpu_ms"], "load_cpu_ms": report["load_cpu_ms"],
            "talk_expected": report["talk_expected"], "talk_lost": report["talk_lost"]}


def bench_join(options):
    count = 200 if options.quick else JOINS
    print(f"{count} joins at once, while one talker talks to {OLD_LISTENERS} listeners\n")
    print(f"{'all hear':>10} {'handshakes':>11} {'ratio':>6}   first voice p50 / p95 / p99 / max ms"
          f"   talk lost   processor time node / load ms")
    results = []
    for _ in range(options.repeats):
        one = join_once(count)
        results.append(one)
        voice = one["first_voice_ms"]
        print(f"{one['all_hear_ms']:8.0f}ms {one['pure_handshakes_ms']:9.0f}ms "
              f"{one['ratio_to_handshakes']:6.2f}   {voice['p50']:.0f} / {voice['p95']:.0f} / "
              f"{voice['p99']:.0f} / {voice['max']:.0f}   {one['talk_lost']} of "
              f"{one['talk_expected']}   {one['node_cpu_ms']:.0f} / {one['load_cpu_ms']:.0f}" + (f"   {one['failed']} failed" if one["failed"] else ""),
              flush=True)
    ratios = [one["ratio_to_handshakes"] for one in results]
    print(f"\nmedian ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}): time until "
          "all hear voice, against the processor time of as many server handshakes alone")
    return results


def bench_memory(options):
    """Heap and resident memory of the node, before and after the listeners joined."""
    count = 200 if options.quick else JOINS
    with servers.start_parley() as node:
        if not node.join_room(1, OLD_LISTENERS):  # what is made once is there
            raise servers.BenchError(node.notes[-1])
        node.command(do="window", rooms=[0], rate=50, seconds=1)

        def measure():
            return servers.heap_bytes(node), servers.resident_bytes(node.server_pid)
        heap_before, resident_before = measure()
        joined = node.command(do="join", room=0, talkers=0, listeners=count)
        if joined.get("error") or joined["failed"]:
            raise servers.BenchError(f"not all of {count} listeners joined")
        node.command(do="window", rooms=[0], rate=50, seconds=2)
        heap_after, resident_after = measure()
    heap = None
    if heap_before is not None and heap_after is not None:
        heap = round((heap_after - heap_before) / count)
    resident = round((resident_after - resident_before) / count)
    print(f"{count} listeners: " + (f"{heap} bytes of heap" if heap is not None else
                                    "the node exports no parley_sfu_heap_bytes")
          + f", {resident} bytes resident for each")
    return [{"name": "parley", "listeners": count, "heap_bytes_per_listener": heap,
             "resident_bytes_per_listener": resident}]


def main():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("what", choices=["fanout", "join", "memory", "ptt", "sessions"])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    options = parser.parse_args()
    if options.repeats is None:
        options.repeats = 2 if options.quick else 5
    if os.cpu_count() < 2:
        raise servers.BenchError("two cores are needed, one for the server and one for the load")
    os.sched_setaffinity(0, {servers.LOAD_CORE})
    report = {"machine": servers.machine(), "versions": {"parley": servers.version_of("parley-sfu")}}
    with servers.spinners():
        if options.what == "fanout":
            report |= bench_fanout.run(options)
        elif options.what == "ptt":
            report |= bench_ptt.run(options)
        elif options.what == "sessions":
            report |= bench_sessions.run(options)
        else:
            bench = bench_join if options.what == "join" else bench_memory
            report |= {"results": bench(options)}
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (servers.BenchError, bench_peers.PeerError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
