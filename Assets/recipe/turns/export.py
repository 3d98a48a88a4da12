"""Writes the network as the program reads it, and what it says about a recording of the tests.

in : PARTS/turns.pt (the averaged weights)
out: FOLDER/weights.safetensors, halves; rows of a layer are what it looks at, oldest frame first
     RECORDING.json beside the recording that is given: the likelihood of speech in every tenth frame
usage: python -m recipe.turns.export FOLDER [RECORDING.flac]
"""
import json
import sys
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors.torch import save_file

from recipe.common.training import checkpoint
from recipe.turns.features import features
from recipe.turns.model import SpeechNetwork

EVERY = 10


def stored(network: SpeechNetwork) -> dict[str, torch.Tensor]:
    """Layers as matrices [outputs, taps · inputs]."""
    layers = dict(front=network.front, out=network.out, **{f'back.{k}': layer for k, layer in enumerate(network.back)})
    out = {}
    for name, layer in layers.items():
        out[f'{name}.weight'] = layer.weight.detach().transpose(1, 2).reshape(layer.weight.shape[0], -1).contiguous()
        out[f'{name}.bias'] = layer.bias.detach()
    return out


def trained() -> SpeechNetwork:
    """The averaged network with weights as they are stored: in half precision."""
    part, network = checkpoint('turns'), SpeechNetwork()
    if part is None:
        raise SystemExit('the network has not been trained: run recipe.turns.train first')
    network.load_state_dict({k: v.half().float() for k, v in part['average'].items()})
    return network.eval()


def likelihoods(network: SpeechNetwork, sound: np.ndarray) -> np.ndarray:
    """[frames] of 16 kHz sound."""
    with torch.no_grad():
        return torch.sigmoid(network(torch.from_numpy(features(sound))[None]))[0].numpy()


def main() -> None:
    folder, recording = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    folder.mkdir(parents=True, exist_ok=True)
    network = trained()
    save_file({k: v.half() for k, v in stored(network).items()}, folder / 'weights.safetensors')
    if recording:
        found = likelihoods(network, soundfile.read(recording, dtype='float32')[0])[::EVERY]
        recording.with_suffix('.json').write_text(json.dumps(dict(every=EVERY, speech=[round(float(p), 5) for p in found])) + '\n')


if __name__ == '__main__':
    main()
