"""scripts/bench fanout: what a forwarded packet costs, and how many a core carries.

Everything compared takes its turn within each repeat; ratios are taken within a repeat, so that a
slow spell of the machine falls on both sides of them.
"""

import contextlib
import math
import sys
from statistics import median

import bench_chart
import bench_servers as servers

ROOMS = [(1, 50), (1, 200), (1, 500), (1, 1000), (1, 2000), (20, 100)]
QUICK_ROOMS = [(1, 50), (1, 500), (20, 100)]
SATURATED = [(1, 100), (1, 1000)]
QUICK_SATURATED = [(1, 100)]
# Peers join no more than they carry at 50 packets/s, and what would take them minutes.
PEER_LISTENERS = {"mumble": 1000, "janus": 200, "janus-best": 500}
PAYLOAD_BYTES = 80
RATE = 50            # packets/s of a talker
# Past what a server has to say about members it missed while it was stopped between turns.
WARM_UP_SECONDS = 1.6
MAX_LOSS = 0.001
TRIES = 3            # of a window in which the machine stood still
# The search for the highest rate: upwards by a quarter, then halving; known to 3 %.
FIRST_PART = 0.3     # of the limit's highest rate
STEP, PRECISION, MAX_WINDOWS = 1.25, 1.03, 14
SEARCH_SECONDS = 0.7


def mean(values):
    return round(sum(values) / len(values))


def spread(values):
    return {"median": median(values), "min": min(values), "max": max(values)}


class Fanout:
    def __init__(self, options, contestants):
        self.quick = options.quick
        self.repeats = options.repeats
        self.contestants = contestants
        self.limit = contestants[0]
        self.windows = {}  # (regime, talkers, listeners, label) -> {repeat: window}
        self.highest = {}  # (listeners, label) -> packets/s of a talker that was carried last
        self.dropped = 0

    # -- measuring --------------------------------------------------------------------------------

    def refresh_others(self, contestant):
        for other in self.contestants:
            if other is not contestant and other.rooms:
                with self.may_fail(other):
                    other.refresh_if_due()

    @contextlib.contextmanager
    def may_fail(self, contestant):
        """A peer that fails is left out from here on, and the table says so; Parley must not fail."""
        try:
            yield
            if contestant.has_ended():
                raise servers.BenchError(f"{contestant.label}: the server has ended")
        except servers.BenchError as problem:
            if contestant.name in ("limit", "parley"):
                raise
            contestant.notes.append(f"{problem}; it is left out from here on")
            contestant.rooms.clear()

    def window(self, contestant, room, **fields):
        """One window; again when the machine stood still; None when it always did."""
        self.refresh_others(contestant)
        for _ in range(TRIES):
            if room not in contestant.rooms:
                return None
            window = {"error": "no answer"}
            with self.may_fail(contestant):
                with contestant.turn():
                    window = contestant.command(do="window", rooms=[contestant.rooms[room]],
                                                **fields)
                if window.get("error"):
                    raise servers.BenchError(f"{contestant.label}: {window['error']}")
            if room not in contestant.rooms:
                return None
            if window["corrupt"]:
                contestant.notes.append(f"{contestant.label}: {window['corrupt']} packets were "
                                        "not what the talker sent")
            if not window["is_flagged"]:
                return window
            self.dropped += 1
        return None

    def keep(self, regime, room, contestant, repeat, window):
        if window is not None:
            self.windows.setdefault((regime, *room, contestant.label), {})[repeat] = window

    def run(self):
        rooms = QUICK_ROOMS if self.quick else ROOMS
        saturated = QUICK_SATURATED if self.quick else SATURATED
        self.join(rooms + [room for room in saturated if room not in rooms])
        for repeat in range(self.repeats):
            say(f"repeat {repeat + 1} of {self.repeats}")
            for room in rooms:
                self.at_fifty(room, repeat)
            for room in saturated:
                self.at_saturation(room, repeat)
                self.at_parts_of_it(room, repeat)

    def join(self, rooms):
        for contestant in self.contestants:
            with self.may_fail(contestant), contestant.turn():
                before = servers.heap_bytes(contestant) if contestant.metrics_port else None
                for room in rooms:
                    if contestant.takes(room):
                        contestant.join_room(*room)
                        self.refresh_others(contestant)
                if before is not None and contestant.rooms:
                    members = sum(map(sum, contestant.rooms))
                    contestant.heap_per_listener = round(
                        (servers.heap_bytes(contestant) - before) / members)
            say(f"{contestant.label}: joined {len(contestant.rooms)} rooms")

    def at_fifty(self, room, repeat):
        for contestant in self.contestants:
            if room in contestant.rooms:
                self.keep("50pps", room, contestant, repeat,
                          self.window(contestant, room, rate=RATE,
                                      seconds=1 if self.quick else 2,
                                      warm_up_seconds=WARM_UP_SECONDS))

    def at_saturation(self, room, repeat):
        for contestant in self.contestants:
            if room not in contestant.rooms or not contestant.is_saturated:
                continue
            if contestant is self.limit:
                best = self.window(contestant, room, rate=0, seconds=SEARCH_SECONDS * 2,
                                   warm_up_seconds=0.3)
            else:
                best = self.search(contestant, room)
            self.keep("saturation", room, contestant, repeat, best)
            if best is not None and best["sent"]:
                # Of a talker: what was carried, whoever spoke.
                self.highest[(room, contestant.label)] = best["sent"] / best["seconds"]

    def search(self, contestant, room):
        """The window of the highest rate that was carried."""
        known = self.highest.get((room, contestant.label))
        ceiling = self.highest.get((room, self.limit.label), 1000)
        rate = known if known else ceiling * FIRST_PART
        best, failed = None, None
        for _ in range(MAX_WINDOWS):
            if room not in contestant.rooms:
                return None  # it has failed
            window = self.window(contestant, room, rate=rate, seconds=SEARCH_SECONDS,
                                 warm_up_seconds=0.2)
            if window is None:
                continue  # nothing is known about this rate
            if window["loss"] < MAX_LOSS:
                if best is None or rate > best["rate"]:
                    best = window
            else:
                failed = rate if failed is None else min(failed, rate)
            if best is not None and failed is not None and failed < best["rate"] * PRECISION:
                break
            if failed is None:
                rate *= PRECISION * 1.02 if known else STEP
            elif best is None:
                rate = failed * (0.93 if known else 0.5)
            else:
                rate = math.sqrt(best["rate"] * failed)
        return best

    def at_parts_of_it(self, room, repeat):
        """Loss at 80 % and delay at half of the limit's highest rate.

        Not of Parley's own: at that it joins packets (UDP_SEGMENT), so half of it is near the highest
        rate of packets that leave one by one. At half load talkers keep their distance (paced); where
        loss is counted the load catches up, so that the asked rate is offered.
        """
        ceiling = self.highest.get((room, self.limit.label))
        if ceiling is None:
            return
        for regime, part, paced in (("80% of limit", 0.8, False), ("half load", 0.5, True)):
            for contestant in self.contestants:
                if contestant.name not in ("limit", "parley") or not contestant.is_saturated \
                        or room not in contestant.rooms:
                    continue
                self.keep(regime, room, contestant, repeat,
                          self.window(contestant, room, rate=ceiling * part, seconds=1,
                                      warm_up_seconds=0.3, paced=paced))

    # -- reporting --------------------------------------------------------------------------------

    def result(self, key):
        regime, talkers, listeners, label = key
        windows = self.windows[key]
        contestant = next(one for one in self.contestants
                          if one.label == label and one.takes((talkers, listeners)))
        bare = self.windows.get((regime, talkers, listeners, self.limit.label), {})
        common = [repeat for repeat in windows if repeat in bare]

        def ratio(field):
            ratios = [windows[repeat][field] / bare[repeat][field] for repeat in common
                      if bare[repeat][field]]
            return spread(ratios) if ratios else None

        def added(percentile):
            delays = [windows[repeat]["delay_us"][percentile] -
                      bare[repeat]["delay_us"][percentile] for repeat in common]
            return round(median(delays)) if delays else None

        def of(field):
            return [window[field] for window in windows.values()]
        return {
            "name": contestant.name, "label": label, "regime": regime,
            "talkers": talkers, "listeners": listeners, "packet_bytes": PAYLOAD_BYTES,
            "windows": len(windows),
            "cpu_ns_per_packet": spread(of("cpu_ns_per_packet")),
            # By ticks of the kernel, which are coarse: the mean says more than the median.
            "user_ns": mean(of("user_ns")), "system_ns": mean(of("system_ns")),
            "loss": max(of("loss")), "duplicated": sum(of("duplicated")),
            "reordered": sum(of("reordered")), "corrupt": sum(of("corrupt")),
            "packets_per_second": spread(of("packets_per_second")),
            "ratio_to_limit": ratio("cpu_ns_per_packet"),
            "rate_ratio_to_limit": ratio("packets_per_second"),
            "delay_us": {part: median([window["delay_us"][part] for window in windows.values()])
                         for part in ("p50", "p99")},
            "added_delay_us": {"p50": added("p50"), "p99": added("p99")},
            "heap_bytes_per_listener": contestant.heap_per_listener,
        }

    def results(self):
        return [self.result(key) for key in self.windows]


def say(text):
    print(text, file=sys.stderr, flush=True)


def microseconds(part):
    return f"{part['median'] / 1000:6.2f} ({part['min'] / 1000:.2f}-{part['max'] / 1000:.2f})"


def ratio_text(part):
    return "" if part is None else f"{part['median']:5.2f} ({part['min']:.2f}-{part['max']:.2f})"


def print_table(results):
    header = (f"{'':22} {'talkers x':>10} {'us per packet':>22} {'user':>6} {'system':>6} "
              f"{'x limit':>18} {'loss':>7} {'delay p99':>9}")
    regimes = list(dict.fromkeys(one["regime"] for one in results))
    for regime in regimes:
        print(f"\n{regime}\n{header}")
        for one in sorted((one for one in results if one["regime"] == regime),
                          key=lambda one: (one["talkers"], one["listeners"])):
            print(f"{one['label']:22} {one['talkers']:>4} x{one['listeners']:>5} "
                  f"{microseconds(one['cpu_ns_per_packet']):>22} {one['user_ns'] / 1000:6.2f} "
                  f"{one['system_ns'] / 1000:6.2f} {ratio_text(one['ratio_to_limit']):>18} "
                  f"{one['loss'] * 100:6.2f}% {one['delay_us']['p99']:7.0f}us")
    print("\nhighest packets/s with less than 0.1 % loss")
    for one in results:
        if one["regime"] == "saturation":
            rate = one["packets_per_second"]
            print(f"{one['label']:22} {one['talkers']:>4} x{one['listeners']:>5} "
                  f"{rate['median']:10.0f} ({rate['min']:.0f}-{rate['max']:.0f})  x limit "
                  f"{ratio_text(one['rate_ratio_to_limit'])}")


def draw(results, folder):
    labels = list(dict.fromkeys(one["label"] for one in results))
    folder.mkdir(parents=True, exist_ok=True)
    for regime, stem, title in (
            ("50pps", "fanout", "Processor time per forwarded packet, 50 packets/s per talker"),
            ("saturation", "saturation", "Processor time per forwarded packet at the highest rate")):
        chosen = [one for one in results if one["regime"] == regime]
        groups = sorted({(one["talkers"], one["listeners"]) for one in chosen})
        values = {(f"{one['talkers']} x {one['listeners']}", one["label"]):
                  tuple(one["cpu_ns_per_packet"][part] / 1000 for part in ("median", "min", "max"))
                  for one in chosen}
        if chosen:
            (folder / f"{stem}.svg").write_text(bench_chart.bars(
                title, [f"{talkers} x {listeners}" for talkers, listeners in groups], labels,
                values, "microseconds", "talkers x listeners"))


def run(options):
    with contextlib.ExitStack() as stack:
        limit = stack.enter_context(servers.start_limit())
        contestants = [limit]
        rooms = QUICK_ROOMS + QUICK_SATURATED if options.quick else ROOMS + SATURATED
        for room in dict.fromkeys(rooms):  # a node for each, so that none pays for others' members
            parley = stack.enter_context(servers.start_parley(slots=20))
            parley.only_rooms = (room,)
            contestants.append(parley)
        if not options.quick:
            two = stack.enter_context(servers.start_parley(
                slots=20, workers=2, cores=(servers.SERVER_CORE, servers.LOAD_CORE),
                label="Parley, two workers"))
            two.only_rooms = ((1, 1000),)
            two.is_saturated = False
            contestants.append(two)
        if options.peers:
            for name in ("mumble", "janus", "janus-best"):
                if options.quick and name == "janus-best":
                    continue
                peer = stack.enter_context(servers.start_peer(name, len(ROOMS) + len(SATURATED)))
                peer.max_listeners = PEER_LISTENERS[name]
                contestants.append(peer)
        fanout = Fanout(options, contestants)
        fanout.run()
        results = fanout.results()
        notes = [note for one in contestants for note in dict.fromkeys(one.notes)]
    print_table(results)
    print(f"\n{fanout.dropped} windows were dropped because the machine stood still in them")
    for note in notes:
        print(note)
    if options.svg:
        draw(results, options.svg)
    return {"versions": {one.label: one.version for one in contestants},
            "dropped_windows": fanout.dropped, "notes": notes, "results": results}
