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

/// Makes alsa-lib read its configuration again at the next open if cards came or went since the last call: the names of a card
/// that was plugged in later are unknown before. Returns 1 if it did.
int parley_alsa_follow_cards(void);

#endif
