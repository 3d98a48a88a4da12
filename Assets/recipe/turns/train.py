"""Teaches the network to hear speech in the mixtures.

in : HOME/turns/mixtures
out: PARTS/turns.pt
usage: python -m recipe.turns.train --total 10
"""
import numpy as np
import torch
from torch import nn

from recipe.common.places import HOME
from recipe.common.training import Budget, Trainer, device, half, parameters
from recipe.turns.features import BANDS
from recipe.turns.model import LOOK_AHEAD, SpeechNetwork

BATCH = 24  # tracks
RATE = 3e-3
SHORT = 45  # frames: shorter words count twice
TESTS = 96  # the last tracks are not learned from


def delayed(speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels [tracks, frames] -> targets as late as the network tells them, and how much each counts."""
    late = np.pad(speech, ((0, 0), (LOOK_AHEAD, 0)))[:, :speech.shape[1]]
    weight = (late >= 0).astype(np.float32)
    for row, w in zip(late, weight):
        edges = np.flatnonzero(np.diff((row == 1).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        for first, end in edges:
            if end - first < SHORT:
                w[first:end] = 2
    return np.maximum(late, 0).astype(np.float32), weight


def read_mixtures() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> features, targets, weights of all tracks."""
    parts = [np.load(p) for p in sorted((HOME / 'turns' / 'mixtures').glob('*.npz'))]
    if not parts:
        raise SystemExit('there are no mixtures: run recipe.turns.mixtures first')
    return np.concatenate([p['features'] for p in parts]), *delayed(np.concatenate([p['speech'] for p in parts]))


def disturbed(x: torch.Tensor) -> torch.Tensor:
    """Features as another microphone in another room might give them: some bands missing, spectra tilted, all a little wrong."""
    bands, tilts = torch.linspace(-1, 1, BANDS), torch.randn(len(x), 2, 1) * torch.tensor([.25, .15])[:, None]
    curve = tilts[:, 0] * bands + tilts[:, 1] * (bands**2 - 1 / 3)
    x[:, :, BANDS:2 * BANDS] += curve[:, None]
    for row, first, count in zip(x, torch.randint(0, BANDS, (len(x), )).tolist(), torch.randint(0, 9, (len(x), )).tolist()):
        row[:, first:min(first + count, BANDS)] = 0
        row[:, BANDS + first:min(BANDS + first + count, 2 * BANDS)] = 0
    return x + .1 * torch.randn_like(x)


def main() -> None:
    budget, _ = Budget.from_arguments(__doc__)
    where = device()
    features, targets, weights = read_mixtures()
    network, count = SpeechNetwork(), len(features) - TESTS
    trainer = Trainer('turns', dict(network=network), [dict(params=parameters([network]), lr=RATE, weight_decay=.01)], budget,
                      average='network', pause=45.)
    random = np.random.default_rng(trainer.step)

    def loss_of(rows: np.ndarray, model: nn.Module, changed: bool) -> torch.Tensor:
        x = torch.from_numpy(features[rows].astype(np.float32))
        with half(where):
            logits = model(disturbed(x) if changed else x).float()
        loss = nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(targets[rows]), reduction='none')
        weight = torch.from_numpy(weights[rows])
        return (loss * weight).sum() / weight.sum()

    def validate() -> dict[str, float]:
        learning = {k: v.clone() for k, v in network.state_dict().items()}
        network.load_state_dict(trainer.shadow)
        loss = float(loss_of(np.arange(count, len(features)), network, False))
        network.load_state_dict(learning)
        return dict(loss=loss)

    trainer.run(lambda: dict(loss=loss_of(random.choice(count, BATCH, replace=False), network, True)), validate)


if __name__ == '__main__':
    main()
