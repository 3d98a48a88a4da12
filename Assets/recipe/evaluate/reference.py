"""Reference inference from an exported folder, in 32-bit floats: what the engine must give too.

It knows no training code but the two networks of the voice. Whole utterances up to 30 s, one turn, greedy.
usage: python -m recipe.evaluate.reference FOLDER QUESTION.wav [REPLY.wav]
"""
import argparse
import base64
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from recipe.common.mels import whisper_mel
from recipe.detokenizer.model import FlowMatching, stream
from recipe.vocoder.model import Generator

Tensors = dict[str, torch.Tensor]


def tensors(path: Path) -> Tensors:
    return {k: v.float() for k, v in load_file(path / 'model.safetensors').items()}


def config(path: Path) -> dict:
    return json.loads((path / 'config.json').read_text())


class Ears:
    """Wave -> codes and continuous features."""
    def __init__(self, folder: Path) -> None:
        self.encoder, self.tokenizer = config(folder / 'whisper-large-v3'), config(folder / 'glm-4-voice-tokenizer')
        self.w = {k.removeprefix('model.encoder.'): v for k, v in tensors(folder / 'whisper-large-v3').items()}
        own, names = tensors(folder / 'glm-4-voice-tokenizer'), self.tokenizer['shared_tensors']['names']
        shared = {k: v for k, v in self.w.items() if any(k == n or k.startswith(n + '.') for n in names)}
        self.codebook, self.w_codes = own.pop('codebook.weight'), shared | own

    def stem(self, w: Tensors, mel: torch.Tensor, causal: bool) -> torch.Tensor:
        pad = (2, 0) if causal else (1, 1)
        x = F.gelu(F.conv1d(F.pad(mel[None], pad), w['conv1.weight'], w['conv1.bias']))
        x = F.gelu(F.conv1d(F.pad(x, pad), w['conv2.weight'], w['conv2.bias'], stride=2))[0].T
        return x + w['embed_positions.weight'][:len(x)]

    def layer(self, w: Tensors, x: torch.Tensor, i: int, mask: torch.Tensor | None = None) -> torch.Tensor:
        def linear(z: torch.Tensor, name: str) -> torch.Tensor:
            return F.linear(z, w[f'layers.{i}.{name}.weight'], w.get(f'layers.{i}.{name}.bias'))

        def norm(z: torch.Tensor, name: str) -> torch.Tensor:
            return F.layer_norm(z, z.shape[-1:], w[f'layers.{i}.{name}.weight'], w[f'layers.{i}.{name}.bias'], 1e-5)

        y = norm(x, 'self_attn_layer_norm')
        q, k, v = (linear(y, f'self_attn.{n}_proj').unflatten(1, (self.encoder['encoder_attention_heads'], -1)).transpose(0, 1)
                   for n in 'qkv')
        a = q @ k.mT / q.shape[-1]**.5
        a = a if mask is None else a.masked_fill(~mask, -math.inf)
        x = x + linear((a.softmax(-1) @ v).transpose(0, 1).flatten(1), 'self_attn.out_proj')
        return x + linear(F.gelu(linear(norm(x, 'final_layer_norm'), 'fc1')), 'fc2')

    def codes(self, wave: torch.Tensor) -> torch.Tensor:
        """16 kHz wave [n] -> one code every 80 ms"""
        n, block = -(-len(wave) // 1280), self.tokenizer['quantize_causal_block_size']
        i = torch.arange(4 * n)
        mask = ((i[None] <= i[:, None]) | (i[None] // block == i[:, None] // block)) & (320 * i[None] < len(wave))
        x = self.stem(self.w_codes, whisper_mel(F.pad(wave, (0, n * 1280 - len(wave)))), True)
        for k in range(self.tokenizer['quantize_position']):
            x = self.layer(self.w_codes, x, k, mask)
        h = x.view(n, 4, -1).mean(1)
        return ((self.codebook**2).sum(1) - 2 * h @ self.codebook.T).argmin(1)

    def features(self, wave: torch.Tensor) -> torch.Tensor:
        """16 kHz wave [n] -> [codes, 2048]"""
        n = -(-len(wave) // 1280)
        x = self.stem(self.w, whisper_mel(F.pad(wave, (0, n * 1280 - len(wave)))), False)
        for k in range(self.encoder['encoder_layers']):
            x = self.layer(self.w, x, k)
        return F.layer_norm(x, x.shape[-1:], self.w['layer_norm.weight'], self.w['layer_norm.bias'], 1e-5).reshape(n, -1)


class Mind:
    """The audio language model."""
    def __init__(self, folder: Path) -> None:
        self.c, self.w = config(folder), tensors(folder)
        self.ids, self.head = self.c['parley']['special_tokens'], self.c['hidden_size'] // self.c['num_attention_heads']
        self.text_head = self.w['model.embed_tokens.weight'][:self.c['parley']['text_head_rows']]
        ranks = [line.split() for line in open(folder / 'tiktoken.model', 'rb')]
        self.bytes = {int(r): base64.b64decode(b) for b, r in ranks}

    def decoded(self, ids: list[int]) -> str:
        return b''.join(self.bytes.get(i, b'') for i in ids).decode('utf-8', 'replace')

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.rms_norm(x, x.shape[-1:], self.w[name], self.c['rms_norm_eps'])

    def adapted(self, features: torch.Tensor) -> torch.Tensor:
        def part(i: int) -> tuple[torch.Tensor, torch.Tensor]:
            return self.w[f'model.vq_adaptor.layers.{i}.weight'], self.w[f'model.vq_adaptor.layers.{i}.bias']

        f = F.linear(F.silu(F.linear(features, *part(0))), *part(3))
        return F.layer_norm(f, f.shape[-1:], *part(4), self.c['parley']['adaptor_norm_eps'])

    def layer(self, x: torch.Tensor, p: str, first: int, cache: dict) -> torch.Tensor:
        """x [n, d], p: prefix of the layer's names, cache: prefix -> keys, values"""
        w, heads, groups = self.w, self.c['num_attention_heads'], self.c['num_key_value_heads']
        y = self.norm(x, p + 'input_layernorm.weight')
        angle = torch.arange(first, first + len(x))[:, None] * self.c['rope_theta']**(-torch.arange(0, self.head, 2) / self.head)
        cos, sin = (torch.cat([f, f], -1) for f in (angle.cos(), angle.sin()))

        def projected(name: str, h: int) -> torch.Tensor:
            return F.linear(y, w[f'{p}self_attn.{name}_proj.weight'], w[f'{p}self_attn.{name}_proj.bias']).unflatten(
                1, (h, -1)).transpose(0, 1)

        def turned(z: torch.Tensor) -> torch.Tensor:
            a, b = z.chunk(2, -1)
            return z * cos + torch.cat([-b, a], -1) * sin

        q, k, v = turned(projected('q', heads)), turned(projected('k', groups)), projected('v', groups)
        if p in cache:
            k, v = torch.cat([cache[p][0], k], 1), torch.cat([cache[p][1], v], 1)
        cache[p] = k, v
        k, v = k.repeat_interleave(heads // groups, 0), v.repeat_interleave(heads // groups, 0)
        a = q @ k.mT / self.head**.5
        n, m = a.shape[1:]
        a = a.masked_fill(torch.ones(n, m, dtype=torch.bool).triu(1 + m - n), -math.inf)
        x = x + F.linear((a.softmax(-1) @ v).transpose(0, 1).flatten(1), w[p + 'self_attn.o_proj.weight'])
        y = self.norm(x, p + 'post_attention_layernorm.weight')
        return x + F.linear(
            F.silu(F.linear(y, w[p + 'mlp.gate_proj.weight'])) * F.linear(y, w[p + 'mlp.up_proj.weight']),
            w[p + 'mlp.down_proj.weight'])

    def step(self, x: torch.Tensor, first: int, cache: dict, speaks: bool) -> tuple[int, int]:
        """-> likeliest text id, likeliest audio id after the last position"""
        split = self.c['kimia_mimo_transformer_from_layer_index'] + 1
        for i in range(split):
            x = self.layer(x, f'model.layers.{i}.', first, cache)
        text = audio = x
        for i in range(split, self.c['num_hidden_layers']):
            text = self.layer(text, f'model.layers.{i}.', first, cache)
        said = int((self.norm(text[-1], 'model.norm.weight') @ self.text_head.T).argmax())
        if not speaks:
            return said, self.ids['text_blank']
        for i in range(self.c['kimia_mimo_layers']):
            audio = self.layer(audio, f'model.mimo_layers.{i}.', first, cache)
        return said, self.c['parley']['audio_head_first_row'] + int(
            (self.norm(audio[-1], 'model.mimo_norm.weight') @ self.w['mimo_output.weight'].T).argmax())

    def reply(self,
              codes: torch.Tensor | None,
              features: torch.Tensor | None,
              instruction: list[int] = (),
              speaks: bool = True,
              limit: int = 220,
              text: list[int] | None = None) -> tuple[list[int], list[int], bool]:
        """A spoken question (or none) -> text ids, codes, whether the reply ended by itself. text: ids to say instead of its own."""
        s, blank, first_code = self.ids, self.ids['text_blank'], self.c['kimia_token_offset']
        audio, words, first = [], [], 0
        if codes is not None:
            audio = [s['user_msg_start']] + [blank] * len(instruction) + [s['media_begin']]
            first = len(audio)
            audio += (codes + first_code).tolist() + [s['media_end'], s['speech_ctd' if speaks else 'speech_ct'], s['msg_end']]
            words = [blank] + list(instruction) + [blank] * (len(audio) - 1 - len(instruction))
        audio, words, e = audio + [s['assistant_msg_start']], words + [blank], self.w['model.embed_tokens.weight']
        x = e[audio]
        if codes is not None:
            x[first:first + len(codes)] = (x[first:first + len(codes)] + self.adapted(features)) * math.sqrt(2)
        x, cache, position, said, spoken, finished = x + e[words], {}, 0, [], [], False
        for i in range(limit):
            t, a = self.step(x, position, cache, speaks)
            position += len(x)
            t = t if text is None else (list(text) + [s['text_eos']])[min(i, len(text))]
            if finished:
                t = blank
            elif t == s['text_eos']:
                finished = True
            else:
                said.append(t)
            if not speaks and finished or speaks and i >= self.c['kimia_mimo_audiodelaytokens'] and a in (s['msg_end'],
                                                                                                          s['media_end']):
                return said, spoken, True
            a = a if speaks and i >= self.c['kimia_mimo_audiodelaytokens'] else blank
            if a >= first_code:
                spoken.append(a - first_code)
            x = e[[a]] + e[[t]]
        return said, spoken, False


class Voice:
    """Codes -> 24 kHz wave."""
    def __init__(self, folder: Path) -> None:
        self.c = config(folder / 'audio_detokenizer')
        d = self.c['model']['dit']
        self.flow = FlowMatching(
            dict(dim=d['hidden_size'],
                 depth=d['depth'],
                 heads=d['num_heads'],
                 mels=d['input_size'],
                 semantic_vocab=d['semantic_vocab_size'],
                 repeat=self.c['parley']['frames_a_code'])).eval()
        self.flow.load_state_dict(tensors(folder / 'audio_detokenizer'))
        self.generator = Generator(config(folder / 'vocoder')).eval()
        self.generator.load_state_dict({
            k.replace('weight_g', 'parametrizations.weight.original0').replace('weight_v', 'parametrizations.weight.original1'): v
            for k, v in tensors(folder / 'vocoder').items() if not k.endswith('filter')
        })

    def mel(self, codes: list[int]) -> torch.Tensor:
        p = self.c['parley']
        x = stream(self.flow, list(codes), p['grid_points'], p['chunk_codes'], p['look_ahead_codes'], p['cache_frames'], noise=1.)
        return x * self.c['mel_std'] + self.c['mel_mean']

    def sound(self, mel: torch.Tensor) -> np.ndarray:
        """mel [frames, 80] -> wave"""
        return self.generator(mel.T[None])[0].numpy()


class Model:
    """All parts of an export."""
    def __init__(self, folder: Path) -> None:
        torch.set_grad_enabled(False)
        self.ears, self.mind, self.voice = Ears(folder), Mind(folder), Voice(folder)

    def heard(self, wave: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes and features of a 16 kHz wave."""
        x = torch.from_numpy(np.asarray(wave, np.float32))
        return self.ears.codes(x), self.ears.features(x)


def main() -> None:
    import soundfile
    import soxr
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('question')
    parser.add_argument('reply', nargs='?')
    a = parser.parse_args()
    model = Model(a.folder)
    wave, rate = soundfile.read(a.question, dtype='float32', always_2d=True)
    wave = wave.mean(1) if rate == 16000 else soxr.resample(wave.mean(1), rate, 16000)
    said, spoken, ended = model.mind.reply(*model.heard(wave))
    print(model.mind.decoded(said), '|', len(spoken), 'codes', '' if ended else '(not ended)')
    if a.reply and spoken:
        soundfile.write(a.reply, model.voice.sound(model.voice.mel(spoken)), 24000)


if __name__ == '__main__':
    main()
