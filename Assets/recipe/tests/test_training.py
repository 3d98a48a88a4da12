"""Budget, resuming, hand-over of parts, curves, the plan."""
import os
import signal
import tempfile
import unittest
from pathlib import Path

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

import torch
from torch import nn

from recipe.assemble.parts import unpack
from recipe.common.places import LOG, PARTS
from recipe.common.training import Budget, Trainer, checkpoint, other_book, save_checkpoint
from recipe.schedule.pieces import join, split
from recipe.schedule.plan import Task, on_cpu, on_gpu
from recipe.schedule.run import DONE, Scheduler


def trainer(stage: str, seconds: float, **more) -> Trainer:
    torch.manual_seed(0)
    net = nn.Linear(4, 1)
    made = Trainer(stage,
                   dict(net=net), [dict(params=list(net.parameters()), lr=.05)],
                   Budget(seconds / 60, 1),
                   warmup=5,
                   report=200,
                   **more)
    x = torch.randn(64, 4)
    made.losses = lambda: dict(loss=(net(x) - x.sum(1, keepdim=True)).square().mean())
    return made


class Loop(unittest.TestCase):
    def test_trains_until_the_budget_is_spent_and_goes_on(self):
        first = trainer('loop', .3, average='net')
        first.run(first.losses)
        self.assertGreaterEqual(first.seconds, .3)
        again = trainer('loop', .3, average='net')
        self.assertEqual((again.step, again.seconds), (first.step, first.seconds))
        self.assertTrue(torch.equal(again.modules['net'].weight, first.modules['net'].weight))
        again.run(again.losses)
        self.assertEqual(again.step, first.step)  # nothing is left to do
        longer = trainer('loop', .6, average='net')
        longer.run(longer.losses)
        self.assertGreater(longer.step, first.step)
        self.assertIn('<polyline', (LOG / 'loop.svg').read_text())

    def test_learning_rate_ends_at_zero(self):
        t = trainer('rate', .2)
        t.run(t.losses)
        t._descend(t.losses()['loss'])
        self.assertEqual(t.optimiser.param_groups[0]['lr'], 0)

    def test_stopped_by_a_signal_it_saves(self):
        t = trainer('signal', 60)
        real, count = t.losses, iter(range(1000))

        def losses():
            if next(count) == 20:
                os.kill(os.getpid(), signal.SIGTERM)
            return real()

        before = signal.getsignal(signal.SIGTERM)
        with self.assertRaises(SystemExit):
            t.run(losses)
        signal.signal(signal.SIGTERM, before)
        self.assertEqual(checkpoint('signal')['step'], 21)

    def test_only_what_is_kept_is_saved(self):
        t = trainer('kept', .05, kept={'bias'})
        t.run(t.losses)
        self.assertEqual(list(checkpoint('kept')['modules']['net']), ['bias'])

    def test_another_code_book_begins_anew(self):
        saved = dict(modules=dict(net={'table.weight': 1, 'other': 2}),
                     average={'table.weight': 1},
                     optimiser={},
                     about=dict(book='a'))
        other_book(saved, 'a', ('table', ))
        self.assertIn('table.weight', saved['modules']['net'])
        other_book(saved, 'b', ('table', ))
        self.assertEqual((saved['modules']['net'], saved['average'], saved['optimiser']), ({'other': 2}, {}, None))


class Parts(unittest.TestCase):
    def test_packed_and_unpacked(self):
        from recipe.assemble import parts
        weight = torch.randn(3, 3).half().float()
        save_checkpoint(
            'hearing',
            dict(modules=dict(hearing=dict(w=weight)),
                 average=None,
                 optimiser={},
                 step=5,
                 seconds=60.,
                 about=dict(vocabulary=[1])))
        save_checkpoint(
            'vocoder',
            dict(modules=dict(generator=dict(w=weight * 0)),
                 average=dict(w=weight),
                 optimiser={},
                 step=5,
                 seconds=60.,
                 about=dict(config={})))
        with tempfile.TemporaryDirectory() as folder:
            parts.pack(Path(folder))
            for stage in ('hearing', 'vocoder'):
                (PARTS / f'{stage}.pt').unlink()
            unpack(Path(folder))
        self.assertTrue(torch.equal(checkpoint('hearing')['modules']['hearing']['w'], weight))
        self.assertTrue(torch.equal(checkpoint('vocoder')['average']['w'], weight))
        self.assertIsNone(checkpoint('hearing')['optimiser'])

    def test_pieces(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / 'a').mkdir()
            (folder / 'a' / 'x').write_bytes(torch.randn(50000).numpy().tobytes())
            count = split(folder / 'a', folder / 'pieces', 40000)
            self.assertGreater(count, 3)
            join(folder / 'pieces', folder / 'b')
            self.assertEqual((folder / 'b' / 'x').read_bytes(), (folder / 'a' / 'x').read_bytes())
            next((folder / 'pieces').iterdir()).unlink()
            with self.assertRaises(SystemExit):
                join(folder / 'pieces', folder / 'c')


class Plan(unittest.TestCase):
    def test_scheduler_starts_what_is_ready_and_trains_a_part_once_at_a_time(self):
        tasks = [
            Task('a', 'x'),
            Task('b', 'x', ('a', ), stage='s', until=.5),
            Task('c', 'x', ('a', ), stage='s', until=.9),
            Task('d', 'x', ('b', 'c'))
        ]
        s = Scheduler(tasks, 4, 10.)
        for path in DONE.glob('*'):
            path.unlink()
        self.assertEqual([t.name for t in s.ready()], ['a'])
        (DONE / 'a').touch()
        self.assertEqual([t.name for t in s.ready()], ['b', 'c'])
        s.running['b'] = None
        self.assertEqual(s.ready(), [])  # c trains the same part
        s.running.clear(), s.failed.add('b')
        (DONE / 'c').touch()
        self.assertEqual(s.ready(), [])  # d needs b
        self.assertTrue(4.5 < s.time_for(tasks[1]) <= 5)
        s.tasks['e'] = Task('e', 'x', ('d', ), anyway=.9)  # d will never be done
        self.assertEqual([t.name for t in s.ready()], ['e'])

    def test_needs_come_first_and_modules_exist(self):
        import importlib.util
        for plan in (on_cpu(), on_gpu()):
            known = set()
            for task in plan:
                self.assertTrue(set(task.after) <= known, task)
                self.assertIsNotNone(importlib.util.find_spec(f'recipe.{task.module}'), task)
                known.add(task.name)

    def test_nothing_is_trained_on_codes_before_the_gate(self):
        tasks = {t.name: t for t in on_cpu()}
        for name in ('detokenizer', 'branch'):
            self.assertIn('gate', tasks[name].after)


if __name__ == '__main__':
    unittest.main()
