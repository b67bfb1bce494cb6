#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Signals that the program hears of and answers itself. ncurses' own handlers would end the process without a
   checkpoint and leave raw mode behind; ours are installed before newterm, which then leaves the signals alone. */

typedef struct {
    int number;
    uint32_t ready;
} reported_signal;

static const reported_signal reported[] = {
    {SIGINT, INN_READY_INTERRUPT}, {SIGTERM, INN_READY_TERMINATE}, {SIGHUP, INN_READY_HANGUP},
    {SIGWINCH, INN_READY_RESIZE}, {SIGCONT, INN_READY_CONTINUED},
    {SIGTSTP, INN_READY_SUSPEND}, {SIGTTIN, INN_READY_SUSPEND}, {SIGTTOU, INN_READY_SUSPEND},
    /* The limit of ulimit -t: the last chance to save. It comes again every second, so that another one is no second
       request. */
    {SIGXCPU, INN_READY_TERMINATE},
};
enum { REPORTED = sizeof reported / sizeof *reported };

static struct sigaction before_reported[REPORTED];
/* Never closed, so that a late wake from another thread cannot reach a descriptor that has been reused. */
static int self_pipe[2] = {-1, -1};
static atomic_uint pending;
/* Requests to end that nobody has taken: a program that no longer listens must still be stoppable. */
static atomic_int unheard_interrupts, unheard_terminations;

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
    if (number == SIGINT && atomic_fetch_add(&unheard_interrupts, 1) == 2) inn_end_by(number);
    if (number == SIGTERM && atomic_fetch_add(&unheard_terminations, 1) == 1) inn_end_by(number);
    for (int i = 0; i < REPORTED; i++)
        if (reported[i].number == number) inn_signals_post(reported[i].ready);
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
    inn_signals_guard();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_handler = on_reported;
    for (int i = 0; i < REPORTED; i++) {
        /* The system would ask for the terminal again and again if a call that was refused it were restarted. */
        bool is_refusal = reported[i].number == SIGTTIN || reported[i].number == SIGTTOU;
        action.sa_flags = SA_ONSTACK | (is_refusal ? 0 : SA_RESTART);
        sigaction(reported[i].number, &action, &before_reported[i]);
        /* Started under nohup: the user asked for hang-ups to be ignored. */
        bool ignored = before_reported[i].sa_handler == SIG_IGN;
        if (ignored && reported[i].number == SIGHUP) sigaction(SIGHUP, &before_reported[i], NULL);
    }
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
}
