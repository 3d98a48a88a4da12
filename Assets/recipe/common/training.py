"""The loop that every stage trains by: budget and clock, learning rate, averages, log, curves, checkpoints.

A stage's checkpoint PARTS/<stage>.pt holds modules, optimiser, average, step, seconds and `about` (what else the stage
must remember). Run again, the stage goes on from there; the learning rate falls to zero when `total` minutes are spent.
"""
import argparse
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from recipe.common.curves import draw
from recipe.common.places import LOG, PARTS

SEED = 20


@dataclass
class Budget:
    """Minutes of training in all, and by the wall clock in this run (None: no limit)."""
    total: float
    limit: float | None = None

    @staticmethod
    def from_arguments(description: str, **more: dict) -> tuple['Budget', argparse.Namespace]:
        """--total and --limit of a stage's command line; `more`: further arguments by name."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument('--total', type=float, required=True, help='minutes of training in all')
        parser.add_argument('--limit', type=float, help='minutes of this run, by the wall clock')
        for name, options in more.items():
            parser.add_argument('--' + name.replace('_', '-'), **options)
        arguments = parser.parse_args()
        return Budget(arguments.total, arguments.limit), arguments


def device() -> torch.device:
    """CUDA where there is one; one CPU thread otherwise, numbers below 1e-38 as zeros."""
    torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS', '1')))
    torch.set_flush_denormal(True)
    torch.set_float32_matmul_precision('highest')  # codes are decided by small differences
    return torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def half(where: torch.device) -> torch.autocast:
    """Matrix products in bfloat16, on either device; masters stay in 32 bits."""
    return torch.autocast(where.type, dtype=torch.bfloat16)


def checkpoint(stage: str) -> dict | None:
    """A stage's checkpoint on the CPU, None if there is none."""
    path = PARTS / f'{stage}.pt'
    return torch.load(path, map_location='cpu', weights_only=False) if path.exists() else None


def save_checkpoint(stage: str, content: dict) -> None:
    """Replaces the checkpoint in one step."""
    PARTS.mkdir(parents=True, exist_ok=True)
    part = PARTS / f'{stage}.part'
    torch.save(content, part)
    part.replace(PARTS / f'{stage}.pt')


class Log:
    """Prints, and keeps numbers for the curves in LOG/<stage>.jsonl."""
    def __init__(self, stage: str) -> None:
        LOG.mkdir(parents=True, exist_ok=True)
        self.stage, self.file = stage, open(LOG / f'{stage}.jsonl', 'a')

    def close(self) -> None:
        self.file.close()

    def __call__(self, **numbers: float | str) -> None:
        line = {k: round(v, 5) if isinstance(v, float) else v for k, v in numbers.items()}
        self.file.write(json.dumps(line) + '\n')
        self.file.flush()
        print(time.strftime('%H:%M:%S'), self.stage, ' '.join(f'{k} {v}' for k, v in line.items()), flush=True)


@dataclass
class Trainer:
    """Trains `modules` by the clock."""
    stage: str
    modules: dict[str, nn.Module]
    groups: list[dict]  # of AdamW: params, lr (the highest), weight_decay ...
    budget: Budget
    about: dict = field(default_factory=dict)
    warmup: int = 100
    clip: float = 1.
    fall: float = 1.  # power of the learning rate's fall
    betas: tuple[float, float] = (.9, .98)
    average: str | None = None  # the module whose moving average is kept
    kept: set[str] | None = None  # names in the modules that the checkpoint holds (None: all)
    adapt: Callable[[dict], None] | None = None  # changes a checkpoint that was made under other conditions
    report: int = 50  # steps
    pause: float = 300.  # seconds between checkpoints with validation

    def __post_init__(self) -> None:
        self.log, self.step, self.seconds, self.stopped = Log(self.stage), 0, 0., False
        self.rates = [g['lr'] for g in self.groups]
        self.parameters = [p for g in self.groups for p in g['params']]
        self.cuda = self.parameters[0].is_cuda
        self.pause = min(self.pause, 120.) if self.cuda else self.pause
        self.optimiser = torch.optim.AdamW(self.groups, betas=self.betas, fused=True)
        self.shadow = None
        saved = checkpoint(self.stage)
        if saved and self.adapt:
            self.adapt(saved)
        if saved:
            self._resume(saved)
        if self.average:
            state = self.modules[self.average].state_dict()
            old = (saved or {}).get('average') or {}
            self.shadow = {k: old.get(k, v).detach().to(v, copy=True) for k, v in state.items()}
        seed = SEED + self.step
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)

    def _resume(self, saved: dict) -> None:
        if self.average and not saved.get('optimiser') and saved.get('average'):  # a part that was handed on
            saved['modules'][self.average] = saved['average']
        for name, module in self.modules.items():
            if name in saved['modules']:
                missing = module.load_state_dict(saved['modules'][name], strict=False)
                assert not missing.unexpected_keys, missing.unexpected_keys[:3]
        if saved.get('optimiser'):  # absent in parts that are handed on
            self.optimiser.load_state_dict(saved['optimiser'])
            self.step, self.seconds = saved['step'], saved['seconds']
        self.about = {**saved.get('about', {}), **self.about}

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the budget is spent."""
        return min(1., self.seconds / (60 * self.budget.total))

    def save(self) -> None:
        """Writes the checkpoint and draws the curves."""
        def kept(module: nn.Module) -> dict:
            return {k: v for k, v in module.state_dict().items() if self.kept is None or k in self.kept}

        save_checkpoint(
            self.stage,
            dict(modules={n: kept(m)
                          for n, m in self.modules.items()},
                 optimiser=self.optimiser.state_dict(),
                 average=self.shadow,
                 step=self.step,
                 seconds=self.seconds,
                 about=self.about))
        draw(self.stage)

    def run(self, losses: Callable[[], dict[str, torch.Tensor]], validate: Callable[[], dict[str, float]] | None = None) -> None:
        """Steps until the budget or this run's time is spent. losses() -> `loss` to descend, and more to report."""
        begun = clock = self._now()
        wall, last, sums, since = time.time(), self.seconds, {}, 0
        self.log(step=self.step, seconds=self.seconds, event='start')
        signal.signal(signal.SIGTERM, self._stop)
        while self.progress < 1 and not self.stopped and (not self.budget.limit or time.time() - wall < 60 * self.budget.limit):
            found = losses()
            self._descend(found['loss'])
            for name, value in found.items():
                sums.setdefault(name, []).append(value.detach())
            self.step, since = self.step + 1, since + 1
            now = self._now()
            self.seconds, clock = self.seconds + min(now - clock, 20.), now  # pauses do not count
            if since == self.report:
                rate = (now - begun) and since / (now - begun)
                self.log(step=self.step, seconds=self.seconds, **means(sums), steps_a_second=rate)
                sums, since, begun = {}, 0, now
            if self.seconds - last > self.pause:
                self._check(validate)
                last, clock, begun, sums, since = self.seconds, self._now(), self._now(), {}, 0
        if self.stopped:
            self.save()
            raise SystemExit(f'{self.stage} was stopped at step {self.step} and saved')
        self._check(validate)

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def _check(self, validate: Callable[[], dict[str, float]] | None) -> None:
        self.save()
        if validate:
            for m in self.modules.values():
                m.eval()
            with torch.no_grad():
                self.log(step=self.step, seconds=self.seconds, event='test', **validate())
            for m in self.modules.values():
                m.train()
            draw(self.stage)

    def _descend(self, loss: torch.Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        factor = min(1., (self.step + 1) / self.warmup) * (1 - self.progress)**self.fall
        for group, rate in zip(self.optimiser.param_groups, self.rates):
            group['lr'] = rate * factor
        self.optimiser.step()
        if self.shadow:
            keep = min(.998, self.step / (self.step + 20.))
            now = self.modules[self.average].state_dict()
            with torch.no_grad():
                torch._foreach_lerp_([self.shadow[k] for k in now], list(now.values()), 1 - keep)

    def _now(self) -> float:
        """Seconds: of this process on a CPU, so that sharing it costs nothing in the schedule; of the clock on CUDA."""
        if self.cuda:
            return time.time()
        return time.process_time()


def means(found: dict[str, list[torch.Tensor]]) -> dict[str, float]:
    """Means of what was reported (not every step reports everything)."""
    return {name: float(torch.stack([v.float() for v in values]).mean()) for name, values in found.items()}


def other_book(saved: dict, book: str, dependent: tuple[str, ...]) -> None:
    """For Trainer.adapt: where a part was trained with another code book, what depends on it starts anew."""
    if saved['about'].get('book') != book:
        for state in [*saved['modules'].values(), saved.get('average') or {}]:
            for name in [n for n in state if n.startswith(dependent)]:
                del state[name]
        saved['optimiser'] = None


def trained_minutes(stage: str) -> float:
    """How long a stage has been trained so far, by its log."""
    path = LOG / f'{stage}.jsonl'
    lines = path.read_text().splitlines() if path.exists() and (PARTS / f'{stage}.pt').exists() else []
    return json.loads(lines[-1])['seconds'] / 60 if lines else 0.


def parameters(modules: Iterable[nn.Module]) -> list[nn.Parameter]:
    """All parameters that learn."""
    return [p for m in modules for p in m.parameters() if p.requires_grad]
