/* Records the order in which a program writes, syncs, renames and removes files.
 *
 * Preload it (LD_PRELOAD) and name a file in INN_SYNC_TRACE: a line "write PATH", "sync PATH", "rename FROM<tab>TO",
 * "mkdir PATH" or "unlink PATH" is appended there after each successful call. A crash of the program loses none of
 * them; what a power cut would lose can be read off: everything written to a path after its last sync. */
#ifdef __linux__
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static void record(const char *verb, const char *path, const char *target) {
    const char *name = getenv("INN_SYNC_TRACE");
    if (!name) return;
    char line[2 * PATH_MAX + 16];
    int length = target ? snprintf(line, sizeof line, "%s %s\t%s\n", verb, path, target)
                        : snprintf(line, sizeof line, "%s %s\n", verb, path);
    int file = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) return;
    syscall(SYS_write, file, line, (size_t)length);
    syscall(SYS_close, file);
}

static void record_descriptor(const char *verb, int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/') return;
    path[length] = 0;
    record(verb, path, NULL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t count) {
    ssize_t result = NEXT(write)(file, bytes, count);
    if (result > 0) record_descriptor("write", file);
    return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    ssize_t result = NEXT(pwrite)(file, bytes, count, offset);
    if (result > 0) record_descriptor("write", file);
    return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    ssize_t result = NEXT(pwrite64)(file, bytes, count, offset);
    if (result > 0) record_descriptor("write", file);
    return result;
}

int fsync(int file) {
    int result = NEXT(fsync)(file);
    if (result == 0) record_descriptor("sync", file);
    return result;
}

int fdatasync(int file) {
    int result = NEXT(fdatasync)(file);
    if (result == 0) record_descriptor("sync", file);
    return result;
}

int rename(const char *from, const char *to) {
    int result = NEXT(rename)(from, to);
    if (result == 0) record("rename", from, to);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    int result = NEXT(mkdir)(path, mode);
    if (result == 0) record("mkdir", path, NULL);
    return result;
}

int unlink(const char *path) {
    int result = NEXT(unlink)(path);
    if (result == 0) record("unlink", path, NULL);
    return result;
}
#endif
