/* A disk that is full for one folder: LD_PRELOAD this, with FULL_PREFIX (the folder) and FULL_AFTER (bytes that each
   process may still write there). Then writes are cut short and fail with ENOSPC, and nothing new can be made, as on a real
   file system (write(2), open(2), mkdir(2), rename(2) where a folder must grow). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long used = 0;

static int below(const char *path) {
    const char *prefix = getenv("FULL_PREFIX");
    return prefix && path && strncmp(path, prefix, strlen(prefix)) == 0;
}

static long left(void) {
    const char *after = getenv("FULL_AFTER");
    long room = (after ? atol(after) : 0) - used;
    return room > 0 ? room : 0;
}

static int on_the_disk(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static int full_at(int folder, const char *path) {
    char whole[PATH_MAX], link[64];
    if (left() > 0 || !path) return 0;
    if (path[0] == '/') return below(path);
    if (folder == AT_FDCWD) {
        if (!getcwd(whole, sizeof whole)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, whole, sizeof whole - 1);
        if (length < 0) return 0;
        whole[length] = 0;
    }
    return below(whole);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FULL(result) do { errno = ENOSPC; return result; } while (0)

ssize_t write(int fd, const void *data, size_t count) {
    if (count && on_the_disk(fd)) {
        if (left() == 0) FULL(-1);
        if ((long)count > left()) count = left();
        used += count;
    }
    return REAL(write)(fd, data, count);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t place) {
    if (count && on_the_disk(fd)) {
        if (left() == 0) FULL(-1);
        if ((long)count > left()) count = left();
        used += count;
    }
    return REAL(pwrite)(fd, data, count, place);
}

ssize_t sendfile(int out, int in, off_t *place, size_t count) {
    ssize_t (*real)(int, int, off_t *, size_t) = dlsym(RTLD_NEXT, "sendfile");
    if (on_the_disk(out)) {
        if (left() == 0) FULL(-1);
        if ((long)count > left()) count = left();
        ssize_t sent = real(out, in, place, count);
        used += sent > 0 ? sent : 0; /* callers ask for far more than there is */
        return sent;
    }
    return real(out, in, place, count);
}

ssize_t sendfile64(int out, int in, off_t *place, size_t count) { return sendfile(out, in, place, count); }
ssize_t pwrite64(int fd, const void *data, size_t count, off_t place) { return pwrite(fd, data, count, place); }

int mkdir(const char *path, mode_t mode) {
    if (full_at(AT_FDCWD, path)) FULL(-1);
    return REAL(mkdir)(path, mode);
}

static int opened(const char *name, int folder, const char *path, int flags, mode_t mode) {
    int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, name);
    if ((flags & O_CREAT) && full_at(folder, path) && faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        FULL(-1);
    return real(folder, path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPENS(function, at)                                                                                            \
    int function(const char *path, int flags, ...) {                                                                   \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_of(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return opened(at, AT_FDCWD, path, flags, mode);                                                                \
    }
#define OPENS_AT(function)                                                                                             \
    int function(int folder, const char *path, int flags, ...) {                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_of(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return opened(#function, folder, path, flags, mode);                                                           \
    }
OPENS(open, "openat")
OPENS(open64, "openat64")
OPENS_AT(openat)
OPENS_AT(openat64)
