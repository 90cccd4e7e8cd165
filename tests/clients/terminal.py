"""Shells on terminals, into which a page's blocks are pasted as a person would."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

PATIENCE = 240.0


class Terminal:
    """One interactive bash on a terminal of its own. It stays between blocks, with its variables."""

    def __init__(self, name, folder, environment):
        self.name, self.folder = name, Path(folder)
        self.output, self.marks, self.busy = "", 0, False
        self.main, side = pty.openpty()
        attributes = termios.tcgetattr(side)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(side, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "--noediting", "-i"],
            cwd=folder,
            env={**environment, "PS1": "", "PS2": "", "TERM": "dumb"},
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(side)

    def type(self, text):
        os.write(self.main, text.encode())

    def read(self, seconds):
        """Reads what was written within this time; returns whether there was something."""
        ready, _, _ = select.select([self.main], [], [], seconds)
        if ready:
            self.output += os.read(self.main, 65536).decode(errors="replace").replace("\r\n", "\n")
        return bool(ready)

    def wait(self, found, what):
        """Reads until `found` returns something for the output since the last block; returns that."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if result := found(self.output):
                return result
            self.read(0.2)
        raise AssertionError(f"shell {self.name}: {what} did not appear in:\n{self.output}")

    def paste(self, block):
        """Starts a block."""
        self.output, self.busy = "", True
        script = self.folder / f".block-{self.name}"
        script.write_text(block)
        self.marks += 1
        # In one line with the mark of its end, so that the block's programs cannot read that.
        self.type(f". ./{script.name}; printf '\\n%s %s\\n' 'end-''{self.marks}' $?\n")

    def finish(self):
        """Waits for the end of the block; returns its output. Fails if its last command failed."""
        pattern = re.compile(rf"^end-{self.marks} (\d+)$", re.MULTILINE)
        ended = self.wait(pattern.search, "the end")
        output = self.output[: ended.start()]
        self.busy = False
        assert ended.group(1) == "0", f"shell {self.name}: exit code {ended.group(1)} after:\n{output}"
        return output

    def interrupt(self):
        """Presses Ctrl-C and waits for the prompt."""
        if self.busy:
            self.type("\x03")
            self.marks += 1
            # The input that waits is discarded at Ctrl-C, so the mark is typed after it.
            time.sleep(0.3)
            self.type(f"printf '\\n%s\\n' 'end-''{self.marks}'\n")
            self.wait(lambda text: f"end-{self.marks}\n" in text, "the prompt after Ctrl-C")
            self.busy = False

    def close(self):
        """Ends the shell and everything that runs in it."""
        try:
            self.interrupt()
        finally:
            for process in self.session():
                os.kill(process, signal.SIGKILL)
            self.process.wait()
            os.close(self.main)

    def session(self):
        """The processes of the shell's session, the shell included."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:
                found.append(int(stat.parent.name))
        return found
