"""Two computers simulated on this one: namespaces with host names and addresses of their own, and the wire between them.

As root, on Linux. The wire with delay and rate is this process itself, between two TAP devices: many kernels come without netem.
"""

import collections
import fcntl
import os
import pathlib
import select
import signal
import stat
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
# Large packets keep a wire in Python fast enough for some 100 Mbit/s.
PACKET = 16384
# Smaller frames are acknowledgements of TCP and signs of life.
SMALLEST = 74
# On the wire nothing may be for so long while it is in use: the other side has to answer.
ANSWER_SECONDS = 0.01


class Host:
    """A network and a host name."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        # UCX, and with it MPICH, looks for devices in /sys, which is that of the network in which it was mounted.
        script = f"hostname {name} && mount -t sysfs sysfs /sys && ip link set lo up && echo up && exec sleep infinity"
        self.process = subprocess.Popen(["unshare", "--net", "--uts", "--mount", "sh", "-c", script], stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"up\n":
            raise RuntimeError("no namespaces can be made; run this as root")

    def enter(self, *command):
        return ["nsenter", "-t", str(self.process.pid), "--net", "--uts", "--mount", *command]

    def run(self, *command):
        subprocess.run(self.enter(*command), check=True)

    def plug(self, device, packet):
        """Gives the device its address and switches it on."""
        self.run("ip", "addr", "add", f"{self.address}/24", "dev", device)
        self.run("ip", "link", "set", device, "mtu", str(packet), "up")

    def end(self):
        """Ends everything that runs there, such as what a launcher has left."""
        def network(process):
            try:
                return os.stat(f"/proc/{process}/ns/net").st_ino
            except OSError:
                return None
        own = network(self.process.pid)
        for entry in os.listdir("/proc"):
            if entry.isdigit() and own and network(entry) == own:
                os.kill(int(entry), signal.SIGKILL)
        self.process.wait()


class Cable:
    """As fast as this computer."""

    def __init__(self, first, second):
        subprocess.run(["ip", "link", "add", "wire", "netns", str(first.process.pid), "type", "veth",
                        "peer", "name", "wire", "netns", str(second.process.pid)], check=True)
        for host in (first, second):
            host.plug("wire", 1500)

    def end(self):
        pass


class SlowWire:
    """Delays what goes through, both ways, and lets no more through than its rate; notes when it was in use."""

    def __init__(self, first, second, folder, delay, rate):
        self.delay, self.seconds_per_byte = delay, 8 / rate
        self.uses = []
        node = pathlib.Path(folder) / "tun"
        os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(10, 200))
        self.ends = []
        for index, host in enumerate((first, second)):
            end, name = os.open(node, os.O_RDWR | os.O_NONBLOCK), f"inn{os.getpid()}-{index}"[:15]
            fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
            subprocess.run(["ip", "link", "set", name, "netns", str(host.process.pid)], check=True)
            host.run("ip", "link", "set", name, "name", "wire")
            host.plug("wire", PACKET)
            self.ends.append(end)
        node.unlink()
        self.is_over = False
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        under_way = [collections.deque(), collections.deque()]
        free = [0.0, 0.0]
        while not self.is_over:
            due = min((queue[0][0] for queue in under_way if queue), default=time.monotonic() + 0.2)
            ready, _, _ = select.select(self.ends, [], [], max(0, due - time.monotonic()))
            now = time.monotonic()
            for end in ready:
                way = self.ends.index(end)
                try:
                    packet = os.read(end, 65536)
                except OSError:
                    continue
                free[way] = max(now, free[way]) + len(packet) * self.seconds_per_byte
                under_way[way].append((free[way] + self.delay, packet))
                if len(packet) > SMALLEST:
                    self._note(now, free[way] + self.delay)
            for way, queue in enumerate(under_way):
                while queue and queue[0][0] <= now:
                    try:
                        os.write(self.ends[1 - way], queue[0][1])
                    except OSError:
                        pass
                    queue.popleft()

    def _note(self, begin, end):
        if self.uses and begin <= self.uses[-1][1] + ANSWER_SECONDS:
            self.uses[-1][1] = max(self.uses[-1][1], end)
        else:
            self.uses.append([begin, end])

    def seconds_in_use(self, begin, end):
        """Within a time of the monotonic clock."""
        return sum(max(0.0, min(end, last) - max(begin, first)) for first, last in list(self.uses))

    def end(self):
        self.is_over = True
        self.thread.join()
        for end in self.ends:
            os.close(end)
