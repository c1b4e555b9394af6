"""Plays a Reverie world with onnxruntime and numpy: python play.py WORLD KEY[,KEY...] [SEED] > frames.rgb"""
import json, math, sys
import numpy as np
import onnxruntime as ort

folder, keys, seed = sys.argv[1], sys.argv[2].split(","), int((sys.argv + ["1"])[3])
world = json.load(open(f"{folder}/world.json"))
size, memory, sampling, actions = world["latent"], world["memory"], world["sampling"], world["actions"]
graphs = {name: ort.InferenceSession(f"{folder}/{name}", providers=["CPUExecutionProvider"])
          for name in world["files"] if name.endswith(".onnx")}
dynamics, context, decoder, reprojection = (
    graphs.get(f"{name}.onnx") for name in ("dynamics", "context", "decoder", "reprojection"))
latent_shape = (1, 1, size["height"], size["width"], size["channels"])
starts = np.fromfile(f"{folder}/starts.bin", "<f4").reshape(-1, *latent_shape)

def random_stream(seed):
    """Uniform numbers in [0, 1) by the generator sfc32, as Reverie draws them."""
    a, b, c, counter = 0, seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, 1
    for drawn in range(sys.maxsize):
        total, counter = (a + b + counter) & 0xFFFFFFFF, (counter + 1) & 0xFFFFFFFF
        a, b = b ^ (b >> 9), (c + (c << 3)) & 0xFFFFFFFF
        c = (((c << 21) | (c >> 11)) + total) & 0xFFFFFFFF
        if drawn >= 15:
            yield total / 2**32

stream = random_stream(seed)
def noise():
    normal = lambda: math.sqrt(-2 * math.log(1 - next(stream))) * math.cos(2 * math.pi * next(stream))
    return np.array([normal() for _ in range(math.prod(latent_shape))]).reshape(latent_shape)

window, known = memory["window"], 0
shape = (memory["layers"], 1, memory["tokens"], memory["heads"], window, memory["headDim"])
cache = {"keys": np.zeros(shape, "float32"), "values": np.zeros(shape, "float32")}
ages, previous = np.full(window, window + 1, "float32"), np.zeros(latent_shape, "float32")
in_motion = lambda action, rest, motion: np.interp(np.abs(action).max(), [0, 0.25], [rest, motion])

def inputs(latent, level, action):
    return {"latent": latent.astype("float32"), "level": np.full((1, 1), level, "float32"), "previous": previous,
            "action": np.array([[action]], "float32").reshape(1, 1, -1), "ages": ages, **cache}

def remember(latent, action):
    """Makes a frame part of the past that the next ones are imagined from."""
    global previous, shown, known
    level = in_motion(action, sampling["stillLevel"], sampling["contextLevel"])
    noisy = (level * latent + (1 - level) * noise()).astype("float32")
    new_keys, new_values = context.run(["newKeys", "newValues"], inputs(noisy, level, action))
    ages[:], slot = np.minimum(window + 1, ages + 1), known % window
    cache["keys"][..., slot, :], cache["values"][..., slot, :] = new_keys[..., 0, :], new_values[..., 0, :]
    ages[slot], previous, shown, known = 1, noisy, latent, known + 1

decode = lambda latent: decoder.run(["frames"], {"latents": latent[0]})[0]
unit = lambda picture: (picture / 255).astype("float32")

remember(starts[int(next(random_stream(seed)) * len(starts))], [0] * len(actions["names"]))
picture = decode(shown)
for key in keys:
    action = np.array(actions["rest"]) + (0 if key == "none" else np.array(actions["keys"][key]))
    latent = noise().astype("float32")
    for step in range(sampling["steps"]):
        clean, = dynamics.run(["prediction"], inputs(latent, step / sampling["steps"], action))
        latent = latent + (clean - latent) / (sampling["steps"] - step)
    latent = (shown + in_motion(action, sampling["stillShare"], 1) * (clean - shown)).astype("float32")
    before, picture = picture, decode(latent)
    if reprojection:
        known_now = {"previous": previous, "action": np.array(action, "float32").reshape(1, 1, -1)}
        picture, = reprojection.run(["frames"], {"decoded": unit(picture), "shown": unit(before), **known_now})
    sys.stdout.buffer.write(picture.tobytes())
    remember(latent, action)
