"""A small twin of the Kimi audio language model: SmolLM2's 30 layers (Qwen2-shaped, zero biases) and six audio layers.

Streams: at every step the input is text embedding + audio embedding; inside a user's speech it is
sqrt(2) · (code embedding + feature) + text embedding. Layers 0-7 are the trunk, 8-29 the text branch (head tied to the
embedding), and six `mimo` layers the audio branch, whose head scores special ids and codes only.
Ids: SmolLM2's tokens, 421 special ones in the release's order, then the speech codes.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from recipe.common.smollm2 import WIDTH, weights
from recipe.tokenizer.model import CODES

TOKENS, SPECIALS = 49152, 421
SPECIAL = {
    name: TOKENS + i
    for name, i in dict(msg_end=2,
                        media_begin=18,
                        media_end=20,
                        text_blank=23,
                        text_eos=24,
                        user_msg_start=27,
                        assistant_msg_start=28,
                        speech_ct=32,
                        speech_ctd=33).items()
}
BLANK = SPECIAL['text_blank']
FIRST_CODE = TOKENS + SPECIALS
ROWS = FIRST_CODE + CODES
HEADS, KEY_HEADS, HEAD, INNER = 9, 3, 64, 1536
LAYERS, TRUNK, AUDIO_LAYERS, DELAY = 30, 8, 6, 6
SPECIAL_ROW_SPREAD = .05
Keys = list[list[torch.Tensor]]  # of every layer: nothing yet, or keys and values so far


class Norm(nn.Module):
    """Root mean square norm in 32 bits."""
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x.float(), (WIDTH, ), self.weight.float(), 1e-5).to(x.dtype)


def rotation(positions: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """positions [b, t] -> cos, sin [b, 1, t, 64]"""
    f = 1 / (100000.0**(torch.arange(0, HEAD, 2, device=positions.device).float() / HEAD))
    angle = positions[..., None].float() * f
    angle = torch.cat([angle, angle], -1)
    return angle.cos().to(dtype)[:, None], angle.sin().to(dtype)[:, None]


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Attention(nn.Module):
    """Causal, grouped queries."""
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.o_proj = nn.Linear(WIDTH, HEADS * HEAD, bias=False), nn.Linear(HEADS * HEAD, WIDTH, bias=False)
        self.k_proj, self.v_proj = (nn.Linear(WIDTH, KEY_HEADS * HEAD, bias=False) for _ in range(2))

    def forward(self, x, turn, keys: list | None, told: list | None) -> torch.Tensor:
        """keys: this layer's cache; told: a list that the attention [b, 9, t, n] is put into"""
        b, t, _ = x.shape
        q = rotated(self.q_proj(x).view(b, t, HEADS, HEAD).transpose(1, 2), *turn)
        k = rotated(self.k_proj(x).view(b, t, KEY_HEADS, HEAD).transpose(1, 2), *turn)
        v = self.v_proj(x).view(b, t, KEY_HEADS, HEAD).transpose(1, 2)
        if keys is not None:
            k, v = (torch.cat([keys[0], k], 2), torch.cat([keys[1], v], 2)) if keys else (k, v)
            keys[:] = [k, v]
        k, v = k.repeat_interleave(HEADS // KEY_HEADS, 1), v.repeat_interleave(HEADS // KEY_HEADS, 1)
        written_out = torch.is_grad_enabled() and t > 1 and not x.is_cuda  # its gradient is faster on a CPU
        if told is not None or written_out:
            n = k.shape[2]
            future = torch.ones(t, n, dtype=torch.bool, device=x.device).triu(1 + n - t)
            p = ((q * HEAD**-.5) @ k.transpose(-1, -2)).masked_fill(future, -1e9).softmax(-1).to(v.dtype)
            if told is not None:
                told.append(p)
            o = p @ v
        else:
            o = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1 and t == k.shape[2])
        return self.o_proj(o.transpose(1, 2).reshape(b, t, HEADS * HEAD))


class FeedForward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(WIDTH, INNER, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(INNER, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm, self.post_attention_layernorm = Norm(), Norm()
        self.self_attn, self.mlp = Attention(), FeedForward()

    def forward(self, x, turn, keys: list | None = None, told: list | None = None) -> torch.Tensor:
        x = x + self.self_attn(self.input_layernorm(x), turn, keys, told)
        return x + self.mlp(self.post_attention_layernorm(x))


class AudioLanguageModel(nn.Module):
    """All of it; tensors are named as in the released checkpoint without `model.`."""
    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(ROWS, WIDTH)
        self.layers, self.norm = nn.ModuleList(DecoderLayer() for _ in range(LAYERS)), Norm()
        self.mimo_layers, self.mimo_norm = nn.ModuleList(DecoderLayer() for _ in range(AUDIO_LAYERS)), Norm()
        self.mimo_output = nn.Linear(WIDTH, SPECIALS + CODES, bias=False)

    def embed(self, audio, text, features=None, continuous=None) -> torch.Tensor:
        """audio, text [b, t] ids; features [b, t, 576] count where continuous [b, t] is true."""
        e = self.embed_tokens(audio)
        if features is not None:
            e = torch.where(continuous[..., None], (e + features.to(e.dtype)) * math.sqrt(2), e)
        return e + self.embed_tokens(text)

    def trunk(self, x, positions, keys: Keys | None = None) -> torch.Tensor:
        """The shared layers."""
        turn = rotation(positions, x.dtype)
        for i, layer in enumerate(self.layers[:TRUNK]):
            x = layer(x, turn, keys and keys[i])
        return x

    def text(self, x, positions, keys: Keys | None = None) -> torch.Tensor:
        """The text branch up to its norm."""
        turn = rotation(positions, x.dtype)
        for i, layer in enumerate(self.layers[TRUNK:], TRUNK):
            x = layer(x, turn, keys and keys[i])
        return self.norm(x)

    def audio(self,
              x,
              positions,
              keys: Keys | None = None,
              guided: int | None = None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The audio branch up to its norm, and the attention of its layer `guided`."""
        turn, told = rotation(positions, x.dtype), []
        for i, layer in enumerate(self.mimo_layers):
            x = layer(x, turn, keys and keys[i], told if i == guided else None)
        return self.mimo_norm(x), told[0] if told else None

    def text_scores(self, h: torch.Tensor) -> torch.Tensor:
        return F.linear(h, self.embed_tokens.weight[:FIRST_CODE].to(h.dtype))


def empty_keys(layers: int) -> Keys:
    return [[] for _ in range(layers)]


@torch.no_grad()
def released(codes: torch.Tensor) -> AudioLanguageModel:
    """SmolLM2 with embedding rows `codes` for the codes, special rows near the tokens they resemble, and audio layers that are
    copies of layers 8-13."""
    model, g = AudioLanguageModel(), torch.Generator().manual_seed(0)
    state = {k.removeprefix('model.'): v.float() for k, v in weights().items()}
    table = torch.zeros(ROWS, WIDTH)
    table[:TOKENS] = state['embed_tokens.weight']
    table[TOKENS:] = SPECIAL_ROW_SPREAD * torch.randn(ROWS - TOKENS, WIDTH, generator=g)
    for name, like in (('text_eos', 2), ('user_msg_start', 1), ('assistant_msg_start', 1), ('msg_end', 2)):
        table[SPECIAL[name]] += table[like] * .7
    table[BLANK] = 0
    table[FIRST_CODE:] = codes
    table[SPECIAL['speech_ctd']] = table[SPECIAL['speech_ct']]  # prompts are trained with one of the two markers
    state['embed_tokens.weight'] = table
    for k in [k for k in state if k.startswith('layers.')]:
        _, i, name = k.split('.', 2)
        if TRUNK <= int(i) < TRUNK + AUDIO_LAYERS:
            state[f'mimo_layers.{int(i) - TRUNK}.{name}'] = state[k].clone()
    state['mimo_norm.weight'] = torch.ones(WIDTH)
    head = .02 * torch.randn(SPECIALS + CODES, WIDTH, generator=g)
    head[SPECIALS:] = table[FIRST_CODE:]  # near codes start with near rows
    model.load_state_dict(state | {'mimo_output.weight': head})
    return model
