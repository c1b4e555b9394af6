"""The same training steps in PyTorch, for bench/engine.ts: eager, and through torch.compile.

Reads one JSON request a line from standard input and answers each with one JSON line:
  {"load": folder}             build the model of folder/subject.json with its parameters and batch
  {"run": mode, "steps": n}    train n steps, mode "eager" or "compiled"; answers seconds, processor seconds and losses
"""

import functools
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

FREQUENCIES = 16
HIDDEN = -1e4
BETAS = (0.9, 0.99)


class Step:
    """Parameters, optimiser and average of one model, trained step by step on one batch."""

    def __init__(self, loss, params, batch, settings):
        self.loss, self.batch, self.settings = loss, batch, settings
        self.params = {name: value.clone().requires_grad_() for name, value in params.items()}
        self.ema = [value.detach().clone() for value in self.params.values()]
        decayed = [value for value in self.params.values() if value.ndim >= 2]
        spared = [value for value in self.params.values() if value.ndim < 2]
        # Decay in the unit of the learning rate, as in the peer.
        self.optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": settings["weightDecay"]},
                {"params": spared, "weight_decay": 0.0},
            ],
            lr=settings["rate"],
            betas=BETAS,
            eps=1e-8,
            fused=True,
        )

    def run(self):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(self.params, self.batch)
        loss.backward()
        values = list(self.params.values())
        torch.nn.utils.clip_grad_norm_(values, self.settings["clipNorm"])
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, values, 1 - self.settings["emaDecay"])
        return loss.item()


def linear(params, name, x):
    return F.linear(x, params[f"{name}.weight"].t(), params[f"{name}.bias"])


def autoencoder(config):
    def conv(params, name, x, stride=1):
        weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
        if stride == 2:
            return F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, bias, stride=2)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    def residual(params, name, x):
        return x + conv(params, f"{name}.second", F.relu(conv(params, f"{name}.first", F.relu(x))))

    def bound(x):
        return torch.tanh(x / 3) * 3

    def encode(params, x):
        x = conv(params, "encoder.in", F.pixel_unshuffle(x * 2 - 1, 4))
        x = residual(params, "encoder.quarter.0", x)
        x = conv(params, "encoder.down", F.relu(x), 2)
        for block in range(config["depth"]):
            x = residual(params, f"encoder.eighth.{block}", x)
        return bound(conv(params, "encoder.out", F.relu(x)))

    def decode(params, x):
        x = conv(params, "decoder.in", bound(x))
        for block in range(config["depth"]):
            x = residual(params, f"decoder.eighth.{block}", x)
        x = F.pixel_shuffle(conv(params, "decoder.upQuarter", F.relu(x)), 2)
        x = residual(params, "decoder.quarter.0", x)
        x = F.pixel_shuffle(conv(params, "decoder.upHalf", F.relu(x)), 2)
        x = residual(params, "decoder.half.0", x)
        return F.pixel_shuffle(conv(params, "decoder.out", F.relu(x)), 2) + 0.5

    def loss(params, batch):
        frames = batch["frames"]
        a, b = decode(params, encode(params, frames) + batch["noise"]), frames
        total = (a - b).abs().mean()
        for scale in range(3):
            if scale > 0:
                a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
            for axis in (2, 3):
                total = total + 0.5 * (a.diff(dim=axis) - b.diff(dim=axis)).abs().mean()
        return total

    return loss


def autoencoder_tensors(params, batch):
    """Channels first in shape, channels last in memory, and the channel order of pixel_shuffle."""
    blocks = {"decoder.upQuarter": 2, "decoder.upHalf": 2, "decoder.out": 2}

    def reorder(x, axis, block):
        shape = list(x.shape)
        x = x.reshape(shape[:axis] + [block * block, shape[axis] // block**2] + shape[axis + 1 :])
        return x.transpose(axis, axis + 1).reshape(shape)

    turned = {}
    for name, value in params.items():
        layer, kind = name.rsplit(".", 1)
        if kind == "weight":
            value = value.permute(3, 2, 0, 1)
        if layer in blocks:
            value = reorder(value.contiguous(), 0, blocks[layer])
        if name == "encoder.in.weight":
            value = reorder(value.contiguous(), 1, 4)
        if value.ndim == 4:
            value = value.contiguous(memory_format=torch.channels_last)
        turned[name] = value.clone(memory_format=torch.preserve_format)
    pictures = {
        name: value.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        for name, value in batch.items()
    }
    return turned, pictures


def transformer(config):
    width, heads, window = config["width"], config["heads"], config["window"]
    ph, pw = config["patch"]["height"], config["patch"]["width"]
    lh, lw, channels = (config["latent"][key] for key in ("height", "width", "channels"))
    tokens = (lh // ph) * (lw // pw)
    last = max(config["temporal"])

    def patches(x):
        batch, frames = x.shape[:2]
        x = x.reshape(batch * frames, lh // ph, ph, lw // pw, pw * channels)
        return x.transpose(2, 3).reshape(batch, frames, tokens, ph * pw * channels)

    def pictures(x, shape):
        x = x.reshape(-1, lh // ph, lw // pw, ph, pw * channels)
        return x.transpose(2, 3).reshape(shape)

    def condition(params, actions, levels):
        frequencies = 0.5 * math.pi * 1.5 ** torch.arange(FREQUENCIES, dtype=torch.float32)
        angles = levels[..., None] * frequencies
        level = linear(params, "condition.level", torch.cat([angles.sin(), angles.cos()], -1))
        joint = F.silu(linear(params, "condition.action", actions) + level)
        return F.silu(linear(params, "condition.out", joint))

    def modulate(x, shift, scale):
        return F.rms_norm(x, (width,), eps=1e-6) * (scale + 1) + shift

    def spatial(params, name, x):
        batch, frames = x.shape[:2]
        joint = linear(params, f"{name}.in", x).reshape(batch * frames, tokens, 3, heads, width // heads)
        queries, keys, values = joint.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=params[f"{name}.bias"])
        return linear(params, f"{name}.out", mixed.transpose(1, 2).reshape(batch, frames, tokens, width))

    def temporal(params, name, x, ages, past=None):
        """Attention to oneself and to the past; its keys and values stand beside one's own."""
        batch, frames = x.shape[:2]
        joint = linear(params, f"{name}.in", x).reshape(batch, frames, tokens, 3, heads, width // heads)
        queries, keys, values = joint.permute(3, 0, 2, 4, 1, 5)
        bias = params[f"{name}.bias"]
        hidden = torch.full((heads, 1), HIDDEN)
        by_age = torch.cat([bias[:, 1:], hidden], 1)[:, ages - 1]
        diagonal = torch.eye(frames, dtype=torch.bool)
        if past is None:
            mask, all_keys, all_values = torch.where(diagonal, bias[:, :1, None], by_age), keys, values
        else:
            own = torch.where(diagonal, bias[:, :1, None], hidden[:, :, None])
            mask = torch.cat([own, by_age], -1)
            all_keys, all_values = torch.cat([keys, past[0]], -2), torch.cat([values, past[1]], -2)
        mixed = F.scaled_dot_product_attention(queries, all_keys, all_values, attn_mask=mask)
        mixed = mixed.permute(0, 3, 1, 2, 4).reshape(batch, frames, tokens, width)
        return linear(params, f"{name}.out", mixed), (keys, values)

    @functools.cache
    def ages_of(frames, longest):
        none = window + 1
        ages = torch.arange(frames)[:, None] - torch.arange(frames)[None]
        return torch.where((ages >= 1) & (ages <= longest), ages, none)

    def block_of(params, block, x, given, over_time):
        name = f"blocks.{block}"
        has_time = block in config["temporal"]
        parts = linear(params, f"{name}.modulation", given)[:, :, None].chunk(9 if has_time else 6, -1)
        if has_time:
            x = x + over_time(modulate(x, *parts[:2])) * (parts[2] + 0.3)
            parts = parts[3:]
        x = x + spatial(params, f"{name}.spatial", modulate(x, *parts[:2])) * (parts[2] + 0.3)
        hidden = F.relu(linear(params, f"{name}.mlp.in", modulate(x, *parts[3:5]))).square()
        return x + linear(params, f"{name}.mlp.out", hidden) * (parts[5] + 0.3)

    def loss(params, batch):
        frames = batch["latents"].shape[1]
        previous = patches(batch["previous"])

        def embed(latents):
            x = torch.cat([patches(latents), previous], -1)
            return linear(params, "tokens.in", x) + params["tokens.position"]

        memory = {}
        x = embed(batch["context"])
        given = condition(params, batch["actions"], torch.full_like(batch["levels"], 0.9))
        for block in range(last + 1):

            def remember(normed, block=block):
                ages = ages_of(frames, window - 1)
                out, memory[block] = temporal(params, f"blocks.{block}.temporal", normed, ages)
                return out

            x = block_of(params, block, x, given, remember)

        x = embed(batch["latents"])
        given = condition(params, batch["actions"], batch["levels"])
        for block in range(config["depth"]):

            def look_back(normed, block=block):
                ages = ages_of(frames, window)
                return temporal(params, f"blocks.{block}.temporal", normed, ages, memory[block])[0]

            x = block_of(params, block, x, given, look_back)
        parts = linear(params, "head.modulation", given)[:, :, None].chunk(2, -1)
        shape = batch["latents"].shape
        out = pictures(linear(params, "head.out", modulate(x, *parts)), shape) + batch["previous"]
        return (out - batch["context"]).square().mean()

    return loss


def read(folder, tensors):
    found = {}
    for name, shape in tensors.items():
        data = torch.frombuffer(bytearray(open(f"{folder}/{name}.f32", "rb").read()), dtype=torch.float32)
        found[name] = data.reshape(shape)
    return found


def load(folder):
    subject = json.load(open(f"{folder}/subject.json"))
    torch.set_num_threads(subject["threads"])
    params, batch = read(folder, subject["parameters"]), read(folder, subject["batch"])
    if subject["name"] == "autoencoder":
        params, batch = autoencoder_tensors(params, batch)
        loss = autoencoder(subject["config"])
    else:
        loss = transformer(subject["config"])
    return {
        "eager": Step(loss, params, batch, subject["settings"]),
        "compiled": Step(torch.compile(loss), params, batch, subject["settings"]),
    }


def main():
    steps = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            steps = load(request["load"])
            answer = {"version": torch.__version__}
        else:
            seconds, processor, losses = [], [], []
            for _ in range(request["steps"]):
                start, before = time.perf_counter(), time.process_time()
                losses.append(steps[request["run"]].run())
                seconds.append(time.perf_counter() - start)
                processor.append(time.process_time() - before)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            answer = {"seconds": seconds, "processor": processor, "losses": losses, "peak": peak}
        print(json.dumps(answer), flush=True)


main()
