#include "alsa_shim.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

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

// Reading the configuration is quick and uses nothing but files; opening may hang and is never done under the lock.
static pthread_mutex_t configuration = PTHREAD_MUTEX_INITIALIZER;

int parley_alsa_open(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode) {
    snd_config_t *top = NULL;
    snd_config_update_t *update = NULL;
    pthread_mutex_lock(&configuration);
    int code = snd_config_update_r(&top, &update, NULL);
    pthread_mutex_unlock(&configuration);
    if (code >= 0) code = snd_pcm_open_lconf(pcm, name, stream, mode, top);
    pthread_mutex_lock(&configuration);
    if (top) snd_config_delete(top);
    if (update) snd_config_update_free(update);
    pthread_mutex_unlock(&configuration);
    return code;
}

int parley_alsa_list(void ***hints) {
    pthread_mutex_lock(&configuration);
    snd_config_update_free_global();
    int code = snd_device_name_hint(-1, "pcm", hints);
    pthread_mutex_unlock(&configuration);
    return code;
}
