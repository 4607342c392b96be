#!/usr/bin/env python3
"""Makes src/insight/testdata/event_files anew, with the libraries that the interpreter has.

    python3 tools/make_event_files.py [FOLDER]

Needs TensorFlow for tf1, tf2 and keras, torch and tensorboard for torch, tensorboardX for tensorboardx; what is missing
is said and its files stay as they are. event_file_test.cc knows the values; the wall times differ with each making.
"""
import importlib.util
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

DEFAULT = Path(__file__).resolve().parent.parent / "src/insight/testdata/event_files"
SPECIAL = {3: math.nan, 4: math.inf, 5: -math.inf}


def loss(step):
    """What all of them tell of a step: 1, 1/2, 1/3, then what is no number, then on."""
    return SPECIAL.get(step, 1 / (step + 1))


def tf1(folder):
    import tensorflow as tf
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        v1.placeholder(tf.float32, [2], name="x")
        writer = v1.summary.FileWriter(folder, v1.get_default_graph())
    for step in range(10):
        values = [v1.Summary.Value(tag="loss", simple_value=loss(step)),
                  v1.Summary.Value(tag="accuracy", simple_value=step / 10)]
        writer.add_summary(v1.Summary(value=values), step)
    writer.add_session_log(v1.SessionLog(status=v1.SessionLog.CHECKPOINT, checkpoint_path="model.ckpt-9"), 9)
    writer.close()


def tf2(folder):
    import tensorflow as tf
    with tf.summary.create_file_writer(folder).as_default():
        for step in range(10):
            tf.summary.scalar("loss", loss(step), step=step)
            tf.summary.scalar("rate", tf.constant(0.1, tf.float64), step=step)
            tf.summary.scalar("half", tf.constant(0.5, tf.float16), step=step)
            tf.summary.scalar("count", tf.constant(-step, tf.int64), step=step)
        tf.summary.histogram("weights", [0.0, 1.0], step=9, buckets=2)
        tf.summary.image("picture", tf.zeros([1, 2, 2, 1]), step=9)
        tf.summary.text("words", "not a number", step=9)


def keras(folder):
    import tensorflow as tf
    model = tf.keras.Sequential([tf.keras.Input([1]), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = tf.reshape(tf.range(8.0), [8, 1]) / 8
    model.fit(x, x, epochs=3, validation_data=(x, x), verbose=0,
              callbacks=[tf.keras.callbacks.TensorBoard(folder, write_graph=False)])


def torch(folder):
    from torch.utils.tensorboard import SummaryWriter
    with SummaryWriter(folder) as writer:
        for step in range(10):
            writer.add_scalar("Loss/train", loss(step), step)
            writer.add_scalar("Loss/new", step / 10, step, new_style=True)
            writer.add_scalar("Loss/double", 0.1, step, new_style=True, double_precision=True)
        writer.add_text("words", "not a number", 9)


def tensorboardx(folder):
    from tensorboardX import SummaryWriter
    with SummaryWriter(folder) as writer:
        for step in range(10):
            writer.add_scalar("loss", loss(step), step)


def make(writer, needs, target):
    missing = [name for name in needs if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{writer.__name__}: left as it is: {', '.join(missing)} not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        writer(folder)
        for old in target.glob(f"{writer.__name__}*.tfevents"):
            old.unlink()
        for found in sorted(Path(folder).rglob("events.out.tfevents.*")):
            run = "_".join(found.relative_to(folder).parts[:-1])
            name = f"{writer.__name__}{'_' + run if run else ''}.tfevents"
            shutil.copy(found, target / name)
            print(f"{target / name}: {found.stat().st_size} bytes")


def main():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    target.mkdir(parents=True, exist_ok=True)
    make(tf1, ["tensorflow"], target)
    make(tf2, ["tensorflow"], target)
    make(keras, ["tensorflow"], target)
    make(torch, ["torch", "tensorboard"], target)
    make(tensorboardx, ["tensorboardX"], target)


if __name__ == "__main__":
    main()
