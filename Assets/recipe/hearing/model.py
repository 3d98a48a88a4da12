"""Whisper's layers 4 and 5, its final norm, and the adaptor into the language model's embedding space.

In the language model a feature stands where a text embedding would stand, sqrt(2) · (code embedding + feature) + text embedding,
so the stage shapes sqrt(2) · feature like a token embedding. SmolLM2's embeddings share one large mean vector: the adaptor's last
norm carries it in its bias, and CTC scores are taken against the rows around it.
"""
import torch
import torch.nn.functional as F
from torch import nn

from recipe.common.smollm2 import SQRT2, WIDTH, EmbeddingSpace, decoded, token_ids
from recipe.common.whisper import Encoder, EncoderLayer, valid_frames

FROZEN = 4  # Whisper layers below
STATES = 2048  # four 20 ms states beside each other: one code's time


class Adaptor(nn.Module):
    """[.., 2048] -> [.., 576]; tensors are named as in the released checkpoint."""
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(STATES, WIDTH), nn.SiLU(), nn.Dropout(0.), nn.Linear(WIDTH, WIDTH),
                                    nn.LayerNorm(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)

    def direction(self, x: torch.Tensor) -> torch.Tensor:
        """The output before gain and bias of the last norm: length 24, points at a token."""
        return F.layer_norm(self.layers[:4](x).float(), (WIDTH, ))


class Hearing(nn.Module):
    """States after Whisper layer 4 -> features."""
    def __init__(self, encoder: Encoder, space: EmbeddingSpace) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer() for _ in encoder.layers[FROZEN:])
        self.layers.load_state_dict(encoder.layers[FROZEN:].state_dict())
        self.layer_norm = nn.LayerNorm(512)
        self.layer_norm.load_state_dict(encoder.layer_norm.state_dict())
        self.adaptor = Adaptor()
        norm = self.adaptor.layers[4]
        nn.init.constant_(norm.weight, space.length / WIDTH**.5 / SQRT2)
        norm.bias.data.copy_(space.mean / SQRT2)

    def states(self, upper: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """upper [b, 4t, 512], lengths [b] in codes -> [b, t, 2048]"""
        mask = valid_frames(upper.shape[1], 4 * lengths)
        for layer in self.layers:
            upper = layer(upper, mask)
        return self.layer_norm(upper).reshape(len(upper), -1, STATES)

    def forward(self, upper: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return self.adaptor(self.states(upper, lengths))


class TokenScores(nn.Module):
    """Scores of directions against blank (number 0: the row of " ") and a fixed list of tokens. No biases: the direction itself
    must point at the token, because the language model later sees nothing else."""
    def __init__(self, space: EmbeddingSpace, vocabulary: list[int]) -> None:
        super().__init__()
        blank = token_ids(' ')[0]
        assert blank not in vocabulary
        self.vocabulary, self.index = vocabulary, {t: i + 1 for i, t in enumerate(vocabulary)}
        self.register_buffer('rows', space.rows[[blank] + vocabulary])

    def forward(self, z: torch.Tensor, scale: float) -> torch.Tensor:
        return scale * F.linear(z, self.rows.to(z.dtype))

    def numbers(self, text: str) -> torch.Tensor:
        return torch.tensor([self.index[t] for t in token_ids(text)])

    def read(self, path: list[int]) -> str:
        """A greedy path without repeats and blanks, as text."""
        return decoded([self.vocabulary[a - 1] for a, b in zip(path, [0] + path) if a and a != b])


def is_scorable(text: str) -> bool:
    """Whether CTC can score the text: the blank's own token is not in it."""
    return token_ids(' ')[0] not in token_ids(text)
