"""The turn detector's network: what may teach it, that it hears nothing of the future, and its layout for the program."""
import json
import os
import unittest
from unittest import mock

from recipe.tests import corpus

import numpy as np
import soundfile
import torch

from recipe.common import held_out
from recipe.turns import noises, words
from recipe.turns.export import stored
from recipe.turns.features import HOP, WIDTH, features
from recipe.turns.mixtures import EDGE, labels
from recipe.turns.model import CHANNELS, LAYERS, TAPS, SpeechNetwork
from recipe.turns.train import delayed


class Material(unittest.TestCase):
    """The gate of the recordings."""
    def test_speakers_and_noises_of_the_marked_recordings_are_refused(self):
        good = dict(set='asr/lj', speaker='lj', licence='public domain (LJ Speech, LibriVox)', language='en', file='0.wav')
        bad = [dict(good, set=s) for s in ('vad', 'conversation', 'noise', 'wake-words', 'digits', 'asr/prompts')]
        bad += [dict(good, speaker='libri-367'), dict(good, licence='GPL-2'), dict(good, set='vocoder', speaker='vctk-p225')]
        self.assertFalse(held_out.is_turn_test(good))
        for item in bad:
            self.assertTrue(held_out.is_turn_test(item), item)
        folder = corpus.HOME / 'recordings'
        folder.mkdir()
        soundfile.write(folder / '0.wav', np.random.default_rng(0).uniform(-.1, .1, 800), 16000)
        (folder / 'manifest.jsonl').write_text(''.join(json.dumps(i) + '\n' for i in [good] + bad))
        with mock.patch.dict(os.environ, PARLEY_RECORDINGS=str(folder)):
            self.assertEqual(len(words.recorded()), 1)

    def test_noises_are_sounds(self):
        for kind in noises.KINDS:
            x = kind(16000, np.random.default_rng(3))
            self.assertTrue(x.shape == (16000, ) and np.isfinite(x).all() and np.abs(x).max() > 0, kind)


class Network(unittest.TestCase):
    """What comes later changes nothing of what was said before."""
    def setUp(self):
        torch.manual_seed(1)
        self.network, self.sound = SpeechNetwork().eval(), np.random.default_rng(1).normal(0, .1, 100 * HOP).astype(np.float32)

    def test_features_and_network_are_causal(self):
        other = self.sound.copy()
        other[60 * HOP:] = 0
        first, second = features(self.sound), features(other)
        self.assertEqual(first.shape, (100, WIDTH))
        np.testing.assert_array_equal(first[:60], second[:60])
        with torch.no_grad():
            a, b = (self.network(torch.from_numpy(f)[None])[0] for f in (first, second))
        torch.testing.assert_close(a[:60], b[:60])
        self.assertGreater(float((a[60:] - b[60:]).abs().max()), 1e-3)

    def test_stored_layers_give_the_same_frame_by_frame(self):
        x, weights = features(self.sound), stored(self.network)
        heard, past, found = np.zeros((TAPS, WIDTH), np.float32), [np.zeros((2**k, CHANNELS), np.float32) for k in range(LAYERS)], []

        def layer(name: str, inputs: np.ndarray) -> np.ndarray:
            return weights[f'{name}.weight'].numpy() @ inputs + weights[f'{name}.bias'].numpy()

        for t, row in enumerate(x):
            heard = np.concatenate([heard[1:], row[None]])
            h = np.maximum(0, layer('front', heard.reshape(-1)))
            for k in range(LAYERS):
                before = past[k][t % 2**k].copy()
                past[k][t % 2**k] = h
                h = h + np.maximum(0, layer(f'back.{k}', np.concatenate([before, h])))
            found.append(layer('out', h)[0])
        with torch.no_grad():
            expected = self.network(torch.from_numpy(x)[None])[0].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_labels(self):
        speech = np.zeros(100, bool)
        speech[40:60] = True
        y = labels(speech, 1)
        self.assertEqual([int(v) for v in np.flatnonzero(y == 1)], list(range(41 + EDGE, 61 - EDGE)))
        self.assertEqual((y == -1).sum(), 4 * EDGE)
        late, weight = delayed(y[None])
        self.assertEqual(int(late.argmax()), 41 + EDGE + 5)
        self.assertEqual(set(weight[0].tolist()), {0., 1., 2.})


if __name__ == '__main__':
    unittest.main()
