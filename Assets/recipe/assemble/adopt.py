"""Starts a training from a model in the released layout (32-bit floats).

That is an earlier export, or the bundled model converted back by
`parley models convert Assets/models/parley-mini --rules Assets/recipe/assemble/floats.rules -o FOLDER`.

FOLDER -> PARTS/*.pt; the tokenizer's own layers only where the folder has some. Checkpoints that exist are kept.
usage: python -m recipe.assemble.adopt FOLDER
"""
import argparse
import hashlib
import json
from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file

from recipe.common.places import PARTS
from recipe.common.training import save_checkpoint
from recipe.language.model import AUDIO_LAYERS, FIRST_CODE, LAYERS, TRUNK
from recipe.tokenizer.model import LOWER

Tensors = dict[str, torch.Tensor]


def read(folder: Path) -> Tensors:
    """All tensors of a folder as 32-bit floats; those stored in ranges of rows (NAME.rows.FIRST) in one piece again."""
    found = {k: v.float() for path in sorted(folder.glob('*.safetensors')) for k, v in load_file(path).items()}
    ranges: dict[str, dict[int, torch.Tensor]] = {}
    for name in [k for k in found if '.rows.' in k]:
        whole, first = name.rsplit('.rows.', 1)
        ranges.setdefault(whole, {})[int(first)] = found.pop(name)
    return found | {whole: torch.cat([part for _, part in sorted(parts.items())]) for whole, parts in ranges.items()}


def below(tensors: Tensors, prefix: str) -> Tensors:
    """Tensors whose names begin so, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def keep(stage: str, modules: dict[str, Tensors], about: dict, average: Tensors | None = None) -> None:
    """A checkpoint to start from, unless there is one."""
    if (PARTS / f'{stage}.pt').exists():
        print(stage, 'is there already')
        return
    save_checkpoint(stage, dict(modules=modules, average=average, optimiser=None, step=0, seconds=0., about=about))
    print(stage, sum(len(m) for m in modules.values()) + len(average or {}), 'tensors')


def adopt(folder: Path) -> None:
    if not (folder / 'config.json').exists():
        raise SystemExit(f'there is no model in {folder}: convert one with assemble/floats.rules first')
    main_part, encoder = read(folder), below(read(folder / 'whisper-large-v3'), 'model.encoder.')
    tokenizer = read(folder / 'glm-4-voice-tokenizer')
    rows = tokenizer['codebook.weight']
    book = hashlib.sha256(rows.numpy().tobytes()).hexdigest()[:12]
    embedding = main_part['model.embed_tokens.weight'][FIRST_CODE:].clone()
    keep('codebook', dict(codebook=dict(rows=rows, embedding=embedding)), dict(book=book))
    own = {
        f'layers.{int(k.split(".")[1]) - LOWER}.{k.split(".", 2)[2]}': v
        for k, v in tokenizer.items() if k.startswith('layers.')
    }
    if own:
        keep('tokenizer', dict(own=own), {})
    hearing = {f'layers.{i - 4}.{k}': v for i in (4, 5) for k, v in below(encoder, f'layers.{i}.').items()}
    hearing |= {f'layer_norm.{k}': v for k, v in below(encoder, 'layer_norm.').items()}
    hearing |= {f'adaptor.{k}': v for k, v in below(main_part, 'model.vq_adaptor.').items()}
    keep('hearing', dict(hearing=hearing), dict(vocabulary=[]))
    plain = {k.removeprefix('model.'): v for k, v in main_part.items() if not k.endswith('.bias') and 'vq_adaptor' not in k}
    text = {k: v for i in range(TRUNK, LAYERS) for k, v in plain.items() if k.startswith(f'layers.{i}.') and '.mlp.' not in k}
    keep('language', dict(model=text | {'norm.weight': plain['norm.weight']}, hearing=hearing), {})
    branch = {
        k: v
        for k, v in plain.items()
        if k.startswith(tuple(f'mimo_layers.{i}.' for i in range(AUDIO_LAYERS)) + ('mimo_norm', 'mimo_output'))
    }
    keep('branch', dict(branch=branch), dict(book=book))
    flow, dit = read(folder / 'audio_detokenizer'), yaml.safe_load((folder / 'audio_detokenizer' / 'config.yaml').read_text())
    sizes = dit['model']['dit']
    config = dict(dim=sizes['hidden_size'],
                  depth=sizes['depth'],
                  heads=sizes['num_heads'],
                  mels=sizes['input_size'],
                  semantic_vocab=sizes['semantic_vocab_size'],
                  repeat=dit['parley']['frames_a_code'])
    noise = .4  # as `export` folds it in
    flow['input_linear.weight'] = flow['input_linear.weight'] / noise
    for k in ('final_layer.linear.weight', 'final_layer.linear.bias'):
        flow[k] = flow[k] * noise
    keep('detokenizer', {}, dict(config=config, mean=dit['mel_mean'], std=round(dit['mel_std'] / noise, 4), book=book), flow)
    sound = {
        k.replace('weight_g', 'parametrizations.weight.original0').replace('weight_v', 'parametrizations.weight.original1'): v
        for k, v in read(folder / 'vocoder').items() if not k.endswith('filter')
    }
    keep('vocoder', {}, dict(config=json.loads((folder / 'vocoder' / 'config.json').read_text())), sound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    adopt(parser.parse_args().folder)


if __name__ == '__main__':
    main()
