"""How true a camera for each marker is: rendered pairs with clocks of their own, and a torch.

    python benchmarks/pair_accuracy.py [--scenes 6] [--fps 60] [--seed 100]

For each scene: the fly time's error with the clocks that the flashes gave, and the offset's error
in its own standard deviations.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from calibration.geometry import fit_zone
from calibration.interval import INTERVAL_95
from calibration.profile import load_profile
from station.film.pair import cameras, replay_pair
from station.film.replay import replay
from station.film.sync_cameras import sync_recordings
from station.simulator import Scene, simulate_pair

SCENE = Scene(
    runs=1, size="960x540", walk_back=False, rest_s=0.4, idle_s=0.6, flashes=10, cone_error_px=0.5,
    camera_distance_m=9.0, lane_offset_sd_m=0.15,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--aside", type=float, default=0.0, help="metres off the marker's line")
    options = parser.parse_args()
    errors_ms, within, offsets_ms, offsets_sd, exact_ms = [], [], [], [], []
    for seed in range(options.seed, options.seed + options.scenes):
        rng = np.random.default_rng(seed)
        scene = replace(
            SCENE,
            seed=seed,
            fps=options.fps,
            start_s=float(rng.uniform(-0.5, 0.5)),
            clock_ppm=float(30 * rng.standard_normal()),
            direction=("left-to-right", "right-to-left")[seed % 2],
            speed_mps=float(rng.uniform(7.5, 9.5)),
            camera_roll_deg=float(rng.normal(0, 1.0)),
            camera_height_m=float(rng.uniform(1.2, 1.8)),
        )
        with tempfile.TemporaryDirectory() as folder:
            (a, of_a), (b, of_b) = simulate_pair(scene, Path(folder) / "pair.mp4")
            zones = [fit_zone(load_profile(path.with_suffix(".toml"))) for path in (a, b)]
            of2, of3 = (replay(path, zone) for path, zone in zip((a, b), zones, strict=True))
            synced = sync_recordings(a, b)
        true_s = np.interp(
            synced.sync.at_s,
            np.ravel(of_b.flashes_s),
            np.ravel(of_b.flashes_s) - np.ravel(of_a.flashes_s),
        )
        off_s = synced.sync.offset_s - float(true_s)
        offsets_ms.append(1000 * off_s)
        offsets_sd.append(off_s / synced.sync.offset_sd_s)
        of_pair = replay_pair(of2, of3, cameras(*zones), synced.sync)
        exact = replace(
            synced.sync,
            offset_s=float(true_s),
            offset_sd_s=0.0,
            gain=scene.clock_ppm * 1e-6,
            gain_sd=0.0,
        )
        exactly = replay_pair(of2, of3, cameras(*zones), exact)
        for run, alike, truth in zip(of_pair.runs, exactly.runs, of_a.runs, strict=True):
            off_s = run.fly_s - truth.fly_s
            errors_ms.append(1000 * off_s)
            exact_ms.append(1000 * (alike.fly_s - truth.fly_s))
            within.append(abs(off_s) < INTERVAL_95 * run.fly_sigma_s)
            print(
                f"seed {seed}: fly {1000 * off_s:+.2f} ms (said ±{1960 * run.fly_sigma_s:.1f}), "
                f"with exact clocks {exact_ms[-1]:+.2f} (said ±{1960 * alike.fly_sigma_s:.1f}); "
                f"offset {offsets_ms[-1]:+.2f} ms, {offsets_sd[-1]:+.2f} sd of "
                f"{1000 * synced.sync.offset_sd_s:.2f} {' '.join(run.flags)}",
                flush=True,
            )
    rms = [float(np.sqrt(np.mean(np.square(of)))) for of in (errors_ms, exact_ms, offsets_ms)]
    print(
        f"{options.fps:g} fps, {len(errors_ms)} runs: fly {rms[0]:.2f} ms RMS, with exact clocks "
        f"{rms[1]:.2f}; within their ±: {np.mean(within):.0%}; offset {rms[2]:.2f} ms RMS, "
        f"{float(np.sqrt(np.mean(np.square(offsets_sd)))):.2f} of what was said"
    )


if __name__ == "__main__":
    main()
