/* Makes writes, or syncs, of database files fail while a file says so.
 * Loaded before the C library; PARLOR_CHECK_EIO names the file, whose first letter is
 * w (writes fail with EIO), r (writes fail with EROFS, as on a file system that has become
 * read-only), s (syncs fail with EIO) or anything else (nothing fails). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char said_of(int fd) {
    static const char *file;
    if (!file && !(file = getenv("PARLOR_CHECK_EIO"))) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (!strstr(path, ".db")) return 0;
    int said = open(file, O_RDONLY | O_CLOEXEC);
    if (said < 0) return 0;
    char letter = 0;
    ssize_t got = read(said, &letter, 1);
    close(said);
    return got == 1 ? letter : 0;
}

static int no_write(int fd) {
    char letter = said_of(fd);
    if (letter == 'w') errno = EIO;
    if (letter == 'r') errno = EROFS;
    return letter == 'w' || letter == 'r';
}

static int no_sync(int fd) {
    if (said_of(fd) != 's') return 0;
    errno = EIO;
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return no_write(fd) ? -1 : NEXT(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return no_write(fd) ? -1 : NEXT(pwrite64)(fd, data, size, at);
}
ssize_t write(int fd, const void *data, size_t size) {
    return no_write(fd) ? -1 : NEXT(write)(fd, data, size);
}
int ftruncate(int fd, off_t size) { return no_write(fd) ? -1 : NEXT(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return no_write(fd) ? -1 : NEXT(ftruncate64)(fd, size); }
int fsync(int fd) { return no_sync(fd) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return no_sync(fd) ? -1 : NEXT(fdatasync)(fd); }
