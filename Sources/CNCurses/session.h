// What the files of this module share.
#ifndef PARLEY_SESSION_H
#define PARLEY_SESSION_H

/// Key codes of our own, above those of curses.
enum { SESSION_PASTE_BEGIN = 0x2000, SESSION_PASTE_END };

/// Makes the queue of signals. 0: out of descriptors.
int signals_prepare(void);
/// Installs the handlers of ordinary and of crash signals.
void signals_install(void);
/// Starts with colours or without.
void drawing_begin(int uses_colors);

#endif
