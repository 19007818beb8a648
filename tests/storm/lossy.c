/* Preloaded into the program: writes down, in one order, what it does to the files of its
   database (writes, truncations, syncs, creation, removal) and what it says on its
   standard output, so that the test can rebuild what a disk that loses unsynced writes may
   hold at any moment. `disk.rs` reads the record.

   A record: op, file (one byte each), six zero bytes, offset, length (eight bytes each,
   of this machine's order), then `length` bytes of data for WRITE and SAY. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, SAY, CREATE, REMOVE };
enum { NONE = 0, DATABASE = 1, WAL = 2, JOURNAL = 3, FOLDER = 4 };

#define MOST_FDS 65536
static unsigned char kind_of[MOST_FDS];
static int record = -1;
static pthread_mutex_t one_at_a_time = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

#define REAL(result, name, ...)                                                     \
  static result (*real_##name)(__VA_ARGS__);                                        \
  if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void put(const void *data, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  const char *at = data;
  while (length > 0) {
    ssize_t done = real_write(record, at, length);
    if (done <= 0) abort();
    at += done;
    length -= (size_t)done;
  }
}

static void note(int op, int file, uint64_t offset, uint64_t length, const void *data) {
  REAL(int, open, const char *, int, ...);
  if (record < 0) {
    const char *path = getenv("LARIAT_DISK_RECORD");
    if (!path) return;
    record = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record < 0) abort();
  }
  unsigned char head[24] = {(unsigned char)op, (unsigned char)file};
  memcpy(head + 8, &offset, 8);
  memcpy(head + 16, &length, 8);
  put(head, sizeof head);
  if (data) put(data, length);
}

static int kind_of_path(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  if (!strcmp(name, "state.db")) return DATABASE;
  if (!strcmp(name, "state.db-wal")) return WAL;
  if (!strcmp(name, "state.db-journal")) return JOURNAL;
  if (!strcmp(name, ".lariat")) return FOLDER;
  return NONE;
}

static int kind(int fd) { return fd >= 0 && fd < MOST_FDS ? kind_of[fd] : NONE; }

static int opened(int fd, int file, int is_new) {
  if (fd >= 0 && fd < MOST_FDS) kind_of[fd] = (unsigned char)file;
  if (fd >= 0 && file != NONE && file != FOLDER && is_new) note(CREATE, file, 0, 0, NULL);
  return fd;
}

#define OPENING(call)                                                               \
  mode_t mode = 0;                                                                  \
  if (flags & (O_CREAT | O_TMPFILE)) {                                              \
    va_list more;                                                                   \
    va_start(more, flags);                                                          \
    mode = va_arg(more, mode_t);                                                    \
    va_end(more);                                                                   \
  }                                                                                 \
  pthread_mutex_lock(&one_at_a_time);                                               \
  int is_new = access(path, F_OK) != 0;                                             \
  int fd = opened(call, kind_of_path(path), is_new);                                \
  pthread_mutex_unlock(&one_at_a_time);                                             \
  return fd

int open(const char *path, int flags, ...) {
  REAL(int, open, const char *, int, ...);
  OPENING(real_open(path, flags, mode));
}
int open64(const char *path, int flags, ...) {
  REAL(int, open64, const char *, int, ...);
  OPENING(real_open64(path, flags, mode));
}
int openat(int folder, const char *path, int flags, ...) {
  REAL(int, openat, int, const char *, int, ...);
  OPENING(real_openat(folder, path, flags, mode));
}
int openat64(int folder, const char *path, int flags, ...) {
  REAL(int, openat64, int, const char *, int, ...);
  OPENING(real_openat64(folder, path, flags, mode));
}

int close(int fd) {
  REAL(int, close, int);
  pthread_mutex_lock(&one_at_a_time);
  if (fd >= 0 && fd < MOST_FDS) kind_of[fd] = NONE;
  int done = real_close(fd);
  pthread_mutex_unlock(&one_at_a_time);
  return done;
}

/* What is said counts from the moment at which it is begun to be said. */
ssize_t write(int fd, const void *data, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  if (fd != STDOUT_FILENO && !kind(fd)) return real_write(fd, data, length);
  pthread_mutex_lock(&one_at_a_time);
  off_t at = kind(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  if (!kind(fd)) note(SAY, 0, 0, length, data);
  ssize_t done = real_write(fd, data, length);
  if (kind(fd) && done > 0) note(WRITE, kind(fd), (uint64_t)at, (uint64_t)done, data);
  pthread_mutex_unlock(&one_at_a_time);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (fd != STDOUT_FILENO && !kind(fd)) return real_writev(fd, parts, count);
  return count > 0 ? write(fd, parts[0].iov_base, parts[0].iov_len) : 0;
}

#define WRITING(name, offset_type)                                                  \
  ssize_t name(int fd, const void *data, size_t length, offset_type at) {           \
    REAL(ssize_t, name, int, const void *, size_t, offset_type);                    \
    if (!kind(fd)) return real_##name(fd, data, length, at);                        \
    pthread_mutex_lock(&one_at_a_time);                                             \
    ssize_t done = real_##name(fd, data, length, at);                               \
    if (done > 0) note(WRITE, kind(fd), (uint64_t)at, (uint64_t)done, data);        \
    pthread_mutex_unlock(&one_at_a_time);                                           \
    return done;                                                                    \
  }
WRITING(pwrite, off_t)
WRITING(pwrite64, off64_t)

#define CUTTING(name, offset_type)                                                  \
  int name(int fd, offset_type size) {                                              \
    REAL(int, name, int, offset_type);                                              \
    if (!kind(fd)) return real_##name(fd, size);                                    \
    pthread_mutex_lock(&one_at_a_time);                                             \
    int done = real_##name(fd, size);                                               \
    if (done == 0) note(TRUNCATE, kind(fd), (uint64_t)size, 0, NULL);               \
    pthread_mutex_unlock(&one_at_a_time);                                           \
    return done;                                                                    \
  }
CUTTING(ftruncate, off_t)
CUTTING(ftruncate64, off64_t)

/* Nothing is written while a sync is under way, so that it covers all before it. */
#define SYNCING(name)                                                               \
  int name(int fd) {                                                                \
    REAL(int, name, int);                                                           \
    if (!kind(fd)) return real_##name(fd);                                          \
    pthread_mutex_lock(&one_at_a_time);                                             \
    int done = real_##name(fd);                                                     \
    if (done == 0) note(SYNC, kind(fd), 0, 0, NULL);                                \
    pthread_mutex_unlock(&one_at_a_time);                                           \
    return done;                                                                    \
  }
SYNCING(fsync)
SYNCING(fdatasync)

int unlink(const char *path) {
  REAL(int, unlink, const char *);
  int file = kind_of_path(path);
  if (file == NONE || file == FOLDER) return real_unlink(path);
  pthread_mutex_lock(&one_at_a_time);
  int done = real_unlink(path);
  if (done == 0) note(REMOVE, file, 0, 0, NULL);
  pthread_mutex_unlock(&one_at_a_time);
  return done;
}
