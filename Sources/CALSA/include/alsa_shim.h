#ifndef PARLEY_ALSA_SHIM_H
#define PARLEY_ALSA_SHIM_H

#include <alsa/asoundlib.h>

#endif
