#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Signals that end the process: they give the terminal back first, and the process then ends by that very signal.
   Nothing here waits for the terminal. */

enum { SIGNALS = NSIG, BACKTRACE_SECONDS = 20 };

static struct sigaction before[SIGNALS];
static char restore_bytes[512];
static volatile sig_atomic_t restore_count;
static volatile sig_atomic_t ending_by;

void inn_endings_set_restore(const char *bytes, size_t count) {
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
        inn_output_now(restore_bytes, (size_t)restore_count);
        tcsetattr(inn_tty, TCSANOW, &inn_original_termios);
        inn_keeper_dismiss();
    }
    if (state != INN_CLOSED) inn_capture_spill(0);
}

static void unblock(int number) {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

static void die_by(int number) {
    signal(number, SIG_DFL);
    raise(number);
    unblock(number);
    /* The first process of a container is not ended by a signal that it sends itself. */
    _exit(128 + number);
}

void inn_end_by(int number) {
    give_terminal_back();
    die_by(number);
}

static void on_late_backtrace(int number) {
    (void)number;
    die_by(ending_by);
}

static bool takes_output(int descriptor) {
    struct pollfd output = {descriptor, POLLOUT, 0};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLOUT);
}

/* Swift's handler prints a backtrace, which takes seconds, then may ask what to do next and returns as if nothing had
   happened. It gets a fault to describe, nothing to read an answer from, and an end to its time. */
static void show_backtrace(int number, siginfo_t *info, void *context) {
    bool is_known = (before[number].sa_flags & SA_SIGINFO) && before[number].sa_sigaction;
    if (!is_known || !takes_output(STDERR_FILENO)) return;
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, STDIN_FILENO);
    ending_by = number;
    signal(SIGALRM, on_late_backtrace);
    unblock(SIGALRM);
    alarm(BACKTRACE_SECONDS);
    before[number].sa_sigaction(number, info, context);
}

/* Whether the program itself did what the signal is about, rather than somebody who sent it. */
static bool is_own_fault(int number, const siginfo_t *info) {
    switch (number) {
    case SIGILL: case SIGTRAP: case SIGBUS: case SIGFPE: case SIGSEGV:
        return info->si_code > 0 && info->si_code != SI_USER;
    case SIGABRT: return info->si_pid == getpid();
    default: return false;
    }
}

static void on_ending(int number, siginfo_t *info, void *context) {
    give_terminal_back();
    if (is_own_fault(number, info)) show_backtrace(number, info, context);
    die_by(number);
}

/* INT, TERM and HUP are left to whoever can act on them; what the rest would do by default ends the process. */
static bool ends_process(int number) {
    switch (number) {
    case SIGINT: case SIGTERM: case SIGHUP: case SIGKILL:
    case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU: case SIGCONT:
    case SIGCHLD: case SIGURG: case SIGWINCH:
#ifdef SIGINFO
    case SIGINFO:
#endif
        return false;
    default: return true;
    }
}

/* The C library keeps two real-time signals for itself and lets nobody handle them. Where it does not use one, it would
   end the process, so it is ignored instead; the library replaces that when it needs the signal. */
static void ignore_reserved(int number) {
#ifdef __linux__
    struct { void *handler; unsigned long rest[18]; } now = {0}, ignored = {(void *)SIG_IGN, {0}};
    enum { MASK_BYTES = 8 };
    if (syscall(SYS_rt_sigaction, number, NULL, &now, MASK_BYTES) < 0 || now.handler != (void *)SIG_DFL) return;
    syscall(SYS_rt_sigaction, number, &ignored, NULL, MASK_BYTES);
#else
    (void)number;
#endif
}

void inn_signals_guard(void) {
    static bool is_guarded;
    if (is_guarded) return;
    is_guarded = true;
    /* A file that reaches the limit of ulimit -f, or a pipe that nobody reads, is an error of the write. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    static const int faults[] = {SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGTRAP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    /* A blocked fault would end the process before its backtrace is complete: Swift probes memory and catches what it
       must not read. */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&action.sa_mask, faults[i]);
    action.sa_sigaction = on_ending;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int number = 1; number < SIGNALS; number++) {
        if (!ends_process(number)) continue;
        if (sigaction(number, NULL, &before[number]) < 0) ignore_reserved(number);
        else if (before[number].sa_handler != SIG_IGN) sigaction(number, &action, NULL);
    }
}
