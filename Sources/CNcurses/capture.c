#include "internal.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stray print would ruin the screen, so while it is up descriptors 1 and 2 lead into a pipe. */

static int reader = -1;
static volatile sig_atomic_t saved[3] = {-1, -1, -1};

static int unshared(int descriptor) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

/* Output that the user sent to a file cannot hurt the screen and stays where it was sent. */
static bool reaches_screen(int descriptor) {
    struct stat info;
    return fstat(descriptor, &info) == 0 && !S_ISREG(info.st_mode) && (isatty(descriptor) || !S_ISCHR(info.st_mode));
}

void inn_capture_open(void) {
    int ends[2];
    if (pipe(ends) < 0) return;
    reader = unshared(ends[0]);
    fcntl(reader, F_SETFL, O_NONBLOCK);
    /* A full pipe must lose output rather than stop the thread that prints. */
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    fflush(stdout);
    fflush(stderr);
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
        if (!reaches_screen(descriptor)) continue;
        int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
        if (copy < 0) continue;
        dup2(ends[1], descriptor);
        saved[descriptor] = copy;
    }
    close(ends[1]);
}

int inn_capture_descriptor(void) { return reader; }

int inn_terminal_read_log(char *bytes, int capacity) {
    if (reader < 0 || capacity <= 0) return 0;
    ssize_t count = read(reader, bytes, (size_t)capacity);
    if (count > 0) return (int)count;
    if (count == 0) {
        /* Every writer is gone: nobody prints any more, and polling would report that for ever. */
        close(reader);
        reader = -1;
    }
    return 0;
}

void inn_capture_spill(void) {
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
        if (saved[descriptor] < 0) continue;
        dup2(saved[descriptor], descriptor);
        close(saved[descriptor]);
        saved[descriptor] = -1;
    }
    if (reader < 0) return;
    char bytes[512];
    ssize_t count;
    while ((count = read(reader, bytes, sizeof bytes)) > 0) inn_write(2, bytes, (size_t)count);
}

void inn_capture_close(void) {
    fflush(stdout);
    fflush(stderr);
    inn_capture_spill();
    if (reader >= 0) close(reader);
    reader = -1;
}
