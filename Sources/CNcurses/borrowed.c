#include "internal.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* The terminal of another process, such as the launcher of the ranks of a job: the system keeps no order among those
   who use it, and sends no signals about it. */

bool inn_is_borrowed;

/* A launcher may have started this process in the background of the terminal that it is now to have: the system would
   stop whoever reads from there. Outside the session of that terminal it does not. */
static bool leave_session(int descriptor) {
    if (tcgetsid(descriptor) != getsid(0)) return true;
    /* The first process of a group cannot leave, so it joins another group first. */
    return setsid() >= 0 || (setpgid(0, getpgid(getppid())) == 0 && setsid() >= 0);
}

int inn_borrow(const char *device, int flags) {
    int descriptor = open(device, flags);
    if (descriptor < 0) return -1;
    if (tcgetattr(descriptor, &inn_original_termios) == 0 && leave_session(descriptor)) return descriptor;
    close(descriptor);
    return -1;
}

/* Launchers end the ranks of a job with SIGKILL, and no shell looks after the modes of a terminal for a process that is
   not its own job. So somebody waits for the end of this process and gives a borrowed terminal back if it could not.
   It is a shell: a copy of this process would share its network's memory. */

static int line = -1;
static pid_t keeper = -1;
extern char **environ;

/* As `stty -g` writes them. */
static void describe_modes(char *text, size_t size) {
    const struct termios *modes = &inn_original_termios;
    int length = snprintf(text, size, "%x:%x:%x:%x", (unsigned)modes->c_iflag, (unsigned)modes->c_oflag,
                          (unsigned)modes->c_cflag, (unsigned)modes->c_lflag);
    for (int i = 0; i < NCCS && (size_t)length < size; i++)
        length += snprintf(text + length, size - (size_t)length, ":%x", modes->c_cc[i]);
}

void inn_keeper_open(const char *restore) {
    int ends[2];
    if (pipe(ends) < 0) return;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    char modes[512];
    describe_modes(modes, sizeof modes);
    char *arguments[] = {
        "sh", "-c", "read -r x || { printf %s \"$1\"; stty \"$2\" <&1; }", "sh", (char *)restore, modes, NULL,
    };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, inn_tty, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* Whoever ends the whole group of this process must not end the keeper. */
#ifdef POSIX_SPAWN_SETSID
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
#endif
    if (posix_spawn(&keeper, "/bin/sh", &actions, &attributes, arguments, environ) != 0) keeper = -1;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[0]);
    line = ends[1];
    if (keeper < 0) inn_keeper_close();
}

void inn_keeper_dismiss(void) {
    if (line < 0) return;
    ssize_t ignored = write(line, "\n", 1);
    (void)ignored;
}

void inn_keeper_close(void) {
    inn_keeper_dismiss();
    if (line >= 0) close(line);
    if (keeper > 0) waitpid(keeper, NULL, 0);
    line = -1;
    keeper = -1;
}
