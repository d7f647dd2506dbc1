"""One program under watch: from its start until nothing of it lives."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from capstone_report.measure.guard import machine, tree
from capstone_report.measure.guard.capture import Capture
from capstone_report.measure.guard.conditions import GpuWatch, counters
from capstone_report.measure.guard.energy import Meter
from capstone_report.measure.guard.injecting import Injection
from capstone_report.measure.guard.messages import Ended, Ending, Line, Order
from capstone_report.measure.guard.woken import Woken
from capstone_report.measure.nvml import gpus
from capstone_report.units import Bytes, Seconds

# Memory is sampled: often enough to see a training run, rarely enough not to disturb it.
SAMPLE_S = 0.5
# On a machine with very many processes a look takes long, and is taken the less often.
SAMPLE_SHARE = 100
# Between two looks at processes that are being ended.
ENDING_S = 0.02
# Processes that end together with their program have not outlived it.
SETTLE_S = 0.1
# A signal that nothing can catch still waits for the kernel; what hangs there longer is told.
GIVE_UP_S = 10.0
# Output that a process outside the tree keeps open is not waited for any longer.
DRAIN_S = 2.0
# Python programs write their stacks when SIGABRT ends them (PYTHONFAULTHANDLER).
STACKS_S = 1.0
# Stacks that two processes write at once to one pipe are nobody's.
APART_S = 0.02
GRACE_WITHOUT_CAPSTONE_S = 1.0
# A pass of the loop that took this much longer than asked means that the guard stood still.
STOOD_STILL_S = 1.0


class Watch:
    """Starts a program and stays with it until nothing of it lives.

    `woken` becomes readable when a child changes its state, and knows when that was.

    Raises:
        OSError: the program could not be started, or its output has no place.
    """

    def __init__(self, order: Order, line: Line, woken: Woken) -> None:
        """Start the program."""
        self._order, self._line, self._woken = order, line, woken
        self._ending: Ending | None = None
        self._signals: list[tuple[float, signal.Signals]] = []
        self._killing = False
        self._status: int | None = None
        self._peak = self._outlived = self._survivors = 0
        self._cpu_s = self._suspended_s = 0.0
        self._stopped_since: float | None = None
        self._seen_stopped = False
        self._before = machine.look()
        self._ended = self._give_up_at = 0.0
        self._printed = 0
        self._childless = False
        self._pace_s = SAMPLE_S
        self._collected = time.monotonic()
        self._own: set[int] = set()
        visible = order.env.get("CUDA_VISIBLE_DEVICES")
        watched = gpus(visible=visible) if order.gpus else ()
        self._counters, self._gpus = counters(), GpuWatch(watched)
        self._meter = Meter(watched)
        self._silent_ranks: list[int] = []
        self._streams, self._process = self._start(Path(order.output))
        self._injection = Injection(order.kill, started=self._started)

    def run(self) -> Ended:
        """Stay until the end; what `line` says meanwhile is obeyed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(self._line, selectors.EVENT_READ)
            for stream in self._streams:
                selector.register(stream, selectors.EVENT_READ)
            self._obey(self._line.arrived())  # a stop may have come together with the order
            while not self._is_over():
                self._pass(selector)
        for stream in self._streams:
            stream.close()
        return self._result()

    def _start(self, folder: Path) -> tuple[list[Capture], "subprocess.Popen[bytes]"]:
        """Start the program with its outputs captured, the clock as close to it as can be."""
        with contextlib.ExitStack() as opened:
            streams, writable = [], []
            for name in ("stdout.txt", "stderr.txt"):
                source, sink = os.pipe()
                opened.callback(os.close, source)
                writable.append(os.fdopen(sink, "wb"))
                opened.enter_context(writable[-1])
                streams.append(Capture(source, folder / name))
            self._started = self._sampled = self._spoke = time.monotonic()
            process = subprocess.Popen(
                self._order.command,
                cwd=self._order.cwd,
                env=self._order.env,
                stdin=subprocess.DEVNULL,
                stdout=writable[0],
                stderr=writable[1],
                start_new_session=True,
            )
            for sink_file in writable:
                sink_file.close()
            opened.pop_all()  # from here on the streams close what they read
        return streams, process

    def _pass(self, selector: selectors.BaseSelector) -> None:
        """Wait for something to happen, take it in, and do what is due."""
        pause, asked = self._pause(), time.monotonic()
        ready = selector.select(pause)
        late = time.monotonic() - asked - pause
        if late > STOOD_STILL_S:
            self._suspended_s += late
        for key, _ in ready:
            if isinstance(key.fileobj, Capture):
                self._listen(key.fileobj, selector)
            elif key.fileobj is self._line:
                self._obey(self._line.receive())
                self._follow(selector)
            else:
                self._woken.quiet()
        self._collect()
        self._act()

    def _pause(self) -> Seconds:
        """Return how long nothing is due."""
        if self._ended or self._ending:
            return ENDING_S
        now = time.monotonic()
        due = [
            self._sampled + self._pace_s,
            self._started + self._order.timeout_s,
            self._injection.due_at,
        ]
        if self._order.idle_timeout_s is not None:
            due.append(self._spoke + self._order.idle_timeout_s)
        return max(0.0, min(due) - now)

    def _listen(self, stream: Capture, selector: selectors.BaseSelector) -> None:
        """Take output in; output that cannot be kept ends the run."""
        stream.read()
        self._spoke = time.monotonic()
        if not stream.open:
            selector.unregister(stream)
        if stream.errno is not None:
            self._end(Ending.DISK)

    def _obey(self, messages: Iterable[dict[str, Any]]) -> None:
        """Stop, or kill at once, as capstone asks."""
        for message in messages:
            if "kill" in message:
                self._end(Ending.STOPPED)
                self._signals = [(time.monotonic(), signal.SIGKILL)]
            elif "stop" in message:
                self._end(Ending.STOPPED)

    def _follow(self, selector: selectors.BaseSelector) -> None:
        """Stop soon where capstone is gone."""
        if self._line.closed:
            selector.unregister(self._line)
            self._end(Ending.STOPPED)
            self._plan_signals(GRACE_WITHOUT_CAPSTONE_S)

    def _collect(self) -> None:
        """Take in every child that ended or was stopped, the adopted included."""
        collected, self._collected = self._collected, time.monotonic()
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                self._childless = True
                return
            if pid == 0:
                return
            now = time.monotonic()
            if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
                if pid == self._process.pid:
                    self._note_stop(now, stopped=os.WIFSTOPPED(status))
                continue
            self._own.add(pid)
            self._cpu_s += usage.ru_utime + usage.ru_stime
            self._peak = max(self._peak, usage.ru_maxrss * tree.MAXRSS_UNIT)
            if pid == self._process.pid:
                self._meter.sample()
                self._note_stop(now, stopped=False)
                # The guard may have been looking at the tree when the program ended. An older
                # signal than the last collection was another child's.
                ended = self._woken.at if collected < self._woken.at < now else now
                self._status, self._ended = os.waitstatus_to_exitcode(status), ended
                self._process.returncode = self._status

    def _note_stop(self, now: float, *, stopped: bool) -> None:
        """Add up how long the program itself was stopped by a signal."""
        if self._stopped_since is not None:
            self._suspended_s += now - self._stopped_since
        self._stopped_since = now if stopped else None

    def _act(self) -> None:
        """Do what is due now."""
        now = time.monotonic()
        if self._ending is None and not self._ended:
            self._guard(now)
        elif self._ending is None and now > self._ended + SETTLE_S and not self._childless:
            self._outlived = len(tree.descendants())
            self._end(Ending.OWN)
        while self._signals and self._signals[0][0] <= now:
            self._send(self._signals.pop(0)[1])
        if self._killing:
            tree.send_all(tree.descendants(), signal.SIGKILL)

    def _guard(self, now: float) -> None:
        """Look after a program that runs: its deadline, its silence, its processes, its fault."""
        if self._injection.waits_for_report and (self._streams[0].size or self._metrics_bytes()):
            self._injection.report(now)
        self._injection.act(now)
        if now >= self._started + self._order.timeout_s:
            self._end(Ending.TIMEOUT)
        if now >= self._sampled + self._pace_s:
            self._sample(now)
        idle = self._order.idle_timeout_s
        if idle is not None and now >= self._spoke + idle:
            self._sample(now)
            if now >= self._spoke + idle:
                self._silent_ranks = tree.ranks()
                self._end(Ending.SILENCE)

    def _sample(self, now: float) -> None:
        """Look at the tree, at the metrics that it writes, and at what the machine does to it."""
        self._meter.sample()
        self._gpus.sample()
        seen = tree.look()
        self._pace_s = max(SAMPLE_S, SAMPLE_SHARE * (time.monotonic() - now))
        self._peak = max(self._peak, seen.memory_bytes)
        if seen.stopped and self._seen_stopped and self._stopped_since is None:
            self._suspended_s += now - self._sampled
        self._seen_stopped = seen.stopped
        if seen.processes > self._order.most_processes:
            self._end(Ending.CROWD)
        printed = self._metrics_bytes()
        if printed != self._printed:
            self._printed, self._spoke = printed, now
        self._sampled = now

    def _metrics_bytes(self) -> Bytes:
        """Return how much the program has reported."""
        return machine.folder_bytes(Path(self._order.output) / "metrics")

    def _end(self, reason: Ending) -> None:
        """Begin to end the tree, unless that has begun."""
        if self._ending is None:
            self._ending = reason
            self._plan_signals(self._order.grace_s)

    def _plan_signals(self, grace_s: Seconds) -> None:
        """Plan which signals follow: let it clean up, then kill."""
        now = time.monotonic()
        if self._ending is Ending.CROWD:
            self._signals = [(now, signal.SIGSTOP), (now, signal.SIGKILL)]
            return
        first = STACKS_S if self._ending is Ending.SILENCE else 0.0
        self._signals = [(now, signal.SIGABRT)] if first else []
        self._signals += [
            (now + first, signal.SIGTERM),
            (now + first, signal.SIGCONT),
            (now + first + grace_s, signal.SIGKILL),
        ]

    def _send(self, number: signal.Signals) -> None:
        """Signal everything that lives below; those that write their stacks, one after the other."""
        processes = tree.descendants()
        pause_s = min(APART_S, STACKS_S / 2 / max(len(processes), 1))
        for process in processes:
            tree.send_all([process], number)
            if number is signal.SIGABRT:
                time.sleep(pause_s)
        if number is signal.SIGKILL:
            self._killing = True
            self._give_up_at = time.monotonic() + GIVE_UP_S

    def _is_over(self) -> bool:
        """Tell whether nothing lives any more and its output has been read, or never will be."""
        now = time.monotonic()
        if self._killing and now > self._give_up_at:
            self._survivors = len(tree.descendants())
            return True
        if not self._childless:
            return False
        return not any(s.open for s in self._streams) or now > self._ended + DRAIN_S + self._grace

    @property
    def _grace(self) -> Seconds:
        """Return how long ending may take, for what is left of the output afterwards."""
        return self._order.grace_s if self._ending else 0.0

    def _result(self) -> Ended:
        """Put together what is known of the end."""
        after, ended = machine.look(), self._ended or time.monotonic()
        wall_s = ended - self._started
        other_s = max(0.0, after.busy_s - self._before.busy_s - self._cpu_s)
        status = self._status
        errors = [stream.errno for stream in self._streams if stream.errno is not None]
        asleep_s = after.asleep_s - self._before.asleep_s
        strain = counters().since(self._counters)
        joules, method = self._meter.result()
        return Ended(
            ending=Ending.DISK if errors else self._ending or Ending.OWN,
            wall_time_s=wall_s,
            exit_code=status if status is not None and status >= 0 else None,
            signal=-status if status is not None and status < 0 else None,
            peak_memory_bytes=self._peak,
            cpu_time_s=self._cpu_s,
            other_load=other_s / (after.at - self._before.at),
            outlived=self._outlived,
            survivors=self._survivors,
            suspended_s=self._suspended_s + (asleep_s if asleep_s > machine.CLOCK_NOISE_S else 0.0),
            clock_step_s=after.clock_step_s(self._before),
            output_bytes=sum(stream.size for stream in self._streams),
            disk_errno=errors[0] if errors else None,
            oom_kills=after.oom_kills - self._before.oom_kills,
            thermal_events=strain.thermal_events,
            quota_waits=strain.quota_waits,
            swapped_bytes=strain.swapped_bytes,
            gpu_throttling=self._gpus.reasons,
            gpu_sharers=self._gpus.strangers(self._own),
            joules=joules,
            energy_method=method,
            killed=self._injection.result(),
            silent_ranks=self._silent_ranks,
        )
