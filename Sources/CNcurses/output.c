#ifdef __linux__
#include <sys/mman.h>
#endif
#include "internal.h"
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What is drawn goes into a file in memory, and from there to the terminal as fast as that takes it. ncurses itself
   would wait, and with it the thread that listens to keys and signals, for as long as nobody reads the terminal. */

static int queue = -1;
/* How much of the queue the terminal has taken. */
static off_t sent;

static int open_queue(void) {
#ifdef __linux__
    return memfd_create("screen", MFD_CLOEXEC);
#else
    char path[] = "/tmp/inn-tui-screen-XXXXXX";
    int descriptor = mkstemp(path);
    if (descriptor >= 0) unlink(path);
    return descriptor;
#endif
}

bool inn_output_open(void) {
    queue = open_queue();
    if (queue < 0) return false;
    fcntl(queue, F_SETFD, FD_CLOEXEC);
    sent = 0;
    return true;
}

void inn_output_take(int descriptor) {
    dup2(queue, descriptor);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void inn_output_close(void) {
    if (queue >= 0) close(queue);
    queue = -1;
}

void inn_output_add(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(queue, bytes, count);
        if (written <= 0) return;
        bytes += written;
        count -= (size_t)written;
    }
}

static void forget(void) {
    if (ftruncate(queue, 0) < 0) return;
    lseek(queue, 0, SEEK_SET);
    sent = 0;
}

bool inn_output_waits(void) { return queue >= 0 && sent < lseek(queue, 0, SEEK_CUR); }

bool inn_output_send(void) {
    char bytes[16384];
    /* A fault on another thread may give the terminal back meanwhile: no frame after that. */
    while (inn_state_now == INN_ON_SCREEN && inn_output_waits()) {
        ssize_t count = pread(queue, bytes, sizeof bytes, sent);
        ssize_t taken = count > 0 ? write(inn_tty, bytes, (size_t)count) : 0;
        /* It takes nothing now, is gone, or belongs to another process for the moment: the event loop finds out. */
        if (taken <= 0) return false;
        sent += taken;
    }
    if (inn_output_waits()) return false;
    if (queue >= 0 && sent > 0) forget();
    return true;
}

void inn_output_drop(void) {
    if (queue >= 0) forget();
}

/* Whether the terminal takes all of it at once. */
static bool takes(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(inn_tty, bytes, count);
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

void inn_output_now(const char *bytes, size_t count) {
    /* Another thread may just be writing, which makes the terminal refuse for a moment; one that is stopped refuses for
       good. */
    enum { TRIES = 24, AT_ONCE = 4 };
    const struct timespec pause = {0, 10000000};
    for (int i = 0; i < TRIES && !takes(bytes, count); i++) {
        tcflush(inn_tty, TCOFLUSH);
        if (i >= AT_ONCE) nanosleep(&pause, NULL);
    }
}

void inn_output_finish(void) {
    char bytes[1024];
    off_t count = lseek(queue, 0, SEEK_CUR);
    if (count > (off_t)sizeof bytes) count = sizeof bytes;
    if (pread(queue, bytes, (size_t)count, 0) == count) inn_output_now(bytes, (size_t)count);
    forget();
}
