/* A pool type without the SDK's care: what a library can do that a Rust one can't. */
#include "lariat.h"
#include <stdlib.h>

static const LariatHost *host;

static LariatStatus describe(LariatBytes *out) {
  *out = lariat_text("{\"extensions\": [{\"kind\": \"pool\", \"name\": \"played_pool\", \"params\": {"
                     "\"play\": {\"type\": \"string\", \"default\": \"good\"},"
                     "\"text\": {\"type\": \"string\", \"default\": \"\"}}}]}");
  return LARIAT_OK;
}

static void release(LariatBytes bytes) { (void)bytes; }

/* A handle is its request, whose parameters say what to play. */
static LariatStatus open_one(const LariatHost *it, LariatBytes request, void **handle, LariatBytes *error) {
  char *copy = malloc(request.len + 1);
  (void)error;
  host = it;
  memcpy(copy, request.ptr, request.len);
  copy[request.len] = 0;
  *handle = copy;
  return LARIAT_OK;
}

static const char THREE[] =
    "[{\"id\": \"a\", \"pack_count\": 1}, {\"id\": \"b\", \"pack_count\": 2}, {\"id\": \"c\", \"pack_count\": 3}]";

static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const char *request = handle, *answer = "{\"granted\": true}";
  (void)payload;
  if (lariat_is(method, "fetch")) {
    answer = strstr(request, "\"nonsense\"") ? "{\"accounts\": 3}" : THREE;
    if (strstr(request, "\"crashes\"")) *(volatile int *)(uintptr_t)8 = 1;
    if (strstr(request, "\"twice\"")) {
      host->complete(host, op, LARIAT_OK, lariat_text(answer));
      answer = "[]";
    }
  }
  host->complete(host, op, LARIAT_OK, lariat_text(answer));
  return LARIAT_OK;
}

static void close_one(void *handle) { free(handle); }

static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_one, call, NULL, close_one, release};
static const LariatDescriptor DESCRIPTOR = {
    LARIAT_MAGIC, LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, sizeof(LariatDescriptor), LARIAT_LITERAL("raw"),
    LARIAT_LITERAL("1.0.0"), LARIAT_KIND_POOL, LARIAT_CAN_CONCURRENT, &PLUGIN,
};

LARIAT_EXPORT const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }
