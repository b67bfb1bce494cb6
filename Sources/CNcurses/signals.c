#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* ncurses' own handlers end the process without a checkpoint and leave raw mode behind on HUP, QUIT and the
   faults. Ours are installed before newterm, which then leaves the signals alone. */

typedef struct {
    int number;
    uint32_t ready;
} reported_signal;

static const reported_signal reported[] = {
    {SIGINT, INN_READY_INTERRUPT}, {SIGTERM, INN_READY_TERMINATE}, {SIGHUP, INN_READY_HANGUP},
    {SIGWINCH, INN_READY_RESIZE}, {SIGTSTP, INN_READY_SUSPEND}, {SIGCONT, INN_READY_CONTINUED},
};
static const int fatal[] = {SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGTRAP};
enum { REPORTED = sizeof reported / sizeof *reported, FATAL = sizeof fatal / sizeof *fatal };

static struct sigaction before_reported[REPORTED], before_fatal[FATAL];
/* Never closed, so that a late wake from another thread cannot reach a descriptor that has been reused. */
static int self_pipe[2] = {-1, -1};
static atomic_uint pending;
/* Requests to end that nobody has taken: a program that no longer listens must still be stoppable. */
static atomic_int unheard_interrupts, unheard_terminations;
static char restore_bytes[512];
static volatile sig_atomic_t restore_count;

void inn_signals_set_restore(const char *bytes, size_t count) {
    restore_count = 0;
    if (count > sizeof restore_bytes) count = sizeof restore_bytes;
    memcpy(restore_bytes, bytes, count);
    restore_count = (sig_atomic_t)count;
}

/* Async-signal-safe: gives the terminal back to the shell, whatever state the program is in. */
static void give_terminal_back(void) {
    sig_atomic_t state = inn_state_now;
    inn_state_now = INN_CLOSED;
    if (state == INN_ON_SCREEN && inn_in_foreground()) {
        inn_write(inn_tty, restore_bytes, (size_t)restore_count);
        tcsetattr(inn_tty, TCSANOW, &inn_original_termios);
    }
    if (state != INN_CLOSED) inn_capture_spill();
}

static void die_by(int number) {
    give_terminal_back();
    signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

void inn_signals_post(uint32_t ready) {
    int saved_errno = errno;
    atomic_fetch_or(&pending, ready);
    char byte = 0;
    /* A full pipe already wakes the reader. */
    ssize_t ignored = write(self_pipe[1], &byte, 1);
    (void)ignored;
    errno = saved_errno;
}

void inn_terminal_wake(void) {
    if (self_pipe[1] >= 0) inn_signals_post(INN_READY_WAKE);
}

static void on_reported(int number) {
    if (number == SIGINT && atomic_fetch_add(&unheard_interrupts, 1) == 2) die_by(number);
    if (number == SIGTERM && atomic_fetch_add(&unheard_terminations, 1) == 1) die_by(number);
    for (int i = 0; i < REPORTED; i++)
        if (reported[i].number == number) inn_signals_post(reported[i].ready);
}

/* Chains to whatever was there before (the default, or Swift's backtrace), so that the exit status stays right. */
static void on_fatal(int number, siginfo_t *info, void *context) {
    (void)context;
    int saved_errno = errno;
    give_terminal_back();
    for (int i = 0; i < FATAL; i++)
        if (fatal[i] == number) sigaction(number, &before_fatal[i], NULL);
    /* A fault happens again when the handler returns; a sent signal has to be sent again. */
    bool sent = info->si_code <= 0 || info->si_code == SI_USER || number == SIGQUIT || number == SIGABRT;
    if (sent) raise(number);
    errno = saved_errno;
}

int inn_signals_descriptor(void) { return self_pipe[0]; }

uint32_t inn_signals_take(void) {
    char bytes[64];
    while (read(self_pipe[0], bytes, sizeof bytes) > 0) {}
    atomic_store(&unheard_interrupts, 0);
    atomic_store(&unheard_terminations, 0);
    return atomic_exchange(&pending, 0);
}

static bool open_pipe(void) {
    if (self_pipe[0] >= 0) return true;
    if (pipe(self_pipe) < 0) return false;
    for (int end = 0; end < 2; end++) {
        fcntl(self_pipe[end], F_SETFD, FD_CLOEXEC);
        fcntl(self_pipe[end], F_SETFL, O_NONBLOCK);
    }
    return true;
}

bool inn_signals_open(void) {
    if (!open_pipe()) return false;
    inn_signals_take();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_handler = on_reported;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    for (int i = 0; i < REPORTED; i++) {
        sigaction(reported[i].number, &action, &before_reported[i]);
        /* Started under nohup: the user asked for hang-ups to be ignored. */
        bool ignored = before_reported[i].sa_handler == SIG_IGN;
        if (ignored && reported[i].number == SIGHUP) sigaction(SIGHUP, &before_reported[i], NULL);
    }
    action.sa_sigaction = on_fatal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &action, &before_fatal[i]);
    return true;
}

void inn_terminal_ignore_hangups(void) {
    struct sigaction ignored;
    memset(&ignored, 0, sizeof ignored);
    ignored.sa_handler = SIG_IGN;
    for (int i = 0; i < REPORTED; i++) {
        if (reported[i].number == SIGHUP) before_reported[i] = ignored;
    }
    sigaction(SIGHUP, &ignored, NULL);
}

void inn_signals_close(void) {
    for (int i = 0; i < REPORTED; i++) sigaction(reported[i].number, &before_reported[i], NULL);
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &before_fatal[i], NULL);
}
