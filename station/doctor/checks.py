"""All checks, and how long each may take."""

from __future__ import annotations

from station.doctor import computer, devices
from station.doctor.finding import Check

CHECKS = (
    Check("versions", computer.versions),
    Check("camera", devices.cameras, 20.0, "its driver hangs; unplug the camera, plug it in again"),
    Check("gates", devices.gates, 30.0, "a port hangs; unplug it, and plug it in again"),
    Check("sound", devices.sound, 12.0, "the sound system hangs; start the computer anew"),
    Check("speech", devices.speech),
    Check("disk", computer.disk, 5.0, "the disk hangs; is it in a network that is gone?"),
    Check("clock", computer.clock),
    Check("power", computer.power, 15.0),
    Check("browser", computer.browser),
    Check("network", computer.network, 10.0, "the network hangs; leave it, and join it again"),
)
