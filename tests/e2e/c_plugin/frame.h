/* What the plugins of these tests have in common. Each includes it, defines `call`, and ends with
 * THE_PLUGIN(id, version, what it offers). */
#include "lariat.h"

static const LariatHost *host;

static LariatStatus open_one(const LariatHost *it, LariatBytes request, void **handle, LariatBytes *error) {
  (void)request; (void)handle; (void)error;
  host = it;
  return LARIAT_OK;
}

static void close_one(void *handle) { (void)handle; }
static void release(LariatBytes bytes) { (void)bytes; }

/* Whether the word is somewhere in the bytes. */
static inline int has(LariatBytes bytes, const char *word) {
  size_t length = strlen(word), at;
  for (at = 0; at + length <= bytes.len; at++)
    if (memcmp(bytes.ptr + at, word, length) == 0) return 1;
  return 0;
}

/* Ends an operation that went well. */
static inline LariatStatus answer(uint64_t op, const char *text) {
  host->complete(host, op, LARIAT_OK, lariat_text(text));
  return LARIAT_OK;
}

/* Asks the host, and waits; the answer doesn't matter. */
static inline LariatStatus ask(uint64_t op, const char *method, const char *payload) {
  return host->call_wait(host, op, lariat_text(method), lariat_text(payload), NULL, NULL);
}

#ifndef MAJOR
#define MAJOR LARIAT_ABI_MAJOR
#endif

#define THE_PLUGIN(id, version, extensions)                                                                          \
  static LariatStatus describe(LariatBytes *out) {                                                                   \
    *out = lariat_text("{\"extensions\": [" extensions "]}");                                                        \
    return LARIAT_OK;                                                                                                \
  }                                                                                                                  \
  static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_one, call, NULL, close_one, release};     \
  static const LariatDescriptor DESCRIPTOR = {                                                                       \
      LARIAT_MAGIC, MAJOR, LARIAT_ABI_MINOR, sizeof(LariatDescriptor), LARIAT_LITERAL(id), LARIAT_LITERAL(version),  \
      LARIAT_KIND_POOL | LARIAT_KIND_ROUTINE | LARIAT_KIND_HOOK | LARIAT_KIND_PROVIDER, LARIAT_CAN_CONCURRENT,       \
      &PLUGIN,                                                                                                       \
  };                                                                                                                 \
  LARIAT_EXPORT const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }
