#include "internal.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

static bool hangup_reported;

enum { SUSPENDED_POLL_MILLISECONDS = 500 };

void inn_events_open(void) { hangup_reported = false; }

/* The answer of poll about the terminal: end of file and hang-up both mean that the screen is gone. */
static uint32_t judge_tty(short events) {
    int waiting = 0;
    bool gone = events & (POLLHUP | POLLERR | POLLNVAL);
    if (!gone && events & POLLIN) gone = ioctl(inn_tty, FIONREAD, &waiting) < 0 || waiting == 0;
    if (!gone) return events & POLLIN ? INN_READY_INPUT : 0;
    inn_state_now = INN_GONE;
    if (hangup_reported) return 0;
    hangup_reported = true;
    return INN_READY_HANGUP;
}

static uint32_t tty_events(void) {
    struct pollfd terminal = {inn_tty, POLLIN, 0};
    return poll(&terminal, 1, 0) > 0 ? judge_tty(terminal.revents) : 0;
}

/* Does what the signals ask of the screen itself and returns what the program must hear of. */
static uint32_t take_signals(void) {
    uint32_t ready = inn_signals_take();
    if (inn_is_borrowed) ready |= INN_READY_RESIZE;
    if (ready & INN_READY_HANGUP) {
        if (hangup_reported) ready &= ~(uint32_t)INN_READY_HANGUP;
        ready |= tty_events() & INN_READY_HANGUP;
    }
    if (ready & INN_READY_RESIZE) {
        int width = COLS, height = LINES;
        inn_screen_follow_size();
        if (width == COLS && height == LINES) ready &= ~(uint32_t)INN_READY_RESIZE;
    }
    if (ready & INN_READY_CONTINUED && !inn_screen_continue()) ready &= ~(uint32_t)INN_READY_CONTINUED;
    return ready;
}

static int milliseconds_between(struct timespec from, struct timespec to) {
    return (int)((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
}

uint32_t inn_terminal_wait(int timeout_milliseconds) {
    if (inn_state_now == INN_CLOSED) return INN_READY_HANGUP;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        uint32_t ready = take_signals();
        clock_gettime(CLOCK_MONOTONIC, &now);
        int left = timeout_milliseconds < 0 ? -1 : timeout_milliseconds - milliseconds_between(start, now);
        bool over = timeout_milliseconds >= 0 && left <= 0;
        if (over || ready) left = 0;
        bool suspended = inn_state_now == INN_SUSPENDED;
        if (suspended && (left < 0 || left > SUSPENDED_POLL_MILLISECONDS)) left = SUSPENDED_POLL_MILLISECONDS;
        int patience = suspended || inn_state_now != INN_ON_SCREEN ? -1 : inn_input_patience();
        bool gives_up = patience >= 0 && (left < 0 || patience <= left);
        if (gives_up) left = patience;
        short wanted = POLLIN | (inn_output_waits() ? POLLOUT : 0);
        struct pollfd sources[3] = {
            {inn_signals_descriptor(), POLLIN, 0},
            {inn_state_now == INN_ON_SCREEN ? inn_tty : -1, wanted, 0},
            {inn_capture_descriptor(), POLLIN, 0},
        };
        int found = poll(sources, 3, left);
        /* A shell that brings a running background job to the front sends no SIGCONT. */
        if (suspended && inn_in_foreground() && inn_screen_resume()) return ready | INN_READY_CONTINUED;
        if (found > 0 && sources[1].revents) ready |= judge_tty(sources[1].revents);
        if (found > 0 && sources[1].revents & POLLOUT) inn_output_send();
        if (found > 0 && sources[2].revents) ready |= INN_READY_LOG;
        if (found > 0 && sources[0].revents) ready |= take_signals();
        if (gives_up && found == 0) ready |= INN_READY_INPUT;
        if (ready || over) return ready;
    }
}
