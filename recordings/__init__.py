"""Sample recordings, rendered by the station's own simulator, with truth and calibration beside.

They are read as package data, so that they are there wherever the station is installed. The seed
of a sample was chosen by how the picture looks, before anything was timed in it, and not by the
error of its runs. Each is made anew, to the same truth, by:

    station simulate recordings/fly30.mp4 --seed 7 --speed 8.75 --speed-sd 0.2 --rest 2 \
        --crf 23 --noise 1.5 --camera-height 2 --sun

    station simulate recordings/demo30.mp4 --seed 11 --runs 6 --athletes 1 --speed 8.9 \
        --speed-sd 0.25 --rest 2 --idle 2.5 --crf 28 --noise 1 --camera-height 2 --sun \
        --no-walk-back

The second is what `station demo` shows: two who take turns, each run with an empty picture before
and after it, from a keyframe on.

`gates30.jsonl` is a session at our own light gate, three flies and the walks back between, past the
simulator's gates in simulated time (`tests/gate_sample.py`).
"""
