"""Where the recipe reads and writes.

HOME is the working folder of a training (PARLEY_RECIPE_HOME), never the repository:
    base/       source models            speech/     synthetic speech, in parts
    texts/      questions and sentences  features/   what the stages read, part by part
    parts/      checkpoints              log/        losses, their curves, what the stages print
"""
import importlib.util
import os
from pathlib import Path

HOME = Path(os.environ.get('PARLEY_RECIPE_HOME', '~/.cache/parley-recipe')).expanduser()
BASE, TEXTS, SPEECH, FEATURES, PARTS, LOG = (HOME / n for n in ('base', 'texts', 'speech', 'features', 'parts', 'log'))
RECIPE = Path(__file__).resolve().parent.parent


def package_file(package: str, *path: str) -> Path:
    """A file inside an installed Python package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f'the Python package {package} is not installed (run.sh setup)')
    return Path(list(spec.submodule_search_locations)[0], *path)
