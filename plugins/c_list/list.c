/* The pool type `list`: accounts by id, one a line of a text file. What a plugin in C looks like:
 * five functions, a table of them, a descriptor, and one symbol. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lariat.h"
#include "text.h"

/* An open pool. */
typedef struct Pool {
  const LariatHost *host;
  char *file;
} Pool;

/* The same as in plugin.toml. */
static const char DESCRIBED[] =
    "{\"description\": \"Pools over text files with an id a line; in plain C\", \"extensions\": ["
    "{\"kind\": \"pool\", \"name\": \"list\", \"description\": \"Accounts by id, one a line\","
    " \"methods\": [\"fetch\"], \"params\": {\"file\": {\"type\": \"path\", \"required\": true,"
    " \"description\": \"The text file: an id a line; empty lines and those that begin with # don't count.\"}}}]}";

static LariatBytes bytes_of(const Text *text) {
  LariatBytes bytes;
  bytes.ptr = (const uint8_t *)text->bytes;
  bytes.len = text->length;
  return bytes;
}

/* A text that is handed over and comes back to `release`. */
static LariatStatus give(LariatBytes *out, Text *text) {
  if (text->failed) {
    text_free(text);
    return LARIAT_FAILED;
  }
  if (out != NULL) *out = bytes_of(text);
  else text_free(text);
  return LARIAT_OK;
}

static LariatStatus describe(LariatBytes *out) {
  Text text = {NULL, 0, 0, 0};
  text_put(&text, DESCRIBED);
  return give(out, &text);
}

static void release(LariatBytes bytes) { free((void *)(uintptr_t)bytes.ptr); }

static LariatStatus refuse(LariatBytes *error, LariatStatus status, const char *why) {
  Text text = {NULL, 0, 0, 0};
  text_put(&text, "{\"message\": ");
  text_json(&text, why, strlen(why));
  text_put(&text, "}");
  give(error, &text);
  return status;
}

static LariatStatus open_pool(const LariatHost *host, LariatBytes request, void **handle, LariatBytes *error) {
  static const char *const KIND[] = {"kind", NULL}, *const FILE_NAME[] = {"params", "file", NULL};
  const char *json = (const char *)request.ptr;
  char *kind = json_string(json, request.len, KIND);
  int is_pool = kind != NULL && strcmp(kind, "pool") == 0;
  Pool *pool;
  free(kind);
  if (!is_pool) return refuse(error, LARIAT_UNSUPPORTED, "c_list has nothing but a pool type");
  pool = malloc(sizeof *pool);
  if (pool == NULL) return LARIAT_UNAVAILABLE;
  pool->host = host;
  pool->file = json_string(json, request.len, FILE_NAME);
  if (pool->file == NULL) {
    free(pool);
    return refuse(error, LARIAT_INVALID, "file: takes a path");
  }
  *handle = pool;
  return LARIAT_OK;
}

static void close_pool(void *handle) {
  Pool *pool = handle;
  free(pool->file);
  free(pool);
}

/* Answers with an error about the file. */
static void complain(const Pool *pool, uint64_t op, const char *why) {
  Text words = {NULL, 0, 0, 0}, text = {NULL, 0, 0, 0};
  text_put(&words, pool->file);
  text_put(&words, ": ");
  text_put(&words, why);
  text_put(&text, "{\"message\": ");
  if (is_utf8(words.bytes, words.length)) text_json(&text, words.bytes, words.length);
  else text_json(&text, why, strlen(why));
  text_put(&text, "}");
  if (words.failed || text.failed) text.length = 0;
  pool->host->complete(pool->host, op, LARIAT_FAILED, bytes_of(&text));
  text_free(&words);
  text_free(&text);
}

/* Reads the file whole; 0 after having answered. */
static int read_file(const Pool *pool, uint64_t op, Text *content) {
  char block[65536];
  size_t read;
  FILE *file = fopen(pool->file, "rb");
  if (file == NULL) {
    complain(pool, op, strerror(errno));
    return 0;
  }
  while ((read = fread(block, 1, sizeof block, file)) > 0) text_add(content, block, read);
  if (ferror(file) || content->failed) {
    complain(pool, op, content->failed ? "there is no memory for it" : "it can't be read");
    fclose(file);
    return 0;
  }
  fclose(file);
  return 1;
}

static int is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

static void take_line(const char *from, const char *end, unsigned long number, Text *accounts, Text *warnings) {
  while (from < end && is_space(*from)) from++;
  while (end > from && is_space(end[-1])) end--;
  if (from == end || *from == '#') return;
  if (!is_utf8(from, (size_t)(end - from))) {
    text_put(warnings, warnings->length > 0 ? ", \"line " : "\"line ");
    text_number(warnings, number);
    text_put(warnings, " isn't UTF-8; it was passed over\"");
    return;
  }
  text_put(accounts, accounts->length > 0 ? ",{\"id\":" : "{\"id\":");
  text_json(accounts, from, (size_t)(end - from));
  text_put(accounts, "}");
}

static void fetch(const Pool *pool, uint64_t op) {
  Text content = {NULL, 0, 0, 0}, accounts = {NULL, 0, 0, 0}, warnings = {NULL, 0, 0, 0}, answer = {NULL, 0, 0, 0};
  if (read_file(pool, op, &content)) {
    const char *at = content.bytes != NULL ? content.bytes : "", *end = at + content.length;
    unsigned long number = 1;
    /* Editors of some systems begin files with a byte order mark. */
    if (content.length >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    for (; at < end && pool->host->cancelled(pool->host, op) == 0; number++) {
      const char *stop = memchr(at, '\n', (size_t)(end - at));
      if (stop == NULL) stop = end;
      take_line(at, stop, number, &accounts, &warnings);
      at = stop < end ? stop + 1 : end;
    }
    text_put(&answer, "{\"accounts\": [");
    text_add(&answer, accounts.bytes, accounts.length);
    text_put(&answer, "], \"warnings\": [");
    text_add(&answer, warnings.bytes, warnings.length);
    text_put(&answer, "]}");
    if (at < end) pool->host->complete(pool->host, op, LARIAT_CANCELLED, lariat_text("{\"message\": \"told to end\"}"));
    else if (accounts.failed || warnings.failed || answer.failed) complain(pool, op, "there is no memory for it");
    else pool->host->complete(pool->host, op, LARIAT_OK, bytes_of(&answer));
  }
  text_free(&content);
  text_free(&accounts);
  text_free(&warnings);
  text_free(&answer);
}

static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  (void)payload;
  if (!lariat_is(method, "fetch")) return LARIAT_UNSUPPORTED;
  fetch(handle, op);
  return LARIAT_OK;
}

/* A fetch asks the host for itself whether it is to end: no `cancel`. */
static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_pool, call, NULL, close_pool, release};

static const LariatDescriptor DESCRIPTOR = {
    LARIAT_MAGIC,
    LARIAT_ABI_MAJOR,
    LARIAT_ABI_MINOR,
    sizeof(LariatDescriptor),
    LARIAT_LITERAL("c_list"),
    LARIAT_LITERAL("0.1.0"),
    LARIAT_KIND_POOL,
    LARIAT_CAN_CONCURRENT, /* a call changes nothing of its pool */
    &PLUGIN,
};

const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }
