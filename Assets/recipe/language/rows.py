"""How a conversation is laid out in the two streams: rows of audio ids, text ids, text targets and features.

user, text      audio  user_msg_start  blank ..  msg_end             text  blank  tokens ..            blank
user, speech           user_msg_start  media_begin  codes ..  media_end  speech_ct  msg_end     with features at the codes;
                                                                     an instruction's tokens stand after user_msg_start
assistant, past        assistant_msg_start  blank x 6  codes ..  msg_end   blank  tokens ..  blank ..
reply                  assistant_msg_start  blank x 6  codes ..            blank  tokens .. text_eos
"""
from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch

from recipe.common.smollm2 import SQRT2, WIDTH, EmbeddingSpace, token_ids
from recipe.language.model import BLANK, DELAY, FIRST_CODE, SPECIAL

INSTRUCTION = 'Please transcribe:'
NO_TARGET = -100


class Row:
    """One training row, or a prompt."""
    def __init__(self) -> None:
        self.audio: list[int] = []
        self.text: list[int] = []
        self.target: list[int] = []  # what the text head must say at a step
        self.features: list[tuple[int, torch.Tensor]] = []  # first step, [n, 576]

    def __len__(self) -> int:
        return len(self.audio)

    def add(self, audio: Sequence[int], text: Sequence[int]) -> None:
        assert len(audio) == len(text)
        self.audio += audio
        self.text += text
        self.target += [NO_TARGET] * len(audio)

    def user_text(self, text: str) -> Row:
        ids = list(token_ids(text))
        self.add([SPECIAL['user_msg_start']] + [BLANK] * len(ids) + [SPECIAL['msg_end']], [BLANK] + ids + [BLANK])
        return self

    def user_speech(self, codes: Sequence[int], features: torch.Tensor, instruction: str = '') -> Row:
        ids, n = list(token_ids(instruction)) if instruction else [], len(codes)
        self.add([SPECIAL['user_msg_start']] + [BLANK] * len(ids) + [SPECIAL['media_begin']], [BLANK] + ids + [BLANK])
        self.features.append((len(self), features))
        self.add([FIRST_CODE + c for c in codes] + [SPECIAL['media_end'], SPECIAL['speech_ct'], SPECIAL['msg_end']],
                 [BLANK] * (n + 3))
        return self

    def past_reply(self, text: str, codes: Sequence[int], share: float = 1.) -> Row:
        """An earlier reply, with its sound (codes may be empty: the reply was only written). share: what was said of it before
        it was interrupted."""
        ids = list(token_ids(text))
        ids, codes = ids[:max(1, round(share * len(ids)))], codes[:max(1, round(share * len(codes)))] if codes else codes
        if not codes:
            self.add([SPECIAL['assistant_msg_start']] + [BLANK] * (len(ids) + 1) + [SPECIAL['msg_end']],
                     [BLANK] + ids + [SPECIAL['text_eos'], BLANK])
            return self
        n = max(DELAY + len(codes), len(ids))
        audio = [BLANK] * DELAY + [FIRST_CODE + c for c in codes]
        self.add([SPECIAL['assistant_msg_start']] + audio + [BLANK] * (n - len(audio)) + [SPECIAL['msg_end']],
                 [BLANK] + ids + [BLANK] * (n - len(ids)) + [BLANK])
        return self

    def ask(self) -> Row:
        """Where the reply begins."""
        self.add([SPECIAL['assistant_msg_start']], [BLANK])
        return self

    def reply(self, text: str, beside: Sequence[int] = ()) -> Row:
        """The reply to be learnt; `beside`: codes that run in the audio stream meanwhile, from the delay on."""
        self.ask()
        ids = list(token_ids(text)) + [SPECIAL['text_eos']]
        audio = ([BLANK] * DELAY + [FIRST_CODE + c for c in beside] + [BLANK] * len(ids))[:len(ids) - 1]
        self.target[-1] = ids[0]
        self.audio += audio
        self.text += ids[:-1]
        self.target += ids[1:]
        return self


def simulated_features(text: str, space: EmbeddingSpace, rng: np.random.Generator) -> torch.Tensor:
    """Features as hearing would give for a text: now and then a token's own row, mostly the blank's, both with noise.

    Measured on hearing's output: cosine to the token's row 0.59-0.79, to the blank's 0.74-0.78, 1.5 frames a token, 61 % blanks
    (here fewer, to save time)."""
    blank, pattern = token_ids(' ')[0], []
    for t in token_ids(text):
        pattern += [t] * (1 + (rng.random() < .35)) + [blank] * int(rng.choice(4, p=[.4, .3, .2, .1]))
    pattern = [blank] * int(rng.integers(0, 3)) + pattern
    towards = space.rows[pattern]
    noise = torch.from_numpy(rng.standard_normal(towards.shape, dtype=np.float32))
    noise /= noise.norm(dim=1, keepdim=True)
    c = torch.from_numpy(rng.uniform(.55, .85, (len(pattern), 1)).astype(np.float32))
    return (space.mean + space.length * (c * towards + (1 - c**2).sqrt() * noise)) / SQRT2


class AnyCodes:
    """Runs of codes that somebody said, where it does not matter which."""
    def __init__(self, codes: np.ndarray, rng: random.Random) -> None:
        self.codes, self.rng = codes, rng

    def __call__(self, n: int) -> list[int]:
        first = self.rng.randrange(max(1, len(self.codes) - n))
        return self.codes[first:first + n].tolist()


def packed(rows: Sequence[Row], where: torch.device) -> tuple[torch.Tensor, ...]:
    """-> audio, text, target [b, t], features [b, t, 576] and where they count [b, t] (both None when no row has any)"""
    longest = max(map(len, rows))
    audio, text = torch.full((len(rows), longest), BLANK), torch.full((len(rows), longest), BLANK)
    target, continuous = torch.full((len(rows), longest), NO_TARGET), torch.zeros(len(rows), longest, dtype=torch.bool)
    for b, row in enumerate(rows):
        n = len(row)
        audio[b, :n], text[b, :n], target[b, :n] = torch.tensor(row.audio), torch.tensor(row.text), torch.tensor(row.target)
        for first, f in row.features:
            continuous[b, first:first + len(f)] = True
    audio, text, target, continuous = (x.to(where) for x in (audio, text, target, continuous))
    found = [f for row in rows for _, f in row.features]
    if not found:
        return audio, text, target, None, None
    f = torch.cat(found).to(where)
    return audio, text, target, torch.zeros(*audio.shape, WIDTH, dtype=f.dtype, device=where).masked_scatter(
        continuous[..., None], f), continuous
