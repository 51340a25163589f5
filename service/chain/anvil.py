"""The anvil process: found, started, and sure to die with us.

`PR_SET_PDEATHSIG` fires when the *thread* that started the child ends, so one thread of its own starts anvil,
reads its output (a full pipe would stop it), and lives as long as it does.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

from service.anchoring.errors import AnchoringError

_PR_SET_PDEATHSIG = 1
_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")
_START_TIMEOUT = 60.0


class EmbeddedChainFailed(AnchoringError):
    """The embedded node cannot be found or does not start; the message says what it said."""


def find_binary(named: str | None = None) -> Path:
    """The anvil binary: `named`, else the npm package's beside the source tree or working folder, else the
    PATH's.
    """
    if named:
        if os.access(named, os.X_OK):
            return Path(named)
        raise EmbeddedChainFailed(f"TALLY_ANVIL: {named} is not an executable file")
    package = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
    for base in (Path(__file__).parents[2], Path.cwd()):
        if os.access(base / package, os.X_OK):
            return base / package
    found = shutil.which("anvil")
    if found is None:
        raise EmbeddedChainFailed(
            "anvil is not installed: run scripts/bootstrap, install Foundry, or name it in TALLY_ANVIL"
        )
    return Path(found)


class EmbeddedChainBusy(EmbeddedChainFailed):
    """Another process runs the embedded chain of this folder."""


class AnvilProcess:
    """One running anvil. `url` is where it serves JSON-RPC on the loopback interface."""

    def __init__(self, binary: Path, arguments: Sequence[str]) -> None:
        self._command = [str(binary), "--host", "127.0.0.1", *arguments]
        self._output: deque[str] = deque(maxlen=40)
        self._known = Event()
        self._process: subprocess.Popen[str] | None = None
        self._failure: OSError | None = None
        self.url = ""
        self._thread = Thread(target=self._run, name="anvil", daemon=True)
        self._thread.start()
        self._known.wait(_START_TIMEOUT)
        if not self.url:
            self.stop()
            said = self._failure or "\n".join(line for line in self._output if line.strip())
            raise EmbeddedChainFailed(f"anvil did not start: {said}")

    def _run(self) -> None:
        parent = os.getpid()
        libc = ctypes.CDLL(None, use_errno=True)

        def die_with_parent() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the call
                os._exit(1)

        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary; no locks are taken in the child
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # a Ctrl-C in the terminal is ours to handle: the chain stops last
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            self._failure = error
            self._known.set()
            return
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._output.append(line.rstrip())
            found = None if self.url else _LISTENING.search(line)
            if found:
                self.url = f"http://{found[1]}"
                self._known.set()
        self._process.wait()
        self._known.set()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid if self._process else 0

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process and wait for it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._thread.join(5)
