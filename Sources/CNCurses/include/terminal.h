// The terminal's life cycle and its drawing in wide-character ncurses, for one thread. What may be called from signal
// handlers and other threads says so.
#ifndef PARLEY_TERMINAL_H
#define PARLEY_TERMINAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why a screen could not be opened.
enum {
    SCREEN_OPENED = 0,
    SCREEN_NO_TERMINAL = 1,   // standard input or output is no terminal
    SCREEN_UNKNOWN = 2,       // no description of $TERM
    SCREEN_NO_ADDRESSING = 3, // $TERM cannot move the cursor
    SCREEN_SYSTEM = 4         // out of descriptors or memory
};

/// Whether a screen could be opened here, SCREEN_OPENED, or why not. Changes nothing.
int screen_check(void);

/// Opens the screen: saves the terminal's settings, enters the alternate screen, installs the handlers.
/// `log_file` gets what is written to descriptor 2 while the screen is up; NULL: a file without a name.
int screen_open(int uses_colors, int uses_mouse, const char *log_file);
/// Restores the terminal and descriptor 2, whose last lines it prints. Does nothing when no screen is open.
void screen_close(void);
/// Restores the terminal with async-signal-safe calls only: for handlers, exit and other threads.
void screen_rescue(void);
/// Hands the terminal to the shell and stops the program; returns when it goes on.
void screen_suspend(void);
/// After a stop that was not ours: puts our settings back.
void screen_resume(void);

/// Descriptor that is readable when a signal arrived.
int screen_signal_descriptor(void);
/// The next signal that arrived, or 0.
int screen_next_signal(void);
/// Puts a signal into the queue. Any thread, also a handler.
void screen_deliver_signal(int number);

/// Takes the terminal's size into account; tells it.
void screen_resize(int *height, int *width);
/// Number of colours, 0 when there are none or they were not asked for.
int screen_colors(void);

/// Attributes of a cell.
enum { SCREEN_BOLD = 1, SCREEN_DIM = 2, SCREEN_UNDERLINE = 4, SCREEN_REVERSE = 8 };

/// One cell: a character and up to four marks on it. Colours -1: the terminal's own.
void screen_put(int row, int column, const uint32_t *scalars, int count, int attributes, int ink, int ground);
/// Sends what changed; shows the cursor at a place, or hides it where `row` is negative.
void screen_refresh(int row, int column);
/// Forgets what the terminal shows: the next refresh sends everything.
void screen_forget(void);

/// Keys that are no characters.
enum {
    SCREEN_KEY_NONE = 0, SCREEN_KEY_UP, SCREEN_KEY_DOWN, SCREEN_KEY_LEFT, SCREEN_KEY_RIGHT, SCREEN_KEY_HOME,
    SCREEN_KEY_END, SCREEN_KEY_PAGE_UP, SCREEN_KEY_PAGE_DOWN, SCREEN_KEY_DELETE, SCREEN_KEY_BACKSPACE, SCREEN_KEY_ENTER,
    SCREEN_KEY_RESIZE, SCREEN_KEY_PASTE_BEGIN, SCREEN_KEY_PASTE_END, SCREEN_KEY_WHEEL_UP, SCREEN_KEY_WHEEL_DOWN,
    SCREEN_KEY_OTHER
};

/// The next key without waiting. 0: none; 1: `*value` is a character; 2: `*value` is a SCREEN_KEY.
int screen_read(uint32_t *value);

/// Writes bytes past ncurses, for the clipboard.
void screen_write(const char *bytes, long count);

/// Columns of a character as the C library and ncurses see them; -1 when it is unknown. Sets the locale if need be.
int screen_width_of(uint32_t scalar);

/// Watches signals without a screen, for the line mode: INT TERM HUP QUIT become readable like above. 0: done.
int signals_open(void);

/// A descriptor that any thread can make readable; -1 when there is none.
int wakeup_open(void);
/// Makes it readable. Any thread; never waits.
void wakeup_signal(int descriptor);
/// Takes what was signalled.
void wakeup_clear(int descriptor);
void wakeup_close(int descriptor);

#ifdef __cplusplus
}
#endif

#endif
