"""Rounds the audio branch of an export to the grid of 4 bits that it ships in, so that its outputs change least.

Rounded one by one, the branch says a fifth more words wrong than in 32-bit floats. Here the columns of a matrix are rounded one after the other, and what a column
loses is made good in those that follow, as far as the inputs of real rows allow (GPTQ, arXiv 2210.17323). `exact:q8` in the rules of
storage then finds the grid again and stores it without loss.

in : FOLDER of `assemble.export`, FEATURES of both speakers;  out: FOLDER/model.safetensors, rewritten
usage: python -m recipe.assemble.rounding FOLDER [--batches 12]
"""
import argparse
import random
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from recipe.branch.grid import GROUP, LEVELS, grid
from recipe.branch.rows import SpokenRows, trained_hearing
from recipe.branch.train import BranchTraining
from recipe.common import whisper
from recipe.common.smollm2 import EmbeddingSpace
from recipe.common.speech import batches_by_length
from recipe.common.training import checkpoint, device
from recipe.hearing.model import Hearing

DAMPING = .01  # of the mean diagonal of the inputs' products


def rounded(w: torch.Tensor, products: torch.Tensor) -> torch.Tensor:
    """w [rows, columns], products [columns, columns]: sums of x xᵀ over inputs x -> w on the grid."""
    w, h = w.double().clone(), products.double()
    h = h + torch.eye(len(h), dtype=h.dtype) * DAMPING * h.diagonal().mean()
    upper = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    out = torch.zeros_like(w)
    for first in range(0, w.shape[1], GROUP):
        last = first + GROUP
        s, m = grid(w[:, first:last].float(), (1 / upper.diagonal()[first:last]**2).float())
        s, m = s.double(), m.double()
        errors = torch.zeros_like(w[:, first:last])
        for k in range(first, last):
            column = w[:, k:k + 1]
            q = m + s * ((column - m) / s).round().clamp(0, LEVELS - 1)
            errors[:, k - first:k - first + 1] = (column - q) / upper[k, k]
            w[:, k + 1:last] -= errors[:, k - first:k - first + 1] * upper[k, k + 1:last]
            out[:, k:k + 1] = q
        w[:, last:] -= errors @ upper[first:last, last:]
    return out.float()


def inputs_of(training: BranchTraining, batches: list[list[dict]]) -> dict[str, torch.Tensor]:
    """Sums of x xᵀ over the inputs of each matrix of the branch, by its name."""
    sums: dict[str, torch.Tensor] = {}

    def watch(name: str):
        def hook(_: nn.Module, args: tuple[torch.Tensor, ...]) -> None:
            x = args[0].detach().double().reshape(-1, args[0].shape[-1])
            sums[name] = sums.get(name, 0) + x.T @ x

        return hook

    found = [(n, m) for n, m in training.model.named_modules() if isinstance(m, nn.Linear) and n.startswith('mimo_layers.')]
    hooks = [m.register_forward_pre_hook(watch(n)) for n, m in found]
    with torch.no_grad():
        for batch in batches:
            training.losses(batch, 0.)
    for hook in hooks:
        hook.remove()
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--batches', type=int, default=12)
    a, where = parser.parse_args(), device()
    spoken = SpokenRows(where, trained_hearing(Hearing(whisper.load(), EmbeddingSpace())).to(where), 0)
    training = BranchTraining(where, spoken)
    training.model.load_state_dict(checkpoint('branch')['modules']['branch'], strict=False)
    training.model.eval()
    batches = batches_by_length(spoken.training, 650, lambda u: u['codes'], random.Random(7))[:a.batches]
    path = a.folder / 'model.safetensors'
    tensors = load_file(path)
    for name, products in inputs_of(training, batches).items():
        key = f'model.{name}.weight'
        before = tensors[key].float()
        tensors[key] = rounded(before, products.cpu())
        lost = (before - tensors[key]).double()
        was = before.double()
        print(f'{name}: {float(lost.norm() / was.norm()):.3f} of the weights,',
              f'{float(((lost @ products * lost).sum() / (was @ products * was).sum()).sqrt()):.3f} of the outputs', flush=True)
    save_file(tensors, path)


if __name__ == '__main__':
    main()
