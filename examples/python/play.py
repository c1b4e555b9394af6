"""Plays a Reverie world, keyframes aside, with onnxruntime and numpy: play.py WORLD KEY[,KEY...] [SEED] > frames.rgb"""
import itertools, json, math, sys
import numpy as np
import onnxruntime as ort

folder, keys, seed = sys.argv[1], sys.argv[2].split(","), int((sys.argv + ["1"])[3])
world = json.load(open(f"{folder}/world.json"))
size, memory, sampling, actions = world["latent"], world["memory"], world["sampling"], world["actions"]
graphs = {name[:-5]: ort.InferenceSession(f"{folder}/{name}") for name in world["files"] if name.endswith(".onnx")}
latent_shape = (1, 1, size["height"], size["width"], size["channels"])
starts = np.fromfile(f"{folder}/starts.bin", "<f4").reshape(-1, *latent_shape)

def random_stream(seed):
    """Uniform numbers in [0, 1) by the generator sfc32, as Reverie draws them."""
    a, b, c, counter = 0, seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, 1
    for drawn in itertools.count():
        total, counter = (a + b + counter) & 0xFFFFFFFF, (counter + 1) & 0xFFFFFFFF
        a, b = b ^ (b >> 9), (c + (c << 3)) & 0xFFFFFFFF
        c = (((c << 21) | (c >> 11)) + total) & 0xFFFFFFFF
        if drawn >= 15: yield total / 2**32

stream = random_stream(seed)
normal = lambda: math.sqrt(-2 * math.log(1 - next(stream))) * math.cos(2 * math.pi * next(stream))
noise = lambda: np.array([normal() for _ in range(math.prod(latent_shape))]).reshape(latent_shape)
window, known = memory["window"], 0
shape = (memory["layers"], 1, memory["tokens"], memory["heads"], window, memory["headDim"])
cache = {"keys": np.zeros(shape), "values": np.zeros(shape)}
ages, previous = np.full(window, window + 1), np.zeros(latent_shape)
in_motion = lambda action, rest, motion: np.interp(np.abs(action).max(), [0, 0.25], [rest, motion])

def run(graph, latent=(), level=1, action=(), **more):
    """The outputs of a graph, given what it asks for of a frame and of the past."""
    frame = {"latent": latent, "level": [[level]], "previous": previous, "action": [[action]], "ages": ages, **cache}
    return graphs[graph].run(None, {put.name: np.asarray({**frame, **more}[put.name], "float32")
                                    for put in graphs[graph].get_inputs()})

def remember(latent, action):
    """Makes a frame part of the past that the next ones are imagined from."""
    global previous, shown, known
    level = in_motion(action, sampling["stillLevel"], sampling["contextLevel"])
    noisy = level * latent + (1 - level) * noise()
    new_keys, new_values = run("context", noisy, level, action)
    slot, ages[:], previous, shown, known = known % window, np.minimum(window + 1, ages + 1), noisy, latent, known + 1
    ages[slot], cache["keys"][..., slot, :], cache["values"][..., slot, :] = 1, new_keys[..., 0, :], new_values[..., 0, :]

remember(starts[int(next(random_stream(seed)) * len(starts))], [0] * len(actions["names"]))
picture, = run("decoder", latents=shown[0])
for key in keys:
    action = np.array(actions["rest"]) + (0 if key == "none" else np.array(actions["keys"][key]))
    latent = noise()
    for step in range(sampling["steps"]):
        clean, = run("dynamics", latent, step / sampling["steps"], action)
        latent = latent + (clean - latent) / (sampling["steps"] - step)
    latent = shown + in_motion(action, sampling["stillShare"], 1) * (clean - shown)
    before, (picture,) = picture, run("decoder", latents=latent[0])
    if "reprojection" in graphs:
        picture, = run("reprojection", action=action, decoded=picture / 255, shown=before / 255)
    sys.stdout.buffer.write(picture.tobytes())
    remember(latent, action)
