"""Nothing that is kept for tests may enter training."""
import hashlib
import json
import re
import unittest
from pathlib import Path
from unittest import mock

from recipe.tests import corpus

import numpy as np

from recipe.common import held_out
from recipe.common.places import RECIPE
from recipe.common.speech import training_and_tests

TRAINERS = ('tokenizer', 'hearing', 'language', 'branch', 'detokenizer', 'vocoder')


def reserving(text: str):
    """Within it the text counts as reserved."""
    key = hashlib.sha256(held_out.plain(text).encode()).hexdigest()[:12]
    return mock.patch.object(held_out, 'RESERVED', held_out.RESERVED | {key})


class Gate(unittest.TestCase):
    """held_out.admit"""
    def test_every_kind_of_held_out_material_is_refused(self):
        for speaker in ('user', 'assistant'):
            for item in corpus.planted(speaker):
                with self.subTest(item=item), self.assertRaises(held_out.HeldOutMaterial):
                    held_out.admit([item], speaker)

    def test_reserved_text_is_refused_however_it_is_written(self):
        text = corpus.trainable_texts('user', 1)[0]
        held_out.admit([dict(text=text)], 'user')
        with reserving(text):
            for written in (text, text.upper() + '?', text.replace(' ', '-')):
                with self.subTest(written=written), self.assertRaises(held_out.HeldOutMaterial):
                    held_out.admit([dict(text=written)], 'user')

    def test_what_may_be_trained_on_passes(self):
        items = [dict(text=t, voice='heart') for t in corpus.trainable_texts('user', 50)]
        items.append(dict(text=items[0]['text'], voice='reader', set='asr/lj', licence='public domain (LJ Speech, LibriVox)'))
        self.assertEqual(held_out.admit(items, 'user'), items)

    def test_reserved_list_is_there(self):
        self.assertGreaterEqual(len(held_out.RESERVED), 250)
        self.assertTrue(all(re.fullmatch('[0-9a-f]{12}', key) for key in held_out.RESERVED))


class Tables(unittest.TestCase):
    """From the features to a trainer."""
    @classmethod
    def setUpClass(cls):
        corpus.make_features('user', dict(upper=(4, 512, np.float16), lower=(4, 512, np.float16), code=(1, 0, np.int16)))
        corpus.make_features(
            'assistant', dict(lower=(4, 512, np.float16), mel=(4, 80, np.float16), wave=(4, 480, np.int16),
                              code=(1, 0, np.int16)))
        corpus.make_questions()

    def check(self, items: list[dict], speaker: str) -> None:
        self.assertTrue(items)
        self.assertEqual([held_out.reason(i, speaker) for i in items], [None] * len(items))

    def test_planted_utterances_do_not_come_through(self):
        for speaker in ('user', 'assistant'):
            training, tests = training_and_tests(speaker)
            self.check(training, speaker)
            self.assertEqual(len(training), 30)
            self.assertEqual([t['text'] for t in tests], [corpus.own_test_text(speaker)])

    def test_reserved_utterance_does_not_come_through(self):
        text = training_and_tests('user')[0][0]['text']
        with reserving(text):
            self.assertNotIn(text, [u['text'] for part in training_and_tests('user') for u in part])

    def test_questions_of_the_language_stage(self):
        from recipe.language.examples import questions
        training, tests = questions()
        self.check(training, 'user')
        self.assertEqual([q['text'] for q in tests], [corpus.own_test_text('user')])
        with reserving(training[0]['text']):
            self.assertNotIn(training[0]['text'], [q['text'] for q in questions()[0]])

    def test_corpora_of_the_stages(self):
        import torch
        from recipe.detokenizer.train import Corpus as Flow
        from recipe.tokenizer.train import Corpus as Tokens
        from recipe.vocoder.train import Corpus as Sounds
        cpu = torch.device('cpu')
        self.check(Flow(cpu).training, 'assistant')
        self.check(Tokens(cpu).assistant, 'assistant')
        self.check(Tokens(cpu).user, 'user')
        with mock.patch('recipe.vocoder.train.FRAMES', 8):
            self.check(Sounds(cpu, 0.).training, 'assistant')

    def test_nothing_is_spoken_that_is_reserved(self):
        from recipe.data.synthesis import missing, wanted
        text = corpus.trainable_texts('user', 1)[0]
        self.assertIn(text, [i['text'] for i in missing('user', wanted('user', 1, 0))])
        with reserving(text):
            self.assertNotIn(text, [i['text'] for i in missing('user', wanted('user', 1, 0))])


class Recordings(unittest.TestCase):
    """Clips of people."""
    def test_only_clips_that_may_be_trained_on_are_cut_and_used(self):
        from recipe.data.recordings import candidates
        texts = corpus.trainable_texts('user', 6)
        clip = dict(file='x.flac', language='en', duration=20., licence='MIT', set='asr/lj', speaker='reader')
        clips = [
            dict(clip, text=texts[0]),
            dict(clip, text=None, text_unverified=texts[1]),
            dict(clip, text=texts[2], set='asr/harvard'),
            dict(clip, text=None, text_unverified=texts[3], licence='CC BY-SA 4.0'),
            dict(clip, text=texts[4], language='zh'),
            dict(clip, text=None)
        ]
        folder = corpus.HOME / 'people'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'manifest.jsonl').write_text(''.join(json.dumps(c) + '\n' for c in clips))
        self.assertEqual([(c['text'], c['whole']) for c in candidates(folder)], [(texts[0], False), (texts[1], False)])

    def test_a_piece_must_be_heard_as_the_text_has_it(self):
        from recipe.data import recordings
        clip = dict(text='one two three four five six', voice='reader', set='asr/lj', licence='MIT', wave=None)
        heard = iter(['One two,', 'three for', 'five six'])
        with mock.patch.object(recordings, 'wave_of', lambda _: np.ones(15 * 16000, np.float32)):
            with mock.patch.object(recordings, 'cuts', lambda x: [0, 80000, 160000, len(x)]):
                found = [item['text'] for item, _ in recordings.pieces(clip, lambda x: next(heard))]
        self.assertEqual(found, ['One two,', 'Five six'])

    def test_cuts_are_made_where_it_is_quiet(self):
        from recipe.data.recordings import cuts
        x = np.ones(10 * 16000, np.float32)
        x[4 * 16000:4 * 16000 + 4000] = 0
        ends = cuts(x)
        self.assertEqual((ends[0], ends[-1]), (0, len(x)))
        self.assertTrue(any(4 * 16000 <= e <= 4 * 16000 + 4000 for e in ends))


class Sources(unittest.TestCase):
    """There is no way around the gate."""
    def test_only_the_gate_reads_the_tables(self):
        for stage in TRAINERS:
            for path in (RECIPE / stage).glob('*.py'):
                source = path.read_text()
                with self.subTest(path=path.name):
                    self.assertNotRegex(source, r'\butterances\(', 'take utterances from training_and_tests')
                    if re.search(r'\b(Trainer|Table)\(', source) and path.name not in ('fold.py', 'mels.py'):
                        self.assertRegex(source, r'training_and_tests|SpokenRows|SpeechExamples')

    def test_codes_and_mels_are_made_of_all_but_trained_on_none(self):
        for name in ('tokenizer/fold.py', 'detokenizer/mels.py'):
            self.assertNotRegex((RECIPE / name).read_text(), r'\.backward\(|Trainer\(')

    def test_test_voices_speak_in_the_tests_alone(self):
        for path in Path(RECIPE).rglob('*.py'):
            if re.search(r'voices\.kokoro|\bkokoro\(', path.read_text()) and path.parent.name != 'tests':
                self.assertIn(path.name, ('voices.py', 'test_speech.py'))


if __name__ == '__main__':
    unittest.main()
