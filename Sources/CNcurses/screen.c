#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

volatile sig_atomic_t inn_state_now = INN_CLOSED;
int inn_tty = -1;
struct termios inn_original_termios;

static SCREEN *screen;
static FILE *output_file, *input_file;
static bool mouse_on, synchronized_output;
/* inn_terminal_suspend has already done what the SIGCONT that ended its stop asks for. */
static bool came_back;
/* What ncurses was last told, so that unchanged cells cost no setcchar. */
static inn_cell *shown;
static int shown_width, shown_height;
static unsigned frame, reset_pairs_from;
/* ncurses cannot set them again, because it writes to a queue. */
static struct termios program_modes;

static const char mouse_on_bytes[] = "\033[?1000h\033[?1002h\033[?1006h";
static const char mouse_off_bytes[] = "\033[?1006l\033[?1002l\033[?1000l";
/* Pasted text comes between two marks, so that it is not taken for keys. */
static const char paste_on_bytes[] = "\033[?2004h";
static const char paste_off_bytes[] = "\033[?2004l";
static const char sync_begin_bytes[] = "\033[?2026h";
static const char sync_end_bytes[] = "\033[?2026l";
enum { FRAMES_BETWEEN_PAIR_RESETS = 64, OPENING_MILLISECONDS = 2000 };
/* Neither reading nor writing waits: only poll does. */
enum { TTY_FLAGS = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

bool inn_in_foreground(void) { return inn_is_borrowed || tcgetpgrp(inn_tty) == getpgrp(); }

static int open_tty(void) {
    int descriptor = -1;
#ifdef __APPLE__
    /* poll does not work on /dev/tty there, only on the device behind it. */
    for (int standard = 2; standard >= 0 && descriptor < 0; standard--)
        if (isatty(standard) && ttyname(standard)) descriptor = open(ttyname(standard), TTY_FLAGS);
#endif
    if (descriptor < 0) descriptor = open("/dev/tty", TTY_FLAGS);
    if (descriptor >= 0 && (!isatty(descriptor) || tcgetattr(descriptor, &inn_original_termios) < 0)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static char restore_bytes[401];
static size_t restore_count;

static int collect(int byte) {
    if (restore_count < sizeof restore_bytes - 1) restore_bytes[restore_count++] = (char)byte;
    return byte;
}

static void collect_capability(const char *capability) {
    char name[8];
    snprintf(name, sizeof name, "%s", capability);
    const char *value = tigetstr(name);
    if (value && value != (const char *)-1) tputs(value, 1, collect);
}

/* A signal handler can neither look capabilities up nor format them. */
static void prepare_restore(void) {
    restore_count = 0;
    for (const char *byte = sync_end_bytes; *byte; byte++) collect(*byte);
    for (const char *byte = mouse_off_bytes; *byte; byte++) collect(*byte);
    for (const char *byte = paste_off_bytes; *byte; byte++) collect(*byte);
    static const char *const capabilities[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    for (int i = 0; i < 5; i++) collect_capability(capabilities[i]);
    collect('\r');
    inn_endings_set_restore(restore_bytes, restore_count);
    restore_bytes[restore_count] = 0;
    if (inn_is_borrowed) inn_keeper_open(restore_bytes);
}

/* Keeps the signal keys (a program that hangs can still be quit) and hands every other key through. They must not
   throw away output on its way, or the screen would differ from what ncurses believes it is. */
static void set_modes(void) {
    cbreak();
    noecho();
    nonl();
    struct termios modes;
    if (tcgetattr(inn_tty, &modes) == 0) {
        modes.c_iflag &= (tcflag_t)~(IXON | IXANY);
        modes.c_lflag &= (tcflag_t)~IEXTEN;
        modes.c_lflag |= NOFLSH;
        /* They would reach the launcher, which would end everything. */
        if (inn_is_borrowed) modes.c_lflag &= (tcflag_t)~ISIG;
        tcsetattr(inn_tty, TCSANOW, &modes);
        program_modes = modes;
    }
    def_prog_mode();
    curs_set(0);
    leaveok(stdscr, TRUE);
    /* ncurses would break a frame off when a key is waiting. */
    typeahead(-1);
}

static bool fit_shown(void) {
    int width = COLS, height = LINES;
    if (shown && width == shown_width && height == shown_height) return true;
    inn_cell *cells = realloc(shown, (size_t)width * (size_t)height * sizeof *cells);
    if (!cells) return false;
    shown = cells;
    shown_width = width;
    shown_height = height;
    inn_terminal_invalidate();
    return true;
}

static void free_everything(void) {
    inn_input_close();
    inn_pairs_close();
    if (screen) delscreen(screen);
    screen = NULL;
    if (output_file) fclose(output_file);
    if (input_file) fclose(input_file);
    output_file = input_file = NULL;
    inn_output_close();
    if (inn_tty >= 0) close(inn_tty);
    inn_tty = -1;
    free(shown);
    shown = NULL;
}

/* A terminal that does not take bytes now gets the next frame instead; one that is gone gets none. */
static bool terminal_takes_output(int patience_milliseconds) {
    struct pollfd output = {inn_tty, POLLOUT, 0};
    if (poll(&output, 1, patience_milliseconds) <= 0) return false;
    return (output.revents & POLLOUT) && !(output.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static bool start_ncurses(const inn_terminfo *chosen) {
    output_file = fdopen(fcntl(inn_tty, F_DUPFD_CLOEXEC, 10), "w");
    input_file = fdopen(fcntl(inn_tty, F_DUPFD_CLOEXEC, 10), "r");
    if (!output_file || !input_file) return false;
    char name[sizeof chosen->name];
    memcpy(name, chosen->name, sizeof name);
    inn_terminfo_use(chosen);
    screen = newterm(name, output_file, input_file);
    if (!screen) return false;
    set_term(screen);
    set_escdelay(25);
    return true;
}

inn_open_result inn_terminal_open(const inn_terminal_options *options, inn_terminal_info *info) {
    static bool registered;
    if (inn_state_now != INN_CLOSED) return INN_OPEN_ALREADY_OPEN;
    inn_is_borrowed = options->borrowed != NULL;
    inn_tty = inn_is_borrowed ? inn_borrow(options->borrowed, TTY_FLAGS) : open_tty();
    if (inn_tty < 0) return INN_OPEN_NO_TERMINAL;
    info->utf8 = inn_open_locale();
    unsetenv("LINES");
    unsetenv("COLUMNS");
    inn_terminfo chosen;
    inn_open_result result = inn_terminfo_choose(options->color, &chosen);
    if (result != INN_OPEN_OK) {
        free_everything();
        return result;
    }
    if (!terminal_takes_output(OPENING_MILLISECONDS)) {
        inn_terminfo_release(&chosen);
        free_everything();
        return INN_OPEN_NOT_READ;
    }
    bool started = inn_signals_open() && inn_output_open() && start_ncurses(&chosen);
    inn_terminfo_release(&chosen);
    if (!started) {
        inn_signals_close();
        free_everything();
        return INN_OPEN_FAILED;
    }
    prepare_restore();
    inn_state_now = INN_ON_SCREEN;
    set_modes();
    inn_output_take(fileno(output_file));
    inn_pairs_open(chosen.color);
    inn_input_open();
    inn_events_open();
    frame = reset_pairs_from = 0;
    synchronized_output = options->synchronized_output;
    clearok(curscr, TRUE);
    fit_shown();
    doupdate();
    inn_output_add(paste_on_bytes, sizeof paste_on_bytes - 1);
    mouse_on = false;
    inn_terminal_set_mouse(options->mouse);
    inn_capture_open();
    if (!registered) registered = atexit(inn_terminal_close) == 0;
    const char *term = getenv("TERM");
    info->color = has_colors() ? chosen.color : INN_COLOR_MONO;
    info->linux_console = term && strncmp(term, "linux", 5) == 0;
    inn_terminal_size(&info->width, &info->height);
    return INN_OPEN_OK;
}

static void leave_screen(void) {
    inn_output_drop();
    inn_output_add(sync_end_bytes, sizeof sync_end_bytes - 1);
    inn_output_add(mouse_off_bytes, sizeof mouse_off_bytes - 1);
    inn_output_add(paste_off_bytes, sizeof paste_off_bytes - 1);
    endwin();
    inn_output_finish();
    tcsetattr(inn_tty, TCSANOW, &inn_original_termios);
}

void inn_terminal_close(void) {
    if (inn_state_now == INN_CLOSED) return;
    if (inn_state_now == INN_ON_SCREEN && inn_in_foreground()) leave_screen();
    inn_state_now = INN_CLOSED;
    inn_keeper_close();
    inn_capture_close();
    inn_signals_close();
    free_everything();
}

bool inn_terminal_on_screen(void) { return inn_state_now == INN_ON_SCREEN; }

void inn_terminal_size(int *width, int *height) {
    *width = COLS;
    *height = LINES;
}

void inn_terminal_set_mouse(bool on) {
    mouse_on = on;
    if (inn_state_now != INN_ON_SCREEN) return;
    const char *bytes = on ? mouse_on_bytes : mouse_off_bytes;
    inn_output_add(bytes, strlen(bytes));
    inn_output_send();
}

void inn_terminal_invalidate(void) {
    if (inn_state_now == INN_CLOSED) return;
    /* No valid scalar, so every cell differs. */
    memset(shown, 0xff, (size_t)shown_width * (size_t)shown_height * sizeof *shown);
    clearok(curscr, TRUE);
}

/* The job-control signals of the whole group, as the terminal sends them, so that a `make` around us stops too. */
static void stop_group(void) {
    struct sigaction previous, ignored, ordinary;
    memset(&ignored, 0, sizeof ignored);
    ignored.sa_handler = SIG_IGN;
    ordinary = ignored;
    ordinary.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &ignored, &previous);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &ordinary, NULL);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &previous, NULL);
}

void inn_terminal_suspend(void) {
    if (inn_state_now == INN_ON_SCREEN) {
        if (inn_in_foreground()) leave_screen();
        inn_state_now = INN_SUSPENDED;
    }
    if (inn_state_now != INN_SUSPENDED) return;
    stop_group();
    came_back = inn_screen_resume();
    if (came_back) inn_signals_post(INN_READY_CONTINUED);
}

bool inn_screen_continue(void) {
    bool done = came_back && inn_state_now == INN_ON_SCREEN;
    came_back = false;
    return done || inn_screen_resume();
}

bool inn_screen_resume(void) {
    if (inn_state_now != INN_ON_SCREEN && inn_state_now != INN_SUSPENDED) return false;
    if (!inn_in_foreground()) {
        inn_state_now = INN_SUSPENDED;
        return false;
    }
    /* Stopped without warning (SIGSTOP): ncurses does not know yet that the screen is not its own any more. */
    if (inn_state_now == INN_ON_SCREEN) endwin();
    tcsetattr(inn_tty, TCSANOW, &program_modes);
    inn_state_now = INN_ON_SCREEN;
    inn_screen_follow_size();
    inn_terminal_invalidate();
    doupdate();
    inn_input_resume();
    inn_output_add(paste_on_bytes, sizeof paste_on_bytes - 1);
    inn_terminal_set_mouse(mouse_on);
    return true;
}

void inn_screen_follow_size(void) {
    struct winsize size;
    if (inn_state_now != INN_ON_SCREEN || ioctl(inn_tty, TIOCGWINSZ, &size) < 0) return;
    if (size.ws_col == 0 || size.ws_row == 0) return;
    if (size.ws_col != COLS || size.ws_row != LINES) resizeterm(size.ws_row, size.ws_col);
    if (!fit_shown()) inn_state_now = INN_SUSPENDED;
}

static attr_t attributes_of(uint32_t attributes) {
    return (attributes & INN_BOLD ? WA_BOLD : 0) | (attributes & INN_DIM ? WA_DIM : 0)
        | (attributes & INN_UNDERLINE ? WA_UNDERLINE : 0) | (attributes & INN_REVERSE ? WA_REVERSE : 0);
}

/* A scalar that takes another number of columns than one would shift the rest of its row. */
static wchar_t printable(uint32_t scalar) {
    if (scalar < 0x20 || scalar == 0x7f) return L' ';
    if (scalar < 0x7f) return (wchar_t)scalar;
    return wcwidth((wchar_t)scalar) == 1 ? (wchar_t)scalar : L'?';
}

/* Whether a cell and the one after it are the two halves of a character that the C library takes for two columns; where
   it does not, the screen's columns would no longer be the terminal's. */
static bool is_wide(const inn_cell *cell, const inn_cell *next) {
    return next->scalar == 0 && cell->scalar > 0x7f && wcwidth((wchar_t)cell->scalar) == 2;
}

static bool put_cell(int x, int y, const inn_cell *cell, bool wide, bool nearest) {
    int pair = inn_pairs_find(cell->foreground, cell->background, nearest);
    if (pair < 0) return false;
    wchar_t text[4] = {wide ? (wchar_t)cell->scalar : printable(cell->scalar)};
    for (int i = 0, length = 1; i < 2; i++)
        if (cell->marks[i] && wcwidth((wchar_t)cell->marks[i]) == 0) text[length++] = (wchar_t)cell->marks[i];
    cchar_t complex;
#if INN_EXTENDED_PAIRS
    setcchar(&complex, text, attributes_of(cell->attributes), 0, &pair);
#else
    setcchar(&complex, text, attributes_of(cell->attributes), (short)pair, NULL);
#endif
    mvadd_wch(y, x, &complex);
    return true;
}

typedef enum { BLIT_SAME, BLIT_CHANGED, BLIT_OUT_OF_PAIRS } blit_result;

static blit_result blit(const inn_cell *cells, int width, int height, bool nearest) {
    static const inn_cell blank = {' ', {0, 0}, -1, -1, 0};
    blit_result result = BLIT_SAME;
    for (int y = 0; y < shown_height; y++) {
        for (int x = 0; x < shown_width; x++) {
            const inn_cell *cell = x < width && y < height ? &cells[(size_t)y * (size_t)width + (size_t)x] : &blank;
            inn_cell *old = &shown[(size_t)y * (size_t)shown_width + (size_t)x];
            bool wide = x + 1 < width && x + 1 < shown_width && y < height && is_wide(cell, cell + 1);
            size_t size = wide ? 2 * sizeof *cell : sizeof *cell;
            if (memcmp(cell, old, size) != 0) {
                if (!put_cell(x, y, cell, wide, nearest)) return BLIT_OUT_OF_PAIRS;
                memcpy(old, cell, size);
                result = BLIT_CHANGED;
            }
            if (wide) x++;
        }
    }
    return result;
}

bool inn_terminal_draw(const inn_cell *cells, int width, int height) {
    if (inn_state_now != INN_ON_SCREEN || !inn_output_send() || !terminal_takes_output(0)) return false;
    frame++;
    blit_result result = blit(cells, width, height, frame < reset_pairs_from);
    if (result == BLIT_OUT_OF_PAIRS) {
        inn_pairs_forget();
        inn_terminal_invalidate();
        result = blit(cells, width, height, true);
        /* One frame alone needs more pairs than there are: starting afresh helps little, so it is done rarely. */
        if (inn_pairs_full()) reset_pairs_from = frame + FRAMES_BETWEEN_PAIR_RESETS;
    }
    if (result == BLIT_SAME && !is_cleared(curscr)) return true;
    if (synchronized_output) inn_output_add(sync_begin_bytes, sizeof sync_begin_bytes - 1);
    wnoutrefresh(stdscr);
    doupdate();
    if (synchronized_output) inn_output_add(sync_end_bytes, sizeof sync_end_bytes - 1);
    inn_output_send();
    return true;
}
