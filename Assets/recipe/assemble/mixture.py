"""Mixes two exports of the same shape, tensor by tensor: what the older one answers and what the newer one hears.

A training on other material forgets some of what it knew. Between its weights and those that it began from lies a model that has most
of both (arXiv 2109.01903, 2203.05482); which share is best is measured, not guessed. Round the branch after mixing, not before.

in : OLD and NEW, folders of `assemble.export`;  out: OUT
usage: python -m recipe.assemble.mixture OLD NEW OUT [--language .4] [--branch .65]    shares of NEW; the first of all but the branch
"""
import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def mixed(old: dict[str, torch.Tensor], new: dict[str, torch.Tensor], language: float, branch: float) -> dict[str, torch.Tensor]:
    """`new` moved towards `old`; numbers that are no floats, and tensors of another shape, stay as they are."""
    out = {}
    for name, value in new.items():
        share, before = branch if 'mimo' in name else language, old.get(name)
        is_mixed = before is not None and before.shape == value.shape and value.is_floating_point()
        out[name] = before.to(value.dtype).lerp(value, share) if is_mixed else value
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ('old', 'new', 'out'):
        parser.add_argument(name, type=Path)
    parser.add_argument('--language', type=float, default=.4)
    parser.add_argument('--branch', type=float, default=.65)
    a = parser.parse_args()
    shutil.copytree(a.new, a.out)
    for path in sorted(a.new.rglob('*.safetensors')):
        name = path.relative_to(a.new)
        save_file(mixed(load_file(a.old / name), load_file(path), a.language, a.branch), a.out / name)


if __name__ == '__main__':
    main()
