// Signals become numbers in a pipe that the poll loop reads; crash signals give the terminal back first.
//
// Handlers rather than signalfd: that one needs every thread to block the signals, and libraries start threads that do not. The
// program keeps INT, TERM and HUP blocked in its own threads and hands them in with screen_deliver_signal; where they are
// not blocked, the handlers do.
#define _GNU_SOURCE
#include "session.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static int queue[2] = {-1, -1};

static const int ordinary[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
enum { CRASHES = sizeof crashes / sizeof crashes[0], ORDINARY = sizeof ordinary / sizeof ordinary[0] };

int screen_signal_descriptor(void) { return queue[0]; }

void screen_deliver_signal(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    if (queue[1] >= 0) (void)!write(queue[1], &byte, 1);
    errno = error;
}

int screen_next_signal(void) {
    unsigned char byte;
    return read(queue[0], &byte, 1) == 1 ? byte : 0;
}

/// Runs where the crash happened. The signal then ends the program as it would have; not by the action that was there before us:
/// the language's own is a dialogue in the user's terminal that takes minutes.
static void crashed(int number, siginfo_t *information, void *context) {
    (void)context;
    screen_rescue();
    signal(number, SIG_DFL);
    // A fault happens again when the handler returns; a signal that was sent has to be sent again.
    if (information->si_code <= 0) raise(number);
}

static void install_crash_handlers(void) {
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int k = 0; k < CRASHES; k++) sigaction(crashes[k], &action, NULL);
}

static void install(const int *numbers, int count) {
    struct sigaction action = {.sa_handler = screen_deliver_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int k = 0; k < count; k++) sigaction(numbers[k], &action, NULL);
}

int signals_prepare(void) { return queue[0] >= 0 || pipe2(queue, O_CLOEXEC | O_NONBLOCK) == 0; }

void signals_install(void) {
    static int installed;
    install(ordinary, ORDINARY);
    if (!installed) install_crash_handlers();
    installed = 1;
}

int signals_open(void) {
    if (!signals_prepare()) return -1;
    install(ordinary, 4);
    return 0;
}
