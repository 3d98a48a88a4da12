"""Trained parts as small files without optimisers: what is handed on, and what a new training starts from.

pack FOLDER    PARTS/*.pt -> FOLDER/<stage>.safetensors (half precision, code book in 32 bits) and parts.json
unpack FOLDER  the reverse; checkpoints that exist are kept unless --force. A part's schedule begins anew.
usage: python -m recipe.assemble.parts pack|unpack FOLDER [--only STAGE ...] [--force]
"""
import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from recipe.common.places import PARTS
from recipe.common.training import checkpoint, save_checkpoint

STAGES = ('codebook', 'tokenizer', 'hearing', 'language', 'branch', 'detokenizer', 'vocoder')
AVERAGE = '(average)'  # stages that keep an average hand on nothing else


def pack(folder: Path, stages: tuple[str, ...] = STAGES) -> None:
    """Checkpoints -> folder."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / 'parts.json'
    about = json.loads(index.read_text()) if index.exists() else {}
    for stage in stages:
        saved = checkpoint(stage)
        if saved is None:
            continue
        modules = {AVERAGE: saved['average']} if saved['average'] else saved['modules']
        kind = torch.float32 if stage == 'codebook' else torch.float16
        tensors = {
            f'{m}/{k}': v.detach().to(kind if v.is_floating_point() else v.dtype).contiguous().clone()
            for m, state in modules.items()
            for k, v in state.items()
        }
        save_file(tensors, folder / f'{stage}.safetensors')
        about[stage] = dict(about=saved['about'], step=saved['step'], minutes=round(saved['seconds'] / 60, 1))
        print(f'{stage}: {len(tensors)} tensors, {(folder / f"{stage}.safetensors").stat().st_size / 1e6:.1f} MB')
    index.write_text(json.dumps(about, indent=1))


def unpack(folder: Path, stages: tuple[str, ...] = STAGES, force: bool = False) -> None:
    """Folder -> checkpoints."""
    about = json.loads((folder / 'parts.json').read_text())
    for stage in stages:
        path = folder / f'{stage}.safetensors'
        if not path.exists() or (PARTS / f'{stage}.pt').exists() and not force:
            continue
        modules: dict[str, dict[str, torch.Tensor]] = {}
        for name, tensor in load_file(path).items():
            module, key = name.split('/', 1)
            modules.setdefault(module, {})[key] = tensor.float() if tensor.is_floating_point() else tensor
        save_checkpoint(
            stage,
            dict(modules=modules,
                 average=modules.pop(AVERAGE, None),
                 optimiser=None,
                 step=0,
                 seconds=0.,
                 about=about[stage]['about']))
        print(stage, 'from', path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', choices=('pack', 'unpack'))
    parser.add_argument('folder', type=Path)
    parser.add_argument('--only', nargs='+', choices=STAGES, default=STAGES)
    parser.add_argument('--force', action='store_true')
    a = parser.parse_args()
    if a.what == 'pack':
        pack(a.folder, tuple(a.only))
    else:
        unpack(a.folder, tuple(a.only), a.force)


if __name__ == '__main__':
    main()
