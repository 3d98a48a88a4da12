#include "voice_processing.h"

#include <webrtc/modules/audio_processing/include/audio_processing.h>
