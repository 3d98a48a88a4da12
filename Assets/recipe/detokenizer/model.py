"""Flow-matching transformer: speech codes to log-mel, the released network at a configurable size and with its tensor names.

Every code's conditioning vector (time + code embedding) modulates its four frames; there is no other way in for the codes.
Keys are cached after their rotation (interleaved pairs, base 10 000). Layer norms have no weights.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from recipe.common.training import checkpoint

CONFIG = dict(dim=192, depth=8, heads=3, mels=80, semantic_vocab=4096, repeat=4)
Cache = list[tuple[torch.Tensor, torch.Tensor]]


def layer_norm(x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x.float(), x.shape[-1:], eps=1e-6)


def rotation(positions: torch.Tensor, head: int) -> tuple[torch.Tensor, torch.Tensor]:
    """-> cos, sin [n, head/2]"""
    f = 1 / (10000**(torch.arange(0, head, 2, device=positions.device).float() / head))
    angle = positions[:, None].float() * f
    return angle.cos(), angle.sin()


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """x [..., n, head], pairs (0,1), (2,3), ..."""
    e, o = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([e * cos - o * sin, e * sin + o * cos], -1).flatten(-2).to(x.dtype)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """mask: added to the scores. Written out on a CPU, where that is faster for some hundred frames."""
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, None if mask is None else mask.to(q.dtype))
    scores = (q * q.shape[-1]**-.5) @ k.transpose(-1, -2)
    scores = scores if mask is None else scores + mask
    return torch.softmax(scores, -1, dtype=torch.float32).to(v.dtype) @ v


class Attention(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)


class FeedForward(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)


class Block(nn.Module):
    """Attention and feed-forward, modulated by the condition."""
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads, self.attn, self.mlp = heads, Attention(dim), FeedForward(dim)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))

    def forward(self, h, condition, turn, mask=None, cache=None):
        """h [b, s, 4, d] in 32 bits; condition [b, s, d] -> h, own keys and values"""
        b, s, r, d = h.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(condition)[:, :, None].float().chunk(6, -1)
        y = layer_norm(h) * (1 + scale1) + shift1
        q, k, v = self.attn.qkv(y.to(condition.dtype)).reshape(b, s * r, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k = rotated(q, *turn), rotated(k, *turn)
        own = (k, v)
        if cache is not None:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        a = attend(q, k, v, mask).transpose(1, 2).reshape(b, s, r, d)
        h = h + gate1 * self.attn.proj(a).float()
        y = layer_norm(h) * (1 + scale2) + shift2
        return h + gate2 * self.mlp.fc2(F.gelu(self.mlp.fc1(y.to(condition.dtype)), approximate='tanh')).float(), own


class TimeEmbedder(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        a = t.float()[..., None] * torch.exp(-math.log(10000) * torch.arange(128, device=t.device) / 128)
        return self.mlp(torch.cat([a.cos(), a.sin()], -1))


class FinalLayer(nn.Module):
    def __init__(self, dim: int, mels: int) -> None:
        super().__init__()
        self.linear, self.adaLN_modulation = nn.Linear(dim, mels), nn.Sequential(nn.SiLU(), nn.Linear(dim, 2 * dim))


class FlowMatching(nn.Module):
    """x [b, 4s, 80], t [b, s] whole times 0..999, code [b, s], first = position of the first frame, mask [b, 1, 4s, keys]
    -> velocity [b, 4s, 80], own keys and values of every block."""
    def __init__(self, config: dict = CONFIG) -> None:
        super().__init__()
        self.config, dim = dict(config), config['dim']
        self.t_embedder = TimeEmbedder(dim)
        self.semantic_token_embedding = nn.Embedding(config['semantic_vocab'] + 1, dim)
        self.input_linear = nn.Linear(config['mels'], dim)
        self.blocks = nn.ModuleList(Block(dim, config['heads']) for _ in range(config['depth']))
        self.final_layer = FinalLayer(dim, config['mels'])

    def forward(self, x, t, code, first=0, mask=None, cache: Cache | None = None) -> tuple[torch.Tensor, Cache]:
        turn = rotation(torch.arange(first, first + x.shape[1], device=x.device), self.config['dim'] // self.config['heads'])
        condition = self.t_embedder(t) + self.semantic_token_embedding(code)
        if torch.is_autocast_enabled(x.device.type):
            condition = condition.bfloat16()
        h = self.input_linear(x).float().unflatten(1, (-1, self.config['repeat']))
        own = []
        for i, block in enumerate(self.blocks):
            h, kv = block(h, condition, turn, mask, None if cache is None else cache[i])
            own.append(kv)
        shift, scale = self.final_layer.adaLN_modulation(condition)[:, :, None].float().chunk(2, -1)
        return self.final_layer.linear(layer_norm(h) * (1 + scale) + shift).float().flatten(1, 2), own


@torch.no_grad()
def initialise(model: FlowMatching, description: torch.Tensor) -> None:
    """Start values. description [codes, f] tells every code's sound: codes that sound alike start alike. Gates start open a
    little, the output at zero. The first four blocks' heads each look a fixed number of frames to one side, because attention by
    relative position is the only way to learn where in its code a frame lies and what the neighbours are."""
    dim = model.config['dim']
    u, s, _ = torch.linalg.svd((description - description.mean(0)).double(), full_matrices=False)
    e = (u[:, :dim] * s[:dim]**.5).float()  # the square root evens out the spectrum
    table = model.semantic_token_embedding.weight.normal_(std=.02)
    table[:len(e), :e.shape[1]] += .6 * e / e.std() @ torch.linalg.qr(torch.randn(e.shape[1], e.shape[1]))[0]
    for block in model.blocks:
        m = block.adaLN_modulation[1]
        nn.init.normal_(m.weight, std=.02), nn.init.zeros_(m.bias)
        m.bias[2 * dim:3 * dim] = m.bias[5 * dim:] = .3
        for linear in (block.attn.qkv, block.attn.proj, block.mlp.fc1, block.mlp.fc2):
            nn.init.normal_(linear.weight, std=linear.in_features**-.5 * .7), nn.init.zeros_(linear.bias)
    looks, head, f = ([-2, 2, -5, 5], [5, -1, 1, -4], [-8, 8, -4, 4], [4, -12, 12,
                                                                       -8]), dim // model.config['heads'], torch.arange(8)
    angle = 10000**(-2 * f / head)
    for block, offsets in zip(model.blocks, looks):
        block.attn.qkv.weight[:2 * dim] *= .3
        for n, offset in enumerate(offsets[:model.config['heads']]):
            block.attn.qkv.bias[n * head + 2 * f] = 3.4 * torch.cos(angle * offset)
            block.attn.qkv.bias[n * head + 2 * f + 1] = 3.4 * torch.sin(angle * offset)
            block.attn.qkv.bias[dim + n * head + 2 * f] = 3.4
    nn.init.normal_(model.input_linear.weight, std=80**-.5), nn.init.zeros_(model.input_linear.bias)
    nn.init.zeros_(model.final_layer.linear.weight), nn.init.zeros_(model.final_layer.linear.bias)
    m = model.final_layer.adaLN_modulation[1]
    nn.init.normal_(m.weight, std=.02), nn.init.zeros_(m.bias)


def load() -> tuple[FlowMatching, dict]:
    """-> the average of the trained weights, and mean and std of the mel."""
    saved = checkpoint('detokenizer')
    if saved is None:
        raise SystemExit('there is no detokenizer yet: run.sh detokenizer')
    model = FlowMatching(saved['about']['config']).eval()
    model.load_state_dict(saved['average'])
    return model, saved['about']


@torch.no_grad()
def stream(model: FlowMatching,
           codes: list[int],
           points: int = 11,
           chunk: int = 30,
           look_ahead: int = 12,
           cache_frames: int = 900,
           noise: float = .4,
           seed: int = 1) -> torch.Tensor:
    """The engine's chunk loop: codes -> normalised mel [4 · codes, 80]. points: grid points (calls + 1)."""
    r, generator, where = model.config['repeat'], torch.Generator().manual_seed(seed), model.input_linear.weight.device
    first, cache, left, out, i = 0, None, [], [], 0
    while True:
        new = codes[i:i + chunk]
        i += len(new)
        current = torch.tensor([left + new], device=where)
        n = current.shape[1]
        x = (torch.randn(1, r * n, model.config['mels'], generator=generator) * noise).to(where)
        for k in range(points - 1):
            t = torch.full((1, n), int(1000 * k / (points - 1)), device=where)
            x = x + model(x, t, current, first, None, cache)[0] / (points - 1)
        if i >= len(codes):
            return torch.cat(out + [x[0]])
        left = current[0, -look_ahead:].tolist()
        n -= look_ahead
        x = x[:, :r * n]
        own = model(x, torch.full((1, n), 999, device=where), current[:, :n], first, None, cache)[1]
        if cache is not None:
            own = [(torch.cat([a, c], 2), torch.cat([b, d], 2)) for (a, b), (c, d) in zip(cache, own)]
        cache = [(k[:, :, -cache_frames:], v[:, :, -cache_frames:]) for k, v in own]
        out.append(x[0])
        first += r * n
