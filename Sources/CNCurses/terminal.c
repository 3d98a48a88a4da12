// Opening, closing and rescuing the terminal. Drawing and keys are in drawing.c.
#define _GNU_SOURCE
#include "terminal.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

// ncurses.h after the system's headers: it defines short names.
#include <ncurses.h>
#include <term.h>

/// At most so many bytes of what was written to descriptor 2 are printed after the screen is closed.
enum { LOG_TAIL = 2048 };

static struct {
    SCREEN *screen;
    struct termios before;      // the terminal's settings before we came
    char restore[256];          // what gives the terminal back: the crash path writes it
    int restore_length;
    int error_output;           // copy of descriptor 2
    int log;                    // what descriptor 2 points at
    off_t log_begin;
    volatile sig_atomic_t open; // 1: the terminal is ours
    int uses_mouse;
} terminal = {.error_output = -1, .log = -1};

// ---- what handlers may call

static void write_all(int descriptor, const char *bytes, long count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, (size_t)count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes += written;
        count -= written;
    }
}

/// Points descriptor 2 back and prints the end of what was written to it.
static void restore_error_output(void) {
    if (terminal.error_output < 0) return;
    dup2(terminal.error_output, STDERR_FILENO);
    off_t end = lseek(terminal.log, 0, SEEK_END);
    off_t begin = end - terminal.log_begin > LOG_TAIL ? end - LOG_TAIL : terminal.log_begin;
    char bytes[LOG_TAIL];
    ssize_t count = end > begin ? pread(terminal.log, bytes, (size_t)(end - begin), begin) : 0;
    if (count > 0) write_all(STDERR_FILENO, bytes, count);
    terminal.log_begin = end;
}

void screen_rescue(void) {
    int error = errno;
    if (terminal.open) {
        terminal.open = 0;
        // A terminal that takes nothing any more (Ctrl-S, a dead connection) must not keep the program from ending.
        struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (poll(&output, 1, 200) == 1 && output.revents == POLLOUT) write_all(STDOUT_FILENO, terminal.restore, terminal.restore_length);
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
        restore_error_output();
    }
    errno = error;
}

// ---- opening

static void choose_locale(void) {
    static int chosen;
    if (chosen) return;
    chosen = 1;
    if (!setlocale(LC_ALL, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

int screen_width_of(uint32_t scalar) {
    choose_locale();
    return wcwidth((wchar_t)scalar);
}

static void add_restore(const char *bytes) {
    if (!bytes || bytes == (char *)-1) return;
    int length = (int)strlen(bytes);
    if (terminal.restore_length + length > (int)sizeof terminal.restore) return;
    memcpy(terminal.restore + terminal.restore_length, bytes, (size_t)length);
    terminal.restore_length += length;
}

static void prepare_restore(void) {
    terminal.restore_length = 0;
    add_restore("\033[?2004l");
    if (terminal.uses_mouse) add_restore("\033[?1000l\033[?1006l");
    for (int k = 0; k < 4; k++) add_restore(tigetstr((char *[]){"sgr0", "cnorm", "rmkx", "rmcup"}[k]));
}

static int divert_error_output(const char *log_file) {
    if (terminal.log < 0) {
        terminal.log = log_file ? open(log_file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
        if (terminal.log < 0) terminal.log = memfd_create("parley-stderr", MFD_CLOEXEC);
        if (terminal.log < 0) return 0;
        // Appending: the file's end moves with every write of other descriptors too.
        fcntl(terminal.log, F_SETFL, fcntl(terminal.log, F_GETFL) | O_APPEND);
    }
    if (terminal.error_output < 0) terminal.error_output = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal.error_output < 0) return 0;
    terminal.log_begin = lseek(terminal.log, 0, SEEK_END);
    dup2(terminal.log, STDERR_FILENO);
    return 1;
}

/// What curses does not set: Ctrl-S must not freeze the screen, Ctrl-V and Ctrl-O are ours.
static void set_modes(void) {
    cbreak();
    noecho();
    nonl();
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &modes) == 0) {
        modes.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
        modes.c_lflag &= ~(tcflag_t)IEXTEN;
        tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
    def_prog_mode();
}

static void send_modes(void) {
    write_all(STDOUT_FILENO, "\033[?2004h", 8);
}

static void set_keys(void) {
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    define_key("\033[200~", SESSION_PASTE_BEGIN);
    define_key("\033[201~", SESSION_PASTE_END);
    if (terminal.uses_mouse) mousemask(BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

int screen_check(void) {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return SCREEN_NO_TERMINAL;
    // newterm enters the alternate screen: ask for the capability before.
    int status;
    if (setupterm(NULL, STDOUT_FILENO, &status) != OK) return SCREEN_UNKNOWN;
    char *address = tigetstr("cup");
    return address && address != (char *)-1 ? SCREEN_OPENED : SCREEN_NO_ADDRESSING;
}

int screen_open(int uses_colors, int uses_mouse, const char *log_file) {
    int terminal_kind = screen_check();
    if (terminal_kind != SCREEN_OPENED) return terminal_kind;
    if (tcgetattr(STDIN_FILENO, &terminal.before) != 0) return SCREEN_NO_TERMINAL;
    choose_locale();
    if (!signals_prepare()) return SCREEN_SYSTEM;
    terminal.uses_mouse = uses_mouse;
    prepare_restore();
    if (!divert_error_output(log_file)) return SCREEN_SYSTEM;
    static int at_exit;
    if (!at_exit) at_exit = atexit(screen_rescue) == 0;
    terminal.open = 1;
    // Before curses changes anything: a crash inside it is covered too. After newterm its own handlers are replaced.
    terminal.screen = newterm(NULL, stdout, stdin);
    if (!terminal.screen) {
        screen_rescue();
        return SCREEN_UNKNOWN;
    }
    signals_install();
    set_modes();
    set_keys();
    drawing_begin(uses_colors);
    send_modes();
    return SCREEN_OPENED;
}

void screen_close(void) {
    if (!terminal.open) return;
    if (terminal.screen) endwin();
    // Again and without curses: it must not depend on curses' idea of what was sent.
    screen_rescue();
}

void screen_suspend(void) {
    def_prog_mode();
    endwin();
    write_all(STDOUT_FILENO, terminal.restore, terminal.restore_length);
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    restore_error_output();
    raise(SIGSTOP);
    screen_resume();
}

void screen_resume(void) {
    divert_error_output(NULL);
    reset_prog_mode();
    send_modes();
    keypad(stdscr, TRUE);
    clearok(curscr, TRUE);
    refresh();
}

void screen_resize(int *height, int *width) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    *height = LINES;
    *width = COLS;
}

void screen_write(const char *bytes, long count) {
    fflush(stdout);
    write_all(STDOUT_FILENO, bytes, count);
}

// ---- waking

int wakeup_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void wakeup_signal(int descriptor) {
    uint64_t one = 1;
    (void)!write(descriptor, &one, sizeof one);
}

void wakeup_clear(int descriptor) {
    uint64_t value;
    (void)!read(descriptor, &value, sizeof value);
}

void wakeup_close(int descriptor) { close(descriptor); }
