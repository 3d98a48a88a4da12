"""Which stage needs which, and how long each is trained.

On a CPU a training has a budget of minutes of one core. On a GPU everything has to fit into the minutes there are: a stage is
trained until a share of them has passed.
"""
from dataclasses import dataclass


# What a run on a GPU gives back (hearing is in the language part, as it was tuned there).
HANDED_ON = ('codebook', 'tokenizer', 'language', 'branch', 'detokenizer', 'vocoder')


@dataclass(frozen=True)
class Task:
    """A module of the recipe to run once the tasks in `after` are done."""
    name: str
    module: str
    after: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    minutes: float | None = None  # budget on a CPU; None: runs until it is done
    until: float | None = None  # share of the time on a GPU; None: runs until it is done
    stage: str | None = None  # the checkpoint it trains
    anyway: float | None = None  # share of the time on a GPU from which it runs even if what it needs has failed

    @property
    def is_training(self) -> bool:
        return self.stage is not None


def data(processes: int, takes: int, sentences: int, until: tuple[float, float]) -> list[Task]:
    """Speech and features. takes: renderings of a reply; until: shares of the time, on a GPU."""
    many = ('--processes', str(processes), '--sentences', str(sentences))
    return [
        Task('assistant', 'data.synthesis', ('texts', ), ('assistant', *many, '--takes', str(takes)), until=until[0]),
        Task('features-assistant', 'data.features', ('assistant', ), ('assistant', '--processes', str(max(1, processes // 4)))),
        Task('user', 'data.synthesis', ('texts', 'assistant'), ('user', *many), until=until[1]),
        Task('features-user', 'data.features', ('user', ), ('user', '--processes', str(max(1, processes // 2))))
    ]


def on_cpu() -> list[Task]:
    """Two cores, one thread a stage. Nothing is trained on codes that cannot be understood: `gate` fails
    then. What comes first in the list goes first."""
    return [
        Task('questions', 'data.questions'),
        Task('texts', 'data.sentences', ('questions', )), *data(1, 1, 5000, (1., 1.)),
        Task('tokenizer', 'tokenizer.train', ('features-assistant', ), minutes=120, stage='tokenizer'),
        Task('fold', 'tokenizer.fold', ('tokenizer', 'features-user')),
        Task('vocoder', 'vocoder.train', ('features-assistant', ), minutes=100, stage='vocoder'),
        Task('gate', 'tokenizer.gate', ('fold', 'vocoder'), ('--total', '8', '--require', '.10')),
        Task('hearing', 'hearing.train', ('features-user', ), minutes=150, stage='hearing'),
        Task('language', 'language.train', ('hearing', 'fold'), minutes=240, stage='language'),
        Task('detokenizer', 'detokenizer.train', ('gate', ), minutes=180, stage='detokenizer'),
        Task('branch', 'branch.train', ('gate', 'language'), minutes=240, stage='branch'),  # it reads the features of the end
        Task('mels', 'detokenizer.mels', ('detokenizer', )),
        Task('vocoder-on-made',
             'vocoder.train', ('mels', ), ('--made', '.5', '--discriminators', '.5'),
             minutes=160,
             stage='vocoder'),
        Task('tests', 'data.test_speech', ('texts', )),
        Task('export', 'assemble.export', ('branch', 'language', 'vocoder-on-made'), ('{home}/export', )),
        Task('round', 'assemble.rounding', ('export', ), ('{home}/export', )),
        Task('speech', 'evaluate.speech', ('round', ), ('{home}/export', )),
        Task('conversation', 'evaluate.conversation', ('round', 'tests'), ('{home}/export', ))
    ]


def on_gpu() -> list[Task]:
    """One accelerator, 16 cores. Judges are left at home: parts are packed and judged there."""
    return [
        Task('texts', 'schedule.carried', ()), *data(16, 2, 10000, (.05, .13)),
        Task('tokenizer', 'tokenizer.train', ('features-assistant', 'features-user'), until=.38, stage='tokenizer'),
        Task('fold', 'tokenizer.fold', ('tokenizer', )),
        Task('hearing', 'hearing.train', ('features-user', ), until=.40, stage='hearing'),
        Task('vocoder', 'vocoder.train', ('features-assistant', ), ('--discriminators', '.6'), until=.74, stage='vocoder'),
        Task('language', 'language.train', ('hearing', 'fold'), until=.93, stage='language'),
        Task('detokenizer', 'detokenizer.train', ('fold', ), until=.76, stage='detokenizer'),
        Task('branch', 'branch.train', ('fold', 'hearing'), until=.93, stage='branch'),
        Task('mels', 'detokenizer.mels', ('detokenizer', 'vocoder'), ('--parts', '4')),
        Task('vocoder-on-made',
             'vocoder.train', ('mels', ), ('--made', '.6', '--discriminators', '0', '--again'),
             until=.93,
             stage='vocoder'),
        Task('pack', 'assemble.parts', ('branch', 'language', 'vocoder-on-made'), ('pack', '{home}/packed', '--only', *HANDED_ON),
             anyway=.94),
        Task('pieces', 'schedule.pieces', ('pack', ), ('split', '{home}/packed', '{home}/pieces'))
    ]
