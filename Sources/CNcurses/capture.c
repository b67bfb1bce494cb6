#include "internal.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stray print would ruin the screen, so while it is up descriptors 1 and 2 lead into a pipe. */

static int reader = -1;
static volatile sig_atomic_t saved[3] = {-1, -1, -1};
/* The terminal behind descriptor 2, opened once more: writing to it does not wait, and the shell's own descriptor stays
   as it is. */
static int unwaiting = -1;

enum { PATIENCE_MILLISECONDS = 500 };

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
    const char *terminal = isatty(STDERR_FILENO) ? ttyname(STDERR_FILENO) : NULL;
    if (terminal) unwaiting = open(terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
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

/* Returns whether the reader took all of it. */
static bool pass_on(const char *bytes, size_t count, int patience_milliseconds) {
    int target = unwaiting >= 0 ? unwaiting : STDERR_FILENO;
    struct pollfd output = {target, POLLOUT, 0};
    while (count > 0) {
        if (poll(&output, 1, patience_milliseconds) <= 0 || !(output.revents & POLLOUT)) return false;
        ssize_t written = write(target, bytes, count);
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

void inn_capture_spill(int patience_milliseconds) {
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
        if (saved[descriptor] < 0) continue;
        dup2(saved[descriptor], descriptor);
        close(saved[descriptor]);
        saved[descriptor] = -1;
    }
    if (reader < 0) return;
    char bytes[512];
    ssize_t count;
    while ((count = read(reader, bytes, sizeof bytes)) > 0 && pass_on(bytes, (size_t)count, patience_milliseconds)) {}
}

void inn_capture_close(void) {
    fflush(stdout);
    fflush(stderr);
    inn_capture_spill(PATIENCE_MILLISECONDS);
    if (reader >= 0) close(reader);
    if (unwaiting >= 0) close(unwaiting);
    reader = unwaiting = -1;
}
