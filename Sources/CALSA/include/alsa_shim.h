// What Swift cannot call in alsa-lib: its variadic error handler.
#ifndef PARLEY_ALSA_SHIM_H
#define PARLEY_ALSA_SHIM_H

#include <alsa/asoundlib.h>

/// From now on alsa-lib keeps its messages here and writes nothing to standard error, which may be a full-screen display.
void parley_alsa_keep_messages(void);

/// The last message that alsa-lib had on the calling thread, or "". Valid until the next one of this thread.
const char *parley_alsa_last_message(void);

/// Forgets the calling thread's last message.
void parley_alsa_forget_message(void);

/// Opens a device with a configuration of its own, read anew: alsa-lib's common one knows no card that was plugged in later, and two
/// threads that open at once were seen to disturb each other in it. Negative error number of the system, or 0.
int parley_alsa_open(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode);

/// `snd_device_name_hint` for the cards of this moment. One thread at a time is let in.
int parley_alsa_list(void ***hints);

#endif
