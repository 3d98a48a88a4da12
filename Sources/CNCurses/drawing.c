// Cells onto the screen, keys from the keyboard.
#define _GNU_SOURCE
#include "session.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <ncurses.h>

enum { MOST_PAIRS = 1024 };

static struct {
    int colors;
    int pairs; // in use
    short ink[MOST_PAIRS], ground[MOST_PAIRS];
} palette;

void drawing_begin(int uses_colors) {
    palette.colors = 0;
    palette.pairs = 1;
    if (uses_colors && has_colors() && start_color() == OK && use_default_colors() == OK) palette.colors = COLORS;
    curs_set(0);
}

int screen_colors(void) { return palette.colors; }

/// The number of a pair of colours; made when it is first used.
static int pair_of(int ink, int ground) {
    if (palette.colors == 0 || (ink < 0 && ground < 0)) return 0;
    for (int k = 1; k < palette.pairs; k++)
        if (palette.ink[k] == ink && palette.ground[k] == ground) return k;
    if (palette.pairs >= MOST_PAIRS || palette.pairs >= COLOR_PAIRS) return 0;
    int pair = palette.pairs;
    if (init_extended_pair(pair, ink, ground) != OK) return 0;
    palette.ink[pair] = (short)ink;
    palette.ground[pair] = (short)ground;
    palette.pairs++;
    return pair;
}

static attr_t attributes_of(int attributes) {
    attr_t result = A_NORMAL;
    if (attributes & SCREEN_BOLD) result |= A_BOLD;
    if (attributes & SCREEN_DIM) result |= A_DIM;
    if (attributes & SCREEN_UNDERLINE) result |= A_UNDERLINE;
    if (attributes & SCREEN_REVERSE) result |= A_REVERSE;
    return result;
}

void screen_put(int row, int column, const uint32_t *scalars, int count, int attributes, int ink, int ground) {
    wchar_t text[CCHARW_MAX + 1] = {0};
    if (count > CCHARW_MAX) count = CCHARW_MAX;
    for (int k = 0; k < count; k++) text[k] = (wchar_t)scalars[k];
    cchar_t cell;
    int pair = pair_of(ink, ground);
    if (setcchar(&cell, text, attributes_of(attributes), (short)pair, &pair) == OK) mvadd_wch(row, column, &cell);
}

void screen_refresh(int row, int column) {
    static int shown = -1;
    int shows = row >= 0;
    if (shows) move(row, column);
    if (shows != shown) curs_set(shows);
    shown = shows;
    refresh();
}

void screen_forget(void) { clearok(curscr, TRUE); }

static int key_of(wint_t code) {
    switch (code) {
        case KEY_UP: return SCREEN_KEY_UP;
        case KEY_DOWN: return SCREEN_KEY_DOWN;
        case KEY_LEFT: return SCREEN_KEY_LEFT;
        case KEY_RIGHT: return SCREEN_KEY_RIGHT;
        case KEY_HOME: return SCREEN_KEY_HOME;
        case KEY_END: return SCREEN_KEY_END;
        case KEY_PPAGE: return SCREEN_KEY_PAGE_UP;
        case KEY_NPAGE: return SCREEN_KEY_PAGE_DOWN;
        case KEY_DC: return SCREEN_KEY_DELETE;
        case KEY_BACKSPACE: return SCREEN_KEY_BACKSPACE;
        case KEY_ENTER: return SCREEN_KEY_ENTER;
        case KEY_RESIZE: return SCREEN_KEY_RESIZE;
        case SESSION_PASTE_BEGIN: return SCREEN_KEY_PASTE_BEGIN;
        case SESSION_PASTE_END: return SCREEN_KEY_PASTE_END;
        default: return SCREEN_KEY_OTHER;
    }
}

static int wheel(void) {
    MEVENT event;
    if (getmouse(&event) != OK) return SCREEN_KEY_OTHER;
    if (event.bstate & BUTTON4_PRESSED) return SCREEN_KEY_WHEEL_UP;
    if (event.bstate & BUTTON5_PRESSED) return SCREEN_KEY_WHEEL_DOWN;
    return SCREEN_KEY_OTHER;
}

int screen_read(uint32_t *value) {
    wint_t code;
    switch (get_wch(&code)) {
        case OK: *value = (uint32_t)code; return 1;
        case KEY_CODE_YES: *value = (uint32_t)(code == KEY_MOUSE ? wheel() : key_of(code)); return 2;
        default: return 0;
    }
}
