"""Runs a plan: tasks whose needs are done, some side by side, each writing to LOG/<task>.txt; what is done is not repeated.

usage: python -m recipe.schedule.run cpu [--budget STAGE=MINUTES ...] [--lanes 2]
       python -m recipe.schedule.run gpu MINUTES [--trial]      --trial: tiny numbers, to see that everything fits together
"""
import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace

from recipe.common.places import HOME, LOG, RECIPE
from recipe.common.training import trained_minutes
from recipe.schedule.plan import Task, on_cpu, on_gpu

DONE = HOME / 'done'
BEGUN = HOME / 'begun'  # when a run on a GPU began: a second call goes on by the same clock
TRIAL = {'assistant': ('--most', '40', '--processes', '2'), 'user': ('--most', '60', '--processes', '2')}


class Scheduler:
    """The tasks, those running, and the clock."""
    def __init__(self, tasks: list[Task], lanes: int, minutes: float | None) -> None:
        self.tasks, self.lanes, self.minutes = {t.name: t for t in tasks}, lanes, minutes
        self.running: dict[str, subprocess.Popen] = {}
        self.failed: set[str] = set()
        DONE.mkdir(parents=True, exist_ok=True)
        LOG.mkdir(parents=True, exist_ok=True)
        if minutes and not BEGUN.exists():
            BEGUN.write_text(str(time.time()))
        self.begun = float(BEGUN.read_text()) if minutes else time.time()

    def is_done(self, name: str) -> bool:
        return (DONE / name).exists()

    def time_for(self, task: Task) -> float | None:
        """Minutes that a task has, None if it may run until it is done."""
        if self.minutes and task.until is not None:
            return max(.1, task.until * self.minutes - (time.time() - self.begun) / 60)
        return task.minutes

    def command(self, task: Task) -> list[str]:
        arguments = [a.format(home=HOME) for a in task.arguments]
        minutes = self.time_for(task)
        if task.is_training and self.minutes:
            spent = 0. if '--again' in task.arguments else trained_minutes(task.stage)
            arguments += ['--total', f'{minutes + spent:.2f}', '--limit', f'{minutes:.2f}']
        elif task.is_training:
            arguments += ['--total', f'{minutes:.2f}']
        elif self.minutes and task.until is not None:
            arguments += ['--limit', f'{minutes:.2f}']
        return [sys.executable, '-m', f'recipe.{task.module}', *arguments]

    def start(self, task: Task) -> None:
        out = open(LOG / f'{task.name}.txt', 'a')
        self.running[task.name] = subprocess.Popen(self.command(task), stdout=out, stderr=subprocess.STDOUT, cwd=RECIPE.parent)
        print(time.strftime('%H:%M:%S'), 'start', ' '.join(self.command(task)[2:]), flush=True)

    def collect(self) -> None:
        """Marks what has ended."""
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            del self.running[name]
            if process.returncode == 0:
                (DONE / name).touch()
            else:
                self.failed.add(name)
            print(time.strftime('%H:%M:%S'),
                  'end' if process.returncode == 0 else f'FAILED ({process.returncode})',
                  name,
                  flush=True)

    def passed(self) -> float:
        """Share of the time that has passed."""
        return (time.time() - self.begun) / 60 / self.minutes if self.minutes else 0.

    def may_start(self, task: Task) -> bool:
        """Whether what it needs is there, or it is time to do without."""
        if all(self.is_done(a) for a in task.after if a in self.tasks):
            return True
        return task.anyway is not None and (self.passed() > task.anyway or bool(self.failed) and not self.running)

    def ready(self) -> list[Task]:
        """Tasks that can start now; no two train the same part at once."""
        training = {self.tasks[n].stage for n in self.running if self.tasks[n].stage}
        waiting = [t for t in self.tasks.values() if not self.is_done(t.name) and t.name not in self.failed.union(self.running)]
        return [t for t in waiting if t.stage not in training and self.may_start(t)]

    def run(self) -> bool:
        """-> whether everything is done"""
        while True:
            self.collect()
            while len(self.running) < self.lanes and (ready := self.ready()):
                self.start(ready[0])
            if not self.running:
                return all(map(self.is_done, self.tasks))
            time.sleep(.5)


def tried(tasks: list[Task]) -> list[Task]:
    """The plan with very little data."""
    def less(t: Task) -> Task:
        arguments = t.arguments[:1] + TRIAL[t.name] if t.name in TRIAL else t.arguments
        return replace(t,
                       arguments=('assistant' if t.name.endswith('assistant') else 'user', '--processes',
                                  '1') if t.name.startswith('features') else arguments)

    return [less(t) for t in tasks]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('where', choices=('cpu', 'gpu'))
    parser.add_argument('minutes', type=float, nargs='?')
    parser.add_argument('--budget', nargs='+', default=[])
    parser.add_argument('--lanes', type=int)
    parser.add_argument('--trial', action='store_true')
    a = parser.parse_args()
    tasks = on_cpu() if a.where == 'cpu' else on_gpu()
    budgets = dict(b.split('=') for b in a.budget)
    tasks = [replace(t, minutes=float(budgets[t.name])) if t.name in budgets else t for t in tasks]
    if a.where == 'gpu' and not a.minutes:
        parser.error('how many minutes?')
    os.environ.setdefault('OMP_NUM_THREADS', '1' if a.where == 'cpu' else '2')
    scheduler = Scheduler(
        tried(tasks) if a.trial else tasks, a.lanes or (2 if a.where == 'cpu' else 8), a.minutes if a.where == 'gpu' else None)
    print('all done' if scheduler.run() else f'not done: {", ".join(n for n in scheduler.tasks if not scheduler.is_done(n))}',
          flush=True)


if __name__ == '__main__':
    main()
