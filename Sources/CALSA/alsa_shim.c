#include "alsa_shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_message[256];

static void keep_message(const char *file, int line, const char *function, int code, const char *format, ...) {
    (void)file;
    (void)line;
    (void)function;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(last_message, sizeof last_message, format, arguments);
    va_end(arguments);
    if (code != 0 && length >= 0 && (size_t)length < sizeof last_message - 3) {
        snprintf(last_message + length, sizeof last_message - (size_t)length, ": %s", snd_strerror(code));
    }
}

void parley_alsa_keep_messages(void) { snd_lib_error_set_handler(keep_message); }

const char *parley_alsa_last_message(void) { return last_message; }

void parley_alsa_forget_message(void) { last_message[0] = 0; }

int parley_alsa_follow_cards(void) {
    // One bit for each card number; alsa-lib has at most 32.
    static atomic_int known = -1;
    int present = 0;
    int card = -1;
    while (snd_card_next(&card) == 0 && card >= 0) present |= (int)(1u << (card & 31));
    int before = atomic_exchange(&known, present);
    if (before == -1 || before == present) return 0;
    snd_config_update_free_global();
    return 1;
}
