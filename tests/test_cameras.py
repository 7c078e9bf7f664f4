"""What cameras are asked for, what they answer, and how they are waited for."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest
from footage import SHORT_FILM, played, transport_stream

from hardware import camera_reader
from hardware.camera import CameraGoneError
from hardware.camera_reader import CameraReader, Lost, Opened, Over
from hardware.cameras import camera_named, check_two
from hardware.clock import ManualClock, SystemClock
from hardware.errors import StationError
from hardware.http_camera import HttpCamera, stamped_ns
from hardware.jpeg import jpeg_shot
from hardware.multipart import Part
from hardware.played_camera import PlayedCamera
from hardware.stream_camera import StreamCamera, without_password
from hardware.usb_camera import UsbCamera, Wanted, believable
from station.simulator import Scene

WANTED = Wanted((64, 48), 60.0, 0.002)
SOON_S = 20.0


def picture(grey=128):
    return cv2.imencode(".jpg", np.full((48, 64, 3), grey, np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("0", UsbCamera),
        ("http://cam/video", HttpCamera),
        ("HTTPS://cam/video", HttpCamera),
        ("rtsp://cam/live", StreamCamera),
        ("tcp://cam:9000", StreamCamera),
        ("run.mp4", PlayedCamera),
    ],
)
def test_a_camera_is_known_by_how_it_is_written(where, kind):
    assert isinstance(camera_named(where, WANTED, ManualClock(), lambda _: None), kind)


@pytest.mark.parametrize("where", ["file:///run.mp4", "FILE://a", "ftp://cam/v", "a\0b", "100"])
def test_what_can_be_no_camera_is_refused(where):
    with pytest.raises(StationError, match=r"is no camera's (address|number)|has no NUL"):
        camera_named(where, WANTED, ManualClock(), lambda _: None)


@pytest.mark.parametrize("kind", [HttpCamera, StreamCamera])
def test_a_password_is_never_shown(kind):
    camera = kind("rtsp://coach:secret@127.0.0.1:1/live", ManualClock())
    assert camera.name == "rtsp://127.0.0.1:1/live"
    with pytest.raises(CameraGoneError) as raised:
        camera.open()
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://jo:p@ss/w#rd@cam/video", "http://cam/video"),
        (
            "http://cam/video.cgi?channel=1&user=jo&pwd=secret",
            "http://cam/video.cgi?channel=1&user=…&pwd=…",
        ),
        ("http://cam/video?pwd=1234;stream=0", "http://cam/video?pwd=…;stream=0"),
        ("rtsp://cam/user=jo_password=se/cret_channel=1_stream=0.sdp", "rtsp://cam/user=…"),
        ("rtsp://cam:554/live/0#t=12", "rtsp://cam:554/live/0#t=12"),
        ("runs of a=secret.mp4", "runs of a=secret.mp4"),
        ("0", "0"),
    ],
)
def test_an_address_is_shown_without_what_lets_in(url, shown):
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1790000000.123456", 1_790_000_000_123_456_000),
        ("12.5", 12_500_000_000),
        ("12", 12_000_000_000),
        ("12.0000000019", 12_000_000_001),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("1e400", None),
    ],
)
def test_a_pictures_own_timestamp_is_read_to_the_last_digit(text, ns):
    assert stamped_ns(Part({"x-timestamp": text}, b"")) == ns


@contextmanager
def serving(*answers):
    """A server on this computer that gives one answer after the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = []

        def serve():
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(4096))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", asked
        thread.join(SOON_S)


HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"


def parts(*pictures):
    return b"".join(
        b"--b\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(one), one) for one in pictures
    )


def test_jpegs_come_over_http_and_their_end_is_told():
    sent = [picture(10), picture(20), b"no picture", picture(30)]
    with serving(HEAD + parts(*sent)) as (place, asked):
        feed = HttpCamera(f"http://coach:pass%20word@{place}/video", SystemClock()).open()
        assert feed.stamped_by == "arrival"
        assert feed.coding.picture_px == (64, 48)
        got = [bytes(feed.next().packet) for _ in range(3)]
        with pytest.raises(CameraGoneError, match="has ended"):
            feed.next()
        feed.close()
    assert got == [sent[0], sent[1], sent[3]]
    assert b"Authorization: Basic Y29hY2g6cGFzcyB3b3Jk" in asked[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "text/html"),
        (b"HTTP/1.0 404 Nothing here\r\n\r\n", "404"),
        (HEAD, "has ended"),
        (HEAD + parts(b"\xff\xd8 but no more"), "no JPEGs"),
        (b"nonsense", "does not answer"),
    ],
)
def test_what_is_no_camera_is_one_line_and_may_become_one(answer, said):
    with serving(answer) as (place, _), pytest.raises(StationError, match=said) as raised:
        HttpCamera(f"http://{place}/video", SystemClock()).open()
    assert "\n" not in str(raised.value)


def test_another_stream_over_http_is_read_as_one(rendered):
    video, _ = rendered(SHORT_FILM)
    head = b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"
    answer = head + transport_stream(video)
    with serving(head, answer) as (place, _):
        feed = HttpCamera(f"http://{place}/live.ts", SystemClock()).open()
        assert (feed.coding.codec, feed.stamped_by) == ("h264", "device")
        first, second = feed.next(), feed.next()
        assert second.pts_ns - first.pts_ns == pytest.approx(1e9 / SHORT_FILM.fps, abs=12_000)
        with pytest.raises(CameraGoneError, match=r"has ended|is lost"):
            list(iter(feed.next, None))


def test_a_picture_that_is_sent_twice_is_taken_once():
    stamped = b"".join(
        b"--b\r\nX-Timestamp: %d\r\nContent-Length: %d\r\n\r\n%s\r\n"
        % (at, len(picture()), picture())
        for at in (5, 5, 6)
    )
    with serving(HEAD + stamped) as (place, _):
        feed = HttpCamera(f"http://{place}/video", SystemClock()).open()
        assert [feed.next().pts_ns for _ in range(2)] == [5_000_000_000, 6_000_000_000]


class Captured:
    """A camera as OpenCV gives it: `raw` pictures as the camera sends them, if asked for."""

    def __init__(self, *, raw=None, stamps_ms=None, pictures=1000, opened=True):
        self.asked, self.released = {}, False
        self._raw, self._stamps_ms, self._left, self._opened = raw, stamps_ms, pictures, opened
        self._n = -1

    def isOpened(self):  # noqa: N802 - its name in OpenCV
        return self._opened

    def set(self, what, value):
        self.asked[what] = value
        return True

    def get(self, what):
        return self._stamps_ms[self._n] if self._stamps_ms else -1.0

    def grab(self):
        self._n += 1
        self._left -= 1
        return self._left >= 0

    def retrieve(self):
        if self.asked.get(cv2.CAP_PROP_CONVERT_RGB) == 0 and self._raw is not None:
            return True, self._raw
        return True, np.full((48, 64, 3), 100, np.uint8)

    def release(self):
        self.released = True


def usb(captured):
    ticking = ManualClock()

    class Ticking:
        def now_ns(self):
            ticking.advance(16_666_667)
            return ticking.now_ns()

    return UsbCamera(0, WANTED, Ticking(), lambda _: captured)


def test_a_usb_camera_is_asked_for_jpegs_of_the_calibrations_size_and_a_short_exposure():
    captured = Captured(raw=np.frombuffer(picture(), np.uint8)[None])
    feed = usb(captured).open()
    asked = captured.asked
    assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (64, 48)
    assert asked[cv2.CAP_PROP_FPS] == 60
    assert asked[cv2.CAP_PROP_EXPOSURE] in (20, -9)  # 0.1 ms on Linux, powers of two elsewhere
    assert asked[cv2.CAP_PROP_AUTO_EXPOSURE] in (1, 0.25)
    assert bytes(feed.next().packet) == picture()
    feed.close()
    assert captured.released


@pytest.mark.parametrize("raw", [None, np.zeros((48, 64, 2), np.uint8)], ids=["BGR", "YUYV"])
def test_a_usb_camera_that_gives_no_jpegs_has_its_pictures_compressed(raw):
    captured = Captured(raw=raw)
    feed = usb(captured).open()
    shot = feed.next()
    (frame,) = feed.coding.decode(shot.packet)
    assert frame.luma.shape == (48, 64)
    assert abs(int(np.median(frame.luma)) - 100) <= 1


RATE_MS = 16.666667


@pytest.mark.parametrize(
    ("stamps_ms", "by"),
    [
        ([1000 + n * RATE_MS for n in range(1000)], "driver"),
        ([-1.0] * 1000, "arrival"),
        ([0.0] * 1000, "arrival"),
        ([1000.0] * 1000, "arrival"),
        ([1000 + n * RATE_MS * 10 for n in range(1000)], "arrival"),
        ([1000 - n * RATE_MS for n in range(1000)], "arrival"),
    ],
)
def test_a_drivers_timestamps_are_believed_where_they_go_as_time_does(stamps_ms, by):
    feed = usb(Captured(stamps_ms=stamps_ms)).open()
    assert feed.stamped_by == by
    first, second = feed.next(), feed.next()
    assert second.pts_ns - first.pts_ns == pytest.approx(RATE_MS * 1e6, abs=2000)


def test_arrivals_that_all_came_at_once_prove_no_driver_wrong_or_right():
    assert not believable([5.0, 6.0, 7.0], [10, 10, 10])


def test_a_usb_camera_that_is_not_there_or_pulled_out_is_one_line():
    with pytest.raises(CameraGoneError, match="not there"):
        usb(Captured(opened=False)).open()
    captured = Captured(pictures=3)
    with pytest.raises(CameraGoneError, match="no pictures"):
        usb(captured).open()
    assert captured.released
    feed = usb(Captured(pictures=10)).open()
    with pytest.raises(CameraGoneError, match="plug it in"):
        [feed.next() for _ in range(10)]


def test_slow_motion_is_not_played_as_a_camera(rendered):
    video, _ = rendered(Scene(runs=0, size="320x180", capture_fps=120.0, fps=30.0, idle_s=0.5))
    with pytest.raises(StationError, match="slow motion"):
        played(video)[0].open()


class Flaky:
    """A camera that is there again only the third time, and then ends."""

    name = "flaky"

    def __init__(self):
        self.opened = 0
        self.coding, self.stamped_by = None, "arrival"
        self._left = []

    def open(self):
        self.opened += 1
        if self.opened < 3:
            raise CameraGoneError(f"not yet {self.opened}")
        self._left = [1, 2] if self.opened == 3 else [3]
        return self

    def next(self):
        if self._left:
            at = self._left.pop(0)
            return jpeg_shot(picture(), at * 1000, at)
        if self.opened == 3:
            raise CameraGoneError("pulled out")
        return None

    def close(self):
        pass


def read(reader):
    read = []
    while not read or not isinstance(read[-1], Over):
        filmed = reader.next(SOON_S)
        assert filmed is not None
        read.append(filmed)
    return read


def test_a_camera_is_waited_for_at_first_and_again(monkeypatch):
    monkeypatch.setattr(camera_reader, "RETRY_S", 0.001)
    with CameraReader(Flaky(), SystemClock(), threading.Event()) as reader:
        filmed = read(reader)
    kinds = [type(one) for one in filmed]
    assert [kinds[n] for n in (0, 1, 2, 5, 6)] == [Lost, Lost, Opened, Lost, Opened]
    assert [one.why for one in filmed if isinstance(one, Lost)] == [
        "not yet 1",
        "not yet 2",
        "pulled out",
    ]


def test_a_camera_that_can_never_be_one_is_an_error():
    camera = PlayedCamera(Path("there-is-none.mp4"), SystemClock(), lambda _: None)
    reader = CameraReader(camera, SystemClock(), threading.Event())
    with reader, pytest.raises(StationError, match="no such file"):
        reader.next(SOON_S)


def test_a_reader_is_stopped_though_nobody_takes_what_it_reads():
    class Endless(Flaky):
        def open(self):
            return self

        def next(self):
            return jpeg_shot(b"\xff\xd8", 1000, 1)

    stopped = threading.Event()
    with CameraReader(Endless(), SystemClock(), stopped) as reader:
        assert isinstance(reader.next(SOON_S), Opened)
    assert not reader._thread.is_alive()


def test_a_number_that_no_camera_has_is_refused_in_a_line():
    with pytest.raises(StationError, match="no camera's number"):
        camera_named("9" * 20, WANTED, ManualClock(), lambda _: None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0", "00", True),
        ("0", "1", False),
        ("http://localhost:80/video", "HTTP://me:pw@[::1]/video/", True),
        ("http://localhost/video?cam=1", "http://localhost/video?cam=2", False),
        ("rtsp://10.0.0.5/a", "rtsp://10.0.0.5:8554/a", False),
        ("rtsp://10.0.0.5:70000/a", "rtsp://10.0.0.5/a", False),
        ("a.mp4", "./a.mp4", True),
        ("a.mp4", "rtsp://a.mp4", False),
    ],
)
def test_one_camera_by_two_names_is_one(one: str, other: str, same: bool) -> None:
    with pytest.raises(StationError, match="named twice") if same else nullcontext():
        check_two(one, other)


def test_two_addresses_that_are_shown_alike_are_refused() -> None:
    with pytest.raises(StationError, match=r"shown as http://cam/v\?eye=…,.* ':80'"):
        check_two("http://cam/v?eye=left", "http://cam/v?eye=right")
    check_two("http://cam/v?eye=left", "http://cam:80/v?eye=right")
