#include "CPseudoTerminal.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

void pty_resize(int keyboard, unsigned short width, unsigned short height) {
    struct winsize size = {.ws_row = height, .ws_col = width};
    ioctl(keyboard, TIOCSWINSZ, &size);
}

/* Between fork and exec only async-signal-safe calls are allowed: the test process has many threads. */
static void become(const char *path, char *const arguments[], char *const environment[], pty_options options,
    int line) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t empty;
    sigemptyset(&empty);
    sigprocmask(SIG_SETMASK, &empty, NULL);
    setsid();
    int standard = line;
    if (options.controlling) ioctl(line, TIOCSCTTY, 0);
    else standard = open("/dev/null", O_RDWR);
    /* First, as it may itself be one of the numbers that are taken over. */
    int report = fcntl(options.report, F_DUPFD, 10);
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(standard, descriptor);
    dup2(report, 3);
    close(report);
    execve(path, arguments, environment);
    _exit(127);
}

static int open_line(int keyboard) {
    if (keyboard < 0 || grantpt(keyboard) < 0 || unlockpt(keyboard) < 0) return -1;
    const char *name = ptsname(keyboard);
    return name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
}

int pty_open_again(int keyboard) {
    const char *name = ptsname(keyboard);
    return name ? open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
}

int pty_start(const char *path, char *const arguments[], char *const environment[], pty_options options,
    pty_child *child) {
    child->keyboard = posix_openpt(O_RDWR | O_NOCTTY);
    child->line = open_line(child->keyboard);
    if (child->line < 0) return errno;
    fcntl(child->keyboard, F_SETFD, FD_CLOEXEC);
    pty_resize(child->keyboard, options.width, options.height);
    child->process = fork();
    if (child->process == 0) become(path, arguments, environment, options, child->line);
    return child->process < 0 ? errno : 0;
}
