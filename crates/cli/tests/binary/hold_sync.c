/* For a server that is to be caught between a write and its sync: while the file named by HOLD_SYNC
 * is there, whoever syncs waits. Preloaded before the system's library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_by(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *hold = getenv("HOLD_SYNC");
    while (hold && access(hold, F_OK) == 0)
        usleep(1000);
    return real(fd);
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
