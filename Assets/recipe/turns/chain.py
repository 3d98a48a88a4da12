"""What a recording is before it is listened to: the voice processor of the program, or its plain one.

Sources/CVoiceProcessing is compiled for it (g++ and libwebrtc-audio-processing-dev); the settings are the program's own defaults.
"""
import ctypes
import functools
import subprocess

import numpy as np
from scipy.signal import lfilter

from recipe.common.places import HOME, RECIPE
from recipe.turns.features import HOP, second_order

SOURCE = RECIPE.parent.parent / 'Sources' / 'CVoiceProcessing'


class Settings(ctypes.Structure):
    """pvp_settings"""
    _fields_ = [(n, ctypes.c_int) for n in ('echo_canceller', 'noise_suppressor', 'gain_control', 'high_pass', 'voice_likelihood')]


@functools.cache
def library() -> ctypes.CDLL:
    """Builds the library once and loads it."""
    path = HOME / 'turns' / 'voice_processing.so'
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        subprocess.run(['g++', '-std=c++17', '-O2', '-shared', '-fPIC', '-DWEBRTC_POSIX', '-DWEBRTC_AUDIO_PROCESSING_ONLY_BUILD',
                        '-I/usr/include/webrtc_audio_processing', f'-I{SOURCE}/include', f'{SOURCE}/voice_processing.cc',
                        '-lwebrtc_audio_processing', '-o', str(path)], check=True)
    c = ctypes.CDLL(str(path))
    c.pvp_create.restype = ctypes.c_void_p
    return c


def processed(x: np.ndarray, settings: Settings = Settings(2, 1, 1, 1, 1)) -> np.ndarray:
    """x behind WebRTC's echo canceller (with a silent loudspeaker), low noise suppressor and gain control."""
    c = library()
    processor = ctypes.c_void_p(c.pvp_create(ctypes.byref(settings)))
    y, silence = np.ascontiguousarray(x[:len(x) // HOP * HOP], np.float32).copy(), np.zeros(HOP, np.float32)
    pointer = ctypes.POINTER(ctypes.c_float)
    for frame in y.reshape(-1, HOP):
        c.pvp_far(processor, silence.ctypes.data_as(pointer))
        c.pvp_near(processor, frame.ctypes.data_as(pointer), 0)
    c.pvp_destroy(processor)
    return y


def plain(x: np.ndarray) -> np.ndarray:
    """x without what lies below 80 Hz, in 16 bits."""
    y = lfilter(*second_order(80, True), x[:len(x) // HOP * HOP])
    return (np.clip(np.round(y * 32768), -32768, 32767) / 32768).astype(np.float32)
